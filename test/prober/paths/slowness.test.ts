import {
  BEATS_IN_A_ROW,
  createSlowness,
  FEWEST_BEATS,
  FLOOR_SECONDS,
  USUAL_BEATS,
} from '../../../prober/paths/slowness.ts'
import { fc, runsShared } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'
import { chance, NOISES, normal } from './noise.ts'
import { createBeats } from './runs.ts'

const BEATS = 10_000

/** How each beat was judged. */
function judged(shares: Iterable<number>, doubtSeconds = 0): boolean[] {
  const slowness = createSlowness()
  return Array.from(shares, (seconds) => {
    slowness.add(seconds, doubtSeconds)
    return slowness.state() !== undefined
  })
}

const repeated = (seconds: number, times: number) => new Array<number>(times).fill(seconds)
const onsets = (beats: readonly boolean[]) => beats.filter((isSlow, index) => isSlow && !beats[index - 1]).length

describe('slowness', (test) => {
  for (const [title, noise] of Object.entries(NOISES)) {
    test(`is not seen in what is usual: ${title}`, () => {
      const next = chance(1)
      const falseAlarms = onsets(judged(Array.from({ length: BEATS }, () => noise(next))))
      assert.ok(falseAlarms <= 1, `${falseAlarms} in ${BEATS} beats`)
    })
  }

  test('is seen on the fourth beat that stands out of the noise, and ends on the fourth that does not', () => {
    const from = FEWEST_BEATS + 40
    const steps = fc.record({ seed: fc.integer(), step: fc.double({ min: 0.4, max: 5, noNaN: true }) })
    const share = (index: number, step: number) => (index >= from && index < from + 20 ? step : 0)
    fc.assert(
      fc.property(steps, ({ seed, step }) => {
        const next = chance(seed)
        const beats = judged(Array.from({ length: from + 40 }, (_, at) => 0.05 + 0.02 * next() + share(at, step)))
        const found = [beats.indexOf(true), beats.lastIndexOf(true)]
        assert.equal(found, [from + BEATS_IN_A_ROW - 1, from + 20 + BEATS_IN_A_ROW - 2])
      }),
      runsShared(20),
    )
  })

  const rows: readonly (readonly [title: string, shares: readonly number[], doubt: number, isSlow: boolean])[] = [
    ['a step of 50 ms', [...repeated(0.01, 20), ...repeated(0.06, 4)], 0, true],
    ['a step that is below the floor', [...repeated(0.01, 20), ...repeated(0.01 + FLOOR_SECONDS, 50)], 0, false],
    ['three beats', [...repeated(0.01, 20), ...repeated(9, 3)], 0, false],
    ['three beats, and again', [...repeated(0.01, 20), 9, 9, 9, 0.01, 9, 9, 9], 0, false],
    ['too little is known', [...repeated(0.01, FEWEST_BEATS - 1), ...repeated(9, 1)], 0, false],
    ['just enough is known', [...repeated(0.01, FEWEST_BEATS), ...repeated(9, 4)], 0, true],
    ['what was subtracted varies as much', [...repeated(0.01, 20), ...repeated(0.06, 9)], 0.06, false],
    ['faster than usual', [...repeated(0.5, 20), ...repeated(0.01, 50)], 0, false],
  ]
  for (const [title, shares, doubt, isSlow] of rows) {
    test(`${title}: ${isSlow ? 'slow' : 'not slow'}`, () => assert.is(judged(shares, doubt).at(-1), isSlow))
  }

  test('what has been so for long is how it is', () => {
    const beats = judged([...repeated(0.01, 20), ...repeated(0.5, USUAL_BEATS + 20)])
    assert.equal([beats.indexOf(true), beats.lastIndexOf(true)], [23, 20 + USUAL_BEATS - 2])
  })

  test('tells what is added now, and what was before', () => {
    const slowness = createSlowness()
    for (const seconds of [...repeated(0.01, 20), 0.5, 0.6, 0.7, 0.8, 0.9]) slowness.add(seconds, 0)
    assert.equal(slowness.state(), { seconds: 0.75, usualSeconds: 0.01 })
  })
})

