import { createPunctuality, SLICE_SECONDS } from '../../../prober/schedule/punctuality.ts'
import { assert, describe } from '../../harness.ts'

/** One letter a slice: g all runs held, b half of them missed, e edge of what is allowed, - none due. */
function after(slices: string) {
  let now = 1_000_000.5
  const punctuality = createPunctuality(() => now)
  for (const slice of slices) {
    const missed = { g: 0, b: 10, e: 2, '-': 0 }[slice] ?? 0
    for (let run = 0; run < (slice === '-' ? 0 : 20); run++) punctuality.count(run >= missed)
    now += SLICE_SECONDS
  }
  return punctuality.trouble()
}

describe('punctuality', (test) => {
  const rows: readonly (readonly [slices: string, isInTrouble: boolean])[] = [
    ['', false],
    ['gggggg', false],
    ['eeeeee', false],
    ['gggb', false],
    ['bb', false],
    ['bbb', true],
    ['ggbbb', true],
    ['bgbgbgbg', false],
    ['bbgbbg', false],
    ['bbbg', true],
    ['bbbgg', true],
    ['bbbggg', false],
    ['bbbggbgg', true],
    ['bbbgggbb', false],
    ['b-b-b', true],
    ['-----b', false],
    ['bbb--', true],
    ['bbb---', false],
  ]
  for (const [slices, isInTrouble] of rows) {
    test(`${slices || 'nothing yet'} is ${isInTrouble ? 'trouble' : 'none'}`, () =>
      assert.is(after(slices) !== undefined, isInTrouble))
  }

  test('says how many of the last runs were missed', () => assert.equal(after('ggbbb'), { due: 60, missed: 30 }))

  test('a long time without any run ends it', () => {
    let now = 0
    const punctuality = createPunctuality(() => now)
    for (let slice = 0; slice < 3; slice++) {
      punctuality.count(false)
      now += SLICE_SECONDS
    }
    assert.ok(punctuality.trouble())
    now += 86_400
    assert.is(punctuality.trouble(), undefined)
  })
})
