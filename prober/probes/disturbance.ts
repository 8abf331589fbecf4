/** Whether the prober itself falsified what a probe measured: then the probe says so instead of blaming its target. */
import { isTimeout } from '../net/outcome.ts'
import type { Pulse } from '../net/pulse.ts'
import type { Probe } from './probe.ts'
import type { Outcome } from './result.ts'

export const DISTURBANCE_MEANINGS = {
  event_loop: 'this process stood still, or had more to do than it could, while the probe ran',
  clock_step: 'the machine’s clock was set, or the machine slept, while the probe ran',
  queue: 'the run waited for a free place until its next one was due',
} as const satisfies Readonly<Record<string, string>>

export interface Disturbance {
  readonly cause: keyof typeof DISTURBANCE_MEANINGS
  /** Of the stalls, or of the wait; 0 where it is not known. */
  readonly seconds: number
}

/** Of a probe's duration: a stall of 50 ms in the ten seconds of a timeout is not why the target did not answer. */
const STALLED_SHARE = 0.05

/** The same probe, with a word on what it ran through. Two numbers are read before and after: no timer, no listener. */
export function selfAware(probe: Probe, pulse: Pulse): Probe {
  return async (request, signal) => {
    const [stalledMs, clockSteps] = [pulse.stalledMs(), pulse.clockSteps()]
    const result = await probe(request, signal)
    const seconds = (pulse.stalledMs() - stalledMs) / 1000
    if (seconds > result.durationSeconds * STALLED_SHARE)
      return { ...result, disturbance: { cause: 'event_loop', seconds } }
    if (pulse.clockSteps() === clockSteps) return result
    return { ...result, disturbance: { cause: 'clock_step', seconds: 0 } }
  }
}

/** A deadline that passed while the prober was held up says nothing of the target; every other failure was seen. */
export function isDoubtful({ outcome, disturbance }: Doubtable): boolean {
  return disturbance !== undefined && disturbance.cause !== 'queue' && !outcome.ok && isTimeout(outcome.reason)
}

interface Doubtable {
  readonly outcome: Outcome
  readonly disturbance?: Disturbance
}

/** `event_loop 0.312s` */
export function disturbanceText({ cause, seconds }: Disturbance): string {
  return seconds > 0 ? `${cause} ${seconds.toFixed(3)}s` : cause
}