describe('a path that is slow', (test) => {
  /** Each hop adds 10 ms but for noise; `extra`: seconds that it adds beside. */
  function watched(beats: number, extra: (beat: number) => readonly number[], seed = 1) {
    const next = chance(seed)
    const { beat } = createBeats()
    return Array.from({ length: beats }, (_, index) => {
      const added = extra(index).map((seconds) => 0.01 + seconds)
      const times = added.map((_, hop) => added.slice(hop).reduce((sum, each) => sum + each, 0))
      return beat(times.map((seconds) => seconds + Math.abs(0.002 * normal(next))))?.blame
    })
  }

  for (const [slow, hop] of ['edge', 'gateway', 'service', 'pod'].entries()) {
    test(`for its ${hop} blames that, and nobody else`, () => {
      const blames = watched(40, (beat) => [0, 1, 2, 3].map((at) => (beat >= 20 && at === slow ? 0.3 : 0)))
      assert.equal(
        blames.map((blame) => blame?.hop),
        blames.map((_, beat) => (beat < 23 ? undefined : hop)),
      )
      const last = blames.at(-1)
      assert.equal([last?.reason, last?.phase], ['slow', 'processing'])
      const { seconds = 0, usualSeconds = 0 } = last?.reason === 'slow' ? last.slow : {}
      assert.ok(seconds > 0.3 && seconds < 0.32 && usualSeconds > 0 && usualSeconds < 0.02)
    })
  }

  test('tells what the hop adds now as soon as it is blamed, and as soon as it is not', () => {
    const { beat, watch } = createBeats()
    const told = (times: readonly number[], beats: number) => {
      for (let index = 0; index < beats; index++) beat(times)
      const { seconds = 0, beats: from } = watch.overhead('gateway') ?? {}
      return [Math.round(seconds * 1000), from]
    }
    const [well, slow] = [
      [0.04, 0.03, 0.02, 0.01],
      [0.34, 0.33, 0.02, 0.01],
    ]
    assert.equal(
      [told(well, 20), told(slow, 3), told(slow, 1)],
      [
        [10, 20],
        [10, 20],
        [310, 4],
      ],
    )
    assert.equal(
      [told(well, 3), told(well, 1)],
      [
        [310, 7],
        [10, 4],
      ],
    )
  })

  test('for two hops blames the one that has added more', () => {
    const blames = watched(30, (beat) => (beat < 20 ? [0, 0, 0, 0] : [0.2, 0, 0.4, 0]))
    assert.is(blames.at(-1)?.hop, 'service')
  })

  test('does not blame a hop in front of one that has begun to vary', () => {
    const next = chance(7)
    const { beat } = createBeats()
    const blamed = new Set<string | undefined>()
    for (let index = 0; index < 2000; index++) {
      const varying = () => (index >= 40 && next() < 0.5 ? 0.6 : 0)
      // Three requests of their own: each takes its own chance.
      blamed.add(beat([0.04 + varying(), 0.03 + varying(), 0.02 + varying(), 0.01])?.blame?.hop)
    }
    blamed.delete(undefined)
    blamed.delete('service')
    assert.equal([...blamed], [])
  })

  test('is not blamed for that while it fails, and again once it works', () => {
    const { beat } = createBeats()
    for (let index = 0; index < 20; index++) beat([0.04, 0.03, 0.02, 0.01])
    for (let index = 0; index < 4; index++) beat([0.34, 0.33, 0.02, 0.01])
    assert.is(beat(['http_status', 'http_status', 0.02, 0.01])?.blame?.reason, 'http_status')
    assert.is(beat([0.34, 0.33, 0.02, 0.01])?.blame?.reason, 'slow')
  })

  for (const [whose, times] of [
    ['it', [0.34, 'connect_refused', 0.02, 0.01]],
    ['what stands behind it', [0.34, 0.33, 'connect_refused', 0.01]],
  ] as const) {
    test(`does not blame a hop for what it added before ${whose} failed, though users still get through`, () => {
      const { beat } = createBeats()
      for (let index = 0; index < 20; index++) beat([0.04, 0.03, 0.02, 0.01])
      for (let index = 0; index < 4; index++) beat([0.34, 0.33, 0.02, 0.01])
      const verdict = beat(times)
      assert.equal([verdict?.isOk, verdict?.blame], [true, undefined])
      assert.is(beat([0.34, 0.33, 0.02, 0.01])?.blame?.hop, 'gateway')
    })
  }
})
