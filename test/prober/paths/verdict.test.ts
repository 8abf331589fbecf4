import { assert, describe } from '../../harness.ts'
import { createBeats, HOPS, type Told } from './runs.ts'

const NO = 'connect_refused'
const BAD = 'http_status'

/** `?`: nobody knows. */
const CASES: readonly (readonly [
  title: string,
  hops: readonly Told[],
  path: '✓' | '✗' | '?',
  blame: string | undefined,
])[] = [
  ['all is well', [1, 1, 1, 1], '✓', undefined],
  ['the edge alone', [BAD, 1, 1, 1], '✗', 'edge http_status'],
  ['from the edge to the gateway', [BAD, NO, 1, 1], '✗', 'gateway connect_refused'],
  ['from the edge to the pod', [BAD, BAD, BAD, NO], '✗', 'pod connect_refused'],
  ['the edge, and apart from it the pod', [NO, 1, 1, BAD], '✗', 'edge connect_refused'],
  ['only within, where users do not notice', [1, BAD, NO, NO], '✓', undefined],
  ['the pod only', [1, 1, 1, NO], '✓', undefined],
  ['within is missing, but the run of failures ended before', [BAD, 1, undefined, 1], '✗', 'edge http_status'],
  ['the run of failures may go on where a hop is missing', [BAD, undefined, 1, 1], '✗', undefined],
  ['all fail but one that is missing', [BAD, BAD, BAD, undefined], '✗', undefined],
  ['the edge is missing', [undefined, NO, NO, NO], '?', undefined],
]

describe('the verdict on a path', (test) => {
  for (const [title, hops, path, blame] of CASES) {
    test(`${title}: ${path} ${blame ?? 'nobody is to blame'}`, () => {
      const { beat, watch } = createBeats()
      beat(hops)
      // What is missing has until the next beat.
      if (hops.includes(undefined)) {
        assert.is(watch.verdict(), undefined)
        beat([1])
      }
      const verdict = watch.verdict()
      const word = verdict?.isOk === undefined ? '?' : verdict.isOk ? '✓' : '✗'
      const found = verdict?.blame === undefined ? undefined : `${verdict.blame.hop} ${verdict.blame.reason}`
      assert.equal([word, found], [path, blame])
      assert.equal(
        verdict?.hops.map(({ hop, outcome }) => [hop, outcome?.ok]),
        HOPS.map((hop, index) => [hop, hops[index] === undefined ? undefined : typeof hops[index] === 'number']),
      )
    })
  }

  test('the blame tells what the hop itself was told', () => {
    const { beat } = createBeats()
    assert.equal(beat([BAD, NO, 1, 1])?.blame, {
      hop: 'gateway',
      phase: 'connect',
      reason: 'connect_refused',
      message: 'it was connect_refused',
    })
  })
})
