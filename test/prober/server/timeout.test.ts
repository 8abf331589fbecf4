import { probeTimeout } from '../../../prober/server/timeout.ts'
import { assert, describe } from '../../harness.ts'

// blackbox_exporter's own table, and what follows from its rule.
const CASES: readonly (readonly [module: number, header: string | undefined, offset: number, seconds: number])[] = [
  [0, '15', 0.5, 14.5],
  [0, '15', 0, 15],
  [20, '15', 0.5, 14.5],
  [5, '15', 0.5, 5],
  [10, undefined, 0.5, 10],
  [10, '10', 0.5, 9.5],
  [9.5, undefined, 1, 9.5],
  [0, undefined, 0.5, 119.5],
  [0, undefined, 0, 120],
  [0, '0', 0.5, 119.5],
  [0, '', 0.5, 119.5],
  [0, '0.2', 0.5, 0],
  [3, '0.2', 0.5, 3],
  [3, '-1', 0.5, 3],
  [0, '1e1', 0.5, 9.5],
  [0, '.75', 0.5, 0.25],
  [0, '1e300', 0.5, 1_209_600],
]

describe('timeout', (test) => {
  for (const [module, header, offset, seconds] of CASES) {
    test(`module ${module}, header ${header}, offset ${offset}: ${seconds}`, () =>
      assert.equal(probeTimeout(header, module, offset), { ok: true, timeoutSeconds: seconds }))
  }
  for (const header of ['abc', '5s', '0x10', 'NaN', 'Infinity', '1,5', '1e', '--1', ' ', '5 5']) {
    test(`${JSON.stringify(header)} is refused and quoted`, () => {
      const refused = probeTimeout(header, 5, 0.5)
      assert.ok(!refused.ok && refused.message.includes(JSON.stringify(header)))
    })
  }
})
