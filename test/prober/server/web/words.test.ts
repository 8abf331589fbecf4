import { durationText, spanText } from '../../../../prober/server/web/words.ts'
import { assert, describe } from '../../../harness.ts'

describe('durations on the page', (test) => {
  for (const [seconds, text] of [
    [0, '0 µs'],
    [5e-7, '0.5 µs'],
    [1e-6, '1 µs'],
    [0.000_812_3, '812 µs'],
    [0.000_999_6, '1.00 ms'],
    [0.0204, '20.4 ms'],
    [0.999_4, '999 ms'],
    [0.999_6, '1.00 s'],
    [1.5, '1.50 s'],
    [9.999, '10.0 s'],
    [120.04, '120.0 s'],
  ] as const) {
    test(`${seconds} s reads ${text}`, () => assert.is(durationText(seconds), text))
  }

  for (const [seconds, text] of [
    [-3, '0 s'],
    [0.4, '0 s'],
    [119, '119 s'],
    [120, '2 min'],
    [7199, '119 min'],
    [7200, '2 h'],
    [172_800, '2 d'],
  ] as const) {
    test(`a span of ${seconds} s reads ${text}`, () => assert.is(spanText(seconds), text))
  }
})
