/** One run of a target: its attempts, each in a place of its own, so that who pauses takes none. */
import type { Target } from '../config/schema.ts'
import type { Result } from '../probes/result.ts'
import type { Run } from '../probes/run.ts'
import type { Clock } from './clock.ts'
import type { Places } from './places.ts'
import { ONCE } from './plan.ts'

export interface RunParts {
  readonly clock: Clock
  readonly places: Places
  readonly probe: (target: Target, signal: AbortSignal) => Promise<Result>
}

export interface Ends {
  /** No further attempt: the process stops, or the target is gone. */
  readonly resting: AbortSignal
  /** Nor the one that is under way. */
  readonly aborted: AbortSignal
}

/** undefined: it was ended before there was a verdict. */
export async function makeRun(
  target: Target,
  parts: RunParts,
  plannedSeconds: number,
  ends: Ends,
): Promise<Run | undefined> {
  const { clock } = parts
  const dueSeconds = clock.nowSeconds()
  if (!(await parts.places.take(ends.resting))) return undefined
  const startSeconds = clock.nowSeconds()
  const first = await probeInPlace(target, parts, ends)
  const last = await retried(target, first, parts, ends)
  if (last === undefined || ends.aborted.aborted) return undefined
  return {
    first,
    ...last,
    lateSeconds: Math.max(0, startSeconds - plannedSeconds),
    queuedSeconds: startSeconds - dueSeconds,
  }
}

/** Until one attempt succeeds or all are used up. */
async function retried(
  target: Target,
  first: Result,
  parts: RunParts,
  ends: Ends,
): Promise<Pick<Run, 'result' | 'attempts'> | undefined> {
  const { attempts: most, pauseSeconds } = target.retry ?? ONCE
  let result = first
  let attempts = 1
  while (!result.outcome.ok && attempts < most) {
    const isOn = (await pause(pauseSeconds, parts.clock, ends.resting)) && (await parts.places.take(ends.resting))
    if (!isOn) return undefined
    result = await probeInPlace(target, parts, ends)
    attempts += 1
  }
  return { result, attempts }
}

async function probeInPlace(target: Target, { places, probe }: RunParts, { aborted }: Ends): Promise<Result> {
  try {
    return await probe(target, aborted)
  } finally {
    places.free()
  }
}

/** Resolves to false, and at once, when the signal fires. */
function pause(seconds: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const cancel = clock.after(seconds, () => {
      signal.removeEventListener('abort', end)
      resolve(true)
    })
    const end = () => {
      cancel()
      resolve(false)
    }
    signal.addEventListener('abort', end, { once: true })
  })
}
