import type { QuietWindow } from '../../../prober/config/quiet.ts'
import { isSameTarget, keepingSame } from '../../../prober/config/same-target.ts'
import type { Target } from '../../../prober/config/targets.ts'
import { assert, describe } from '../../harness.ts'

const weekends: QuietWindow = { days: ['sat', 'sun'], fromMinute: 0, toMinute: 60, timeZone: 'UTC' }

const whole: Target = {
  name: 'web',
  address: 'https://www.example.test/',
  module: 'http',
  intervalSeconds: 60,
  retry: { attempts: 2, pauseSeconds: 1 },
  labels: { team: 'shop', tier: '1' },
  quiet: [weekends],
}

/** As it comes from another process. */
const again = (changes: Partial<Target> = {}): Target => ({ ...structuredClone(whole), ...changes })

describe('same target', (test) => {
  const cases: readonly (readonly [what: string, other: Target, isSame: boolean])[] = [
    ['the same again', again(), true],
    ['a key without a value', again({ hostname: undefined } as unknown as Target), true],
    ['another name', again({ name: 'other' }), false],
    ['a key more', again({ hostname: 'www.example.test' }), false],
    ['a label more', again({ labels: { ...whole.labels, city: 'Bonn' } }), false],
    ['a label more that every object knows', again({ labels: { ...whole.labels, constructor: 'x' } }), false],
    ['a label less', again({ labels: { team: 'shop' } }), false],
    ['another label', again({ labels: { team: 'shop', tier: '2' } }), false],
    ['another retry', again({ retry: { attempts: 3, pauseSeconds: 1 } as NonNullable<Target['retry']> }), false],
    ['no retry', again({ retry: undefined } as unknown as Target), false],
    ['no quiet window', again({ quiet: [] }), false],
    ['a day more', again({ quiet: [{ ...weekends, days: ['fri', 'sat', 'sun'] }] }), false],
  ]
  for (const [what, other, isSame] of cases) {
    test(`${what}: ${isSame ? 'the same' : 'another'}, whichever of them is asked about`, () => {
      assert.is(isSameTarget(whole, other), isSame)
      assert.is(isSameTarget(other, whole), isSame)
    })
  }

  test('none is another', () => assert.is(isSameTarget(whole, undefined), false))

  test('what a reload left as it was stays the same value', () => {
    const keep = keepingSame([whole])
    assert.is(keep(again()), whole)
    const changed = again({ intervalSeconds: 30 })
    assert.is(keep(changed), changed)
  })
})
