/** One run of a target: its attempts, each in a place of its own, so that who pauses takes none. */
import type { Target } from '../config/schema.ts'
import { type Disturbance, isDoubtful } from '../probes/disturbance.ts'
import type { Result } from '../probes/result.ts'
import type { Run } from '../probes/run.ts'
import type { Clock } from './clock.ts'
import type { Places } from './places.ts'
import { attemptsOf } from './plan.ts'

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
  const queuedSeconds = startSeconds - dueSeconds
  const attempts = await attemptAll(target, parts, ends)
  if (attempts === undefined || ends.aborted.aborted) return undefined
  return {
    ...attempts,
    disturbance: attempts.disturbance ?? queueDisturbance(queuedSeconds, target),
    plannedSeconds,
    lateSeconds: Math.max(0, startSeconds - plannedSeconds),
    queuedSeconds,
    endedSeconds: clock.nowSeconds(),
  }
}

function queueDisturbance(seconds: number, { intervalSeconds }: Target): Disturbance | undefined {
  return seconds > intervalSeconds ? { cause: 'queue', seconds } : undefined
}

type Attempts = Pick<Run, 'result' | 'first' | 'attempts' | 'failedAttempts' | 'counted' | 'disturbance'>

/** A retry ends with the first success, a burst goes on to its end. */
async function attemptAll(target: Target, parts: RunParts, ends: Ends): Promise<Attempts | undefined> {
  const { attempts: most, pauseSeconds } = attemptsOf(target)
  const made: Result[] = []
  const judged: Result[] = []
  for (;;) {
    judged.push(await probeInPlace(target, parts, ends, made))
    const isDone = judged.length >= most || (target.burst === undefined && judged.at(-1)?.outcome.ok)
    if (isDone) return summary(target, made, judged)
    const isOn = (await pause(pauseSeconds, parts.clock, ends.resting)) && (await parts.places.take(ends.resting))
    if (!isOn) return undefined
  }
}

/**
 * A deadline that passed while the prober was held up is not held against the target: once in a run, and at once, it is
 * probed again, and that is what counts. All that is probed is added to `made`.
 */
async function probeInPlace(target: Target, { places, probe }: RunParts, ends: Ends, made: Result[]): Promise<Result> {
  try {
    const result = await probe(target, ends.aborted)
    made.push(result)
    if (!isDoubtful(result) || made.filter(isDoubtful).length > 1 || ends.resting.aborted) return result
    const second = await probe(target, ends.aborted)
    made.push(second)
    return second
  } finally {
    places.free()
  }
}

function summary({ burst }: Target, made: readonly Result[], judged: readonly Result[]): Attempts {
  const [first, last] = [made[0], judged.at(-1)]
  if (first === undefined || last === undefined) throw new Error('a run without an attempt')
  const seen = judged.findLast((each) => !isDoubtful(each))
  const result = judged.findLast(({ outcome }) => outcome.ok) ?? seen ?? last
  return {
    result,
    first,
    attempts: made.length,
    failedAttempts: made.filter(({ outcome }) => !outcome.ok).length,
    counted: burst === undefined ? [result] : judged,
    disturbance: made.find(({ disturbance }) => disturbance !== undefined)?.disturbance,
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
