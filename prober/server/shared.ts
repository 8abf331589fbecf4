/**
 * Live probes of scheduled targets, for who asks with `max_age`: replicas of Prometheus ask at about the same time, and
 * one probe answers them all. What it found answers later ones, too, while it is no older than they ask.
 */
import type { Target } from '../config/schema.ts'
import { ageSeconds } from '../metrics/run-table.ts'
import { isDoubtful } from '../probes/disturbance.ts'
import type { ProbeRequest } from '../probes/probe.ts'
import type { Result } from '../probes/result.ts'
import type { Fresh } from './fresh.ts'

export interface SharedProbes {
  /** The last live result of the target; undefined: none, an older one, or one that gave up sooner than this request would. */
  fresh(target: Target, request: ProbeRequest, maxAgeSeconds: number): Fresh | undefined
  /** Joins the probe of this target that is under way, if it ends in time for this request; `isFirst`: it was begun for it. */
  ask(target: Target, request: ProbeRequest, signal: AbortSignal): Promise<Shared>
}

export interface Shared {
  readonly result: Result
  readonly isFirst: boolean
}

interface Live {
  readonly startedSeconds: number
  readonly timeoutSeconds: number
  readonly result: Promise<Result>
  /** Who waits for it; when all have gone it ends. */
  readonly askers: Set<AbortSignal>
  readonly ending: AbortController
}

interface Ended {
  readonly result: Result
  readonly endedSeconds: number
}

/** `run` by who asks first; `nowSeconds`: a clock that never steps. */
export function createSharedProbes(
  run: (target: Target, request: ProbeRequest, signal: AbortSignal) => Promise<Result>,
  nowSeconds: () => number,
): SharedProbes {
  const live = new WeakMap<Target, Live>()
  const ended = new WeakMap<Target, Ended>()

  function begin(target: Target, request: ProbeRequest): Live {
    const ending = new AbortController()
    const result = run(target, request, ending.signal)
    const started = {
      startedSeconds: nowSeconds(),
      timeoutSeconds: request.timeoutSeconds,
      result,
      askers: new Set<AbortSignal>(),
      ending,
    }
    live.set(target, started)
    const end = () => void (live.get(target) === started && live.delete(target))
    result.then((found) => {
      end()
      if (!ending.signal.aborted && !isDoubtful(found)) ended.set(target, { result: found, endedSeconds: nowSeconds() })
    }, end)
    return started
  }

  return {
    fresh(target, { timeoutSeconds }, maxAgeSeconds) {
      const last = ended.get(target)
      if (last === undefined || (!last.result.outcome.ok && last.result.timeoutSeconds < timeoutSeconds))
        return undefined
      const age = ageSeconds(last.endedSeconds, nowSeconds())
      return age <= maxAgeSeconds ? { result: last.result, ageSeconds: age } : undefined
    },
    async ask(target, request, signal) {
      const running = live.get(target)
      const joined = running !== undefined && suits(running, request, nowSeconds()) ? running : undefined
      const asked = joined ?? begin(target, request)
      const leave = stay(asked, signal)
      const result = await asked.result.finally(leave)
      return { result, isFirst: joined === undefined }
    },
  }
}

/** It must not wait longer than this request may, nor have given up where this one would have waited. */
function suits({ startedSeconds, timeoutSeconds, ending }: Live, request: ProbeRequest, nowSeconds: number): boolean {
  if (ending.signal.aborted || timeoutSeconds < request.timeoutSeconds) return false
  return startedSeconds + timeoutSeconds <= nowSeconds + request.timeoutSeconds
}

/** The returned function takes the asker away again. */
function stay({ askers, ending }: Live, signal: AbortSignal): () => void {
  const leave = () => {
    signal.removeEventListener('abort', goAway)
    askers.delete(signal)
  }
  const goAway = () => {
    leave()
    if (askers.size === 0) ending.abort(signal.reason)
  }
  askers.add(signal)
  if (signal.aborted) goAway()
  else signal.addEventListener('abort', goAway, { once: true })
  return leave
}
