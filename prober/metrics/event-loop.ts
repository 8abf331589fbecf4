import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Seconds. */
interface Delays {
  readonly p99: number
  readonly max: number
}

/** The histogram holds the whole time between two ticks of this timer: what it exceeds is delay. */
const RESOLUTION_MS = 10
/**
 * Two scrapers must not take each other's stalls away: a window ends with the first look after so long, and is shown
 * until the next one is over.
 */
const WINDOW_SECONDS = 10

export interface EventLoopDelay extends Disposable {
  /** Over the running window and the one before. */
  worst(): Delays
}

export function watchEventLoop(nowSeconds: () => number): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let windowStart = nowSeconds()
  let before: Delays = { p99: 0, max: 0 }
  return {
    worst() {
      const current = delays(histogram)
      const shown = larger(before, current)
      if (nowSeconds() - windowStart >= WINDOW_SECONDS) {
        before = current
        windowStart = nowSeconds()
        histogram.reset()
      }
      return shown
    },
    [Symbol.dispose]: () => void histogram.disable(),
  }
}

function delays(histogram: ReturnType<typeof monitorEventLoopDelay>): Delays {
  const at = (percentile: number) => Math.max(0, histogram.percentile(percentile) / 1e9 - RESOLUTION_MS / 1000)
  return { p99: at(99), max: at(100) }
}

function larger(a: Delays, b: Delays): Delays {
  return { p99: Math.max(a.p99, b.p99), max: Math.max(a.max, b.max) }
}
