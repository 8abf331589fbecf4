/** Probing again until it succeeds: what a smoke test after a deployment does, where no shell is there to do it. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Result } from '../prober/probes/result.ts'

export interface Retry {
  /** The last attempt begins within it; 0 for a single one. */
  readonly forSeconds: number
  /** Between a failure and the next attempt. */
  readonly pauseSeconds: number
  readonly signal: AbortSignal
  /** Of a failure that is not the last word. */
  onFailure(result: Result, attempt: number): void
}

/** The first success, or the last failure. */
export async function probeUntilOk(
  attempt: () => Promise<Result>,
  { forSeconds, pauseSeconds, signal, onFailure }: Retry,
): Promise<Result> {
  const startedMs = performance.now()
  for (let count = 1; ; count += 1) {
    const result = await attempt()
    const secondsThen = (performance.now() - startedMs) / 1000 + pauseSeconds
    if (result.outcome.ok || secondsThen > forSeconds || signal.aborted) return result
    onFailure(result, count)
    await wait(pauseSeconds * 1000, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return result
  }
}
