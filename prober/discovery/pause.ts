import type { Clock } from '../schedule/clock.ts'

/** Resolves once the time is over or the signal fires. */
export function pause(clock: Pick<Clock, 'after'>, seconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      signal.removeEventListener('abort', end)
      cancel()
      resolve()
    }
    const cancel = clock.after(seconds, end)
    signal.addEventListener('abort', end, { once: true })
  })
}
