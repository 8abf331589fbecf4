import { isDoubtful, selfAware } from '../../../prober/probes/disturbance.ts'
import { failure } from '../../../prober/net/outcome.ts'
import type { ProbeRequest } from '../../../prober/probes/probe.ts'
import type { Result } from '../../../prober/probes/result.ts'
import { assert, describe } from '../../harness.ts'
import { refused, success } from '../metrics/results.ts'

const timedOut = (changes: Partial<Result> = {}) =>
  ({
    ...success({ outcome: failure('connect', 'connect_timeout', 'too late'), durationSeconds: 5 }),
    ...changes,
  }) as Result

/** A probe during which the process stalls and its clock steps as told. */
async function probed(result: Result, stalledMs: number, clockSteps = 0): Promise<Result> {
  const pulse = { stalledMs: 1000, clockSteps: 7 }
  const probe = selfAware(
    async () => {
      pulse.stalledMs += stalledMs
      pulse.clockSteps += clockSteps
      return result
    },
    {
      stalledMs: () => pulse.stalledMs,
      clockSteps: () => pulse.clockSteps,
      sleptMs: () => 0,
      [Symbol.dispose]: () => undefined,
    },
  )
  return await probe({} as ProbeRequest, new AbortController().signal)
}

describe('a probe that the prober itself disturbed', (test) => {
  const rows: readonly (readonly [
    title: string,
    Result,
    stalledMs: number,
    steps: number,
    cause: string | undefined,
  ])[] = [
    ['nothing happened', success(), 0, 0, undefined],
    ['a stall in a short probe', success({ durationSeconds: 0.1 }), 60, 0, 'event_loop'],
    ['a stall of a twentieth of a long one', success({ durationSeconds: 5 }), 250, 0, undefined],
    ['a stall of more than that', success({ durationSeconds: 5 }), 251, 0, 'event_loop'],
    ['a clock that was set', success({ durationSeconds: 5 }), 0, 1, 'clock_step'],
    ['both: the stall has a length', success({ durationSeconds: 0.1 }), 60, 1, 'event_loop'],
  ]
  for (const [title, result, stalledMs, steps, cause] of rows) {
    test(`${title}: ${cause ?? 'no mark'}`, async () => {
      assert.is((await probed(result, stalledMs, steps)).disturbance?.cause, cause)
    })
  }

  test('says how long it stood still, and nothing else changes', async () => {
    const { disturbance, ...rest } = await probed(success({ durationSeconds: 0.5 }), 400)
    assert.equal(disturbance, { cause: 'event_loop', seconds: 0.4 })
    assert.equal(rest, success({ durationSeconds: 0.5 }))
  })

  const verdicts: readonly (readonly [title: string, Result, boolean])[] = [
    ['a timeout in a stall', timedOut({ disturbance: { cause: 'event_loop', seconds: 1 } }), true],
    ['a timeout over a clock step', timedOut({ disturbance: { cause: 'clock_step', seconds: 0 } }), true],
    ['a timeout after a long wait for a place', timedOut({ disturbance: { cause: 'queue', seconds: 60 } }), false],
    ['a timeout', timedOut(), false],
    ['a refusal in a stall', { ...refused(), disturbance: { cause: 'event_loop', seconds: 1 } }, false],
    ['a success in a stall', success({ disturbance: { cause: 'event_loop', seconds: 1 } }), false],
  ]
  for (const [title, result, doubtful] of verdicts) {
    test(`${title} ${doubtful ? 'says nothing of the target' : 'stands'}`, () =>
      assert.is(isDoubtful(result), doubtful))
  }
})
