import type { Clock } from './scheduler.ts'

/** 24.8 days, the longest that Node.js waits: beyond it a timer would fire at once, so a longer interval is cut to it. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export function systemClock(): Clock {
  return {
    nowSeconds: () => (performance.timeOrigin + performance.now()) / 1000,
    after(seconds, call) {
      const timer = setTimeout(call, Math.min(LONGEST_TIMER_MS, Math.max(0, seconds * 1000)))
      return () => clearTimeout(timer)
    },
  }
}
