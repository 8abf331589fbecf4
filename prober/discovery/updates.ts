/** A flood of changes gathered into one update a second: each goes over all targets. */
import type { Clock } from '../schedule/clock.ts'

export interface Updates extends Disposable {
  /** Something has changed: updates now, or as soon as the last update is long enough ago. */
  ask(): void
}

const INTERVAL_SECONDS = 1

export function createUpdates(clock: Pick<Clock, 'nowSeconds' | 'after'>, update: () => void): Updates {
  let lastSeconds = Number.NEGATIVE_INFINITY
  let cancel: (() => void) | undefined
  return {
    ask() {
      if (cancel !== undefined) return
      // What comes in one go, as the first lists of all kinds, is one change.
      const seconds = Math.max(0, lastSeconds + INTERVAL_SECONDS - clock.nowSeconds())
      cancel = clock.after(seconds, () => {
        cancel = undefined
        lastSeconds = clock.nowSeconds()
        update()
      })
    },
    [Symbol.dispose]() {
      cancel?.()
    },
  }
}
