import { PHASES } from '../../../prober/net/outcome.ts'
import { createStopwatch } from '../../../prober/probes/stopwatch.ts'
import { assert, describe } from '../../harness.ts'
import { fc } from '../../fuzz.ts'

const sum = (phases: object) => Object.values(phases).reduce((total: number, seconds: number) => total + seconds, 0)

describe('a stopwatch', (test) => {
  test('whatever is entered whenever, its phases are never negative and add up to the duration', () => {
    const step = fc.tuple(fc.constantFrom(...PHASES), fc.option(fc.double({ min: -5, max: 5, noNaN: true })))
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const watch = createStopwatch()
        for (const [phase, offsetMs] of steps) {
          watch.enter(phase, offsetMs === null ? undefined : performance.now() + offsetMs)
        }
        const { durationSeconds, phases } = watch.finish()
        assert.ok(Math.abs(sum(phases) - durationSeconds) < 1e-9)
        assert.ok(Object.values(phases).every((seconds) => seconds >= 0))
      }),
    )
  })

  test('only phases that were reached are there', () => {
    const watch = createStopwatch()
    watch.enter('resolve')
    assert.equal(Object.keys(watch.finish().phases), ['prepare', 'resolve', 'other'])
  })

  test('the time of a hop is its own, and all hops add up to the whole', () => {
    const watch = createStopwatch()
    const startMs = performance.now()
    watch.enter('connect', startMs)
    watch.enter('processing', startMs + 10)
    const first = watch.hop()
    watch.startHop()
    watch.enter('connect', startMs + 30)
    watch.enter('other', startMs + 70)
    const second = watch.hop()
    const { phases } = watch.finish()
    assert.ok(Math.abs((first.phases.connect ?? 0) - 0.01) < 1e-9)
    assert.ok(Math.abs((second.phases.connect ?? 0) - 0.04) < 1e-9)
    assert.is(first.startSeconds, 0)
    assert.ok(second.startSeconds >= (first.phases.connect ?? 0))
    assert.ok(Math.abs((phases.connect ?? 0) - 0.05) < 1e-9)
  })
})
