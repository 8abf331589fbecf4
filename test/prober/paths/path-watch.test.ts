import { createPathWatch } from '../../../prober/paths/path-watch.ts'
import { assert, describe } from '../../harness.ts'
import { createBeats, HOPS, path, told } from './runs.ts'

const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-9, `${actual} is not ${expected}`)

describe('the beats of a path', (test) => {
  test('are over when all hops have told, in whatever order', () => {
    const watch = createPathWatch(path())
    const verdicts = ['pod', 'edge', 'service', 'gateway'].map((hop) => watch.add(hop, told(1, 1000)))
    assert.equal(
      verdicts.map((verdict) => verdict?.isOk),
      [undefined, undefined, undefined, true],
    )
  })

  test('or when a later one begins; who tells too late is not waited for, and moves nothing', () => {
    const watch = createPathWatch(path())
    for (const hop of ['edge', 'gateway', 'service']) watch.add(hop, told(1, 1000))
    assert.is(watch.add('edge', told(1, 1010))?.plannedSeconds, 1000)
    assert.is(watch.add('pod', told('connect_refused', 1000)), undefined)
    for (const hop of ['gateway', 'service']) watch.add(hop, told(1, 1010))
    assert.is(watch.add('pod', told(1, 1010))?.isOk, true)
    assert.is(watch.add('pod', told('connect_refused', 1010)), undefined)
    assert.is(watch.verdict()?.plannedSeconds, 1010)
  })

  test('moments that differ by rounding are one beat', () => {
    const watch = createPathWatch(path())
    const verdicts = HOPS.map((hop, index) => watch.add(hop, told(1, 1000 + index * 1e-7)))
    assert.is(verdicts.at(-1)?.hops.filter(({ outcome }) => outcome?.ok).length, 4)
  })

  test('of a quiet path nothing is told until it runs again, and what is usual stays known', () => {
    const { beat, watch } = createBeats()
    beat([4, 3, 2, 1])
    watch.forget()
    assert.is(watch.verdict(), undefined)
    assert.is(watch.overhead('edge')?.beats, 1)
    assert.is(beat([4, 3, 2, 1])?.isOk, true)
  })
})

describe('what a hop adds', (test) => {
  test('is its time minus that of the next inner hop, phase by phase; the innermost adds all of its time', () => {
    const { beat, watch } = createBeats()
    beat([0.1, 0.04, 0.03, 0.02])
    const edge = watch.overhead('edge')
    near(edge?.seconds, 0.06)
    near(edge?.phases.get('processing')?.seconds, 0.06)
    near(edge?.phases.get('connect')?.seconds, 0)
    near(watch.overhead('pod')?.seconds, 0.02)
    near(watch.overhead('pod')?.phases.get('processing')?.seconds, 0.019)
  })

  test('may be less than nothing', () => {
    const { beat, watch } = createBeats()
    beat([0.1, 0.3, 0.03, 0.02])
    near(watch.overhead('edge')?.seconds, -0.2)
  })

  test('is the median of the last twenty beats, with the reach of their middle half', () => {
    const { beat, watch } = createBeats()
    for (let index = 0; index < 30; index++) beat([90, 1, 1, 1])
    for (let index = 1; index <= 20; index++) beat([1 + index, 1, 1, 1])
    const edge = watch.overhead('edge')
    assert.is(edge?.beats, 20)
    near(edge?.seconds, 10.5)
    near(edge?.spreadSeconds, 9.5)
  })

  test('is told only from beats in which both succeeded and the prober was not held up', () => {
    const { beat, watch } = createBeats()
    beat([4, 3, 'http_status', 1])
    beat([4, 3, 2])
    beat([4, 3, 2, 1])
    assert.equal(
      HOPS.map((hop) => watch.overhead(hop)?.beats),
      [3, 2, 1, 2],
    )
    const stalled = { disturbance: { cause: 'event_loop', seconds: 1 } } as const
    for (const hop of HOPS) watch.add(hop, told(9, 2000, hop === 'gateway' ? stalled : {}))
    const queued = { disturbance: { cause: 'queue', seconds: 1 } } as const
    for (const hop of HOPS) watch.add(hop, told(9, 3000, queued))
    assert.equal(
      HOPS.map((hop) => watch.overhead(hop)?.beats),
      [4, 3, 3, 4],
    )
  })

  test('is not known of a hop that has never succeeded', () => {
    const { beat, watch } = createBeats()
    beat(['http_status', 3, 2, 1])
    assert.is(watch.overhead('edge'), undefined)
    assert.is(watch.overhead('elsewhere'), undefined)
  })
})
