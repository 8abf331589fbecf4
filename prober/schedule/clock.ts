export interface Clock {
  /** Begins as Unix time and never steps, whatever is done to the machine's clock; goes on while the machine sleeps. */
  nowSeconds(): number
  /** What the machine's clock says, which people set windows by: it may step, and goes on while the machine sleeps. */
  wallSeconds(): number
  /** Calls once, no earlier than a timer may err; the returned function cancels. */
  after(seconds: number, call: () => void): () => void
}

/** 24.8 days, the longest that Node.js waits: beyond it a timer would fire at once, so a longer interval is cut to it. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** `sleptMs`: what the monotonic clock of the system leaves out. */
export function systemClock({ sleptMs }: { sleptMs(): number }): Clock {
  return {
    nowSeconds: () => (performance.timeOrigin + performance.now() + sleptMs()) / 1000,
    wallSeconds: () => Date.now() / 1000,
    after(seconds, call) {
      const timer = setTimeout(call, Math.min(LONGEST_TIMER_MS, Math.max(0, seconds * 1000)))
      return () => clearTimeout(timer)
    },
  }
}
