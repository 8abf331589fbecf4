import { encodeTraceparent, isSampled } from '../../../prober/wire/traceparent.ts'
import { fc, fuzz } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

describe('traceparent', (test) => {
  // The example of W3C Trace Context §3.2.
  test('says trace, span and whether they are sampled', () => {
    const ids = { traceId: TRACE, spanId: SPAN }
    assert.is(encodeTraceparent({ ...ids, sampled: true }), `00-${TRACE}-${SPAN}-01`)
    assert.is(encodeTraceparent({ ...ids, sampled: false }), `00-${TRACE}-${SPAN}-00`)
  })

  // The right 14 digits against (1 - ratio) * 2^56; what stands before them changes nothing.
  for (const [right, ratio, sampled] of [
    ['ffffffffffffff', 0, false],
    ['00000000000000', 1, true],
    ['80000000000000', 0.5, true],
    ['7fffffffffff00', 0.5, false],
    ['f0000000000000', 0.0625, true],
    ['efffffffffff00', 0.0625, false],
  ] as const) {
    test(`of …${right}, a ratio of ${ratio} takes ${sampled ? 'it' : 'nothing'}`, () => {
      for (const left of ['0'.repeat(18), 'f'.repeat(18)]) assert.is(isSampled(left + right, ratio), sampled)
    })
  }

  test('a trace that is sampled at one ratio is sampled at every higher one', () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true })
    fuzz(fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), ratio, ratio), ([bytes, one, other]) => {
      const traceId = Buffer.from(bytes).toString('hex')
      if (isSampled(traceId, Math.min(one, other))) assert.ok(isSampled(traceId, Math.max(one, other)))
    })
  })
})
