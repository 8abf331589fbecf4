import { decodeCheckResponse, encodeCheckRequest, frameBytes, readFrame } from '../../../prober/wire/grpc-health.ts'
import { damaged, fc, fuzz } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const decode = (hex: string) => decodeCheckResponse(Buffer.from(hex, 'hex'))

describe('the request of a gRPC health check', (test) => {
  // As grpc-go 1.81 sends them.
  for (const [service, hex] of [
    ['', '0000000000'],
    ['nope', '00000000060a046e6f7065'],
    ['é', '00000000040a02c3a9'],
  ] as const) {
    test(`for the service "${service}" is ${hex}`, () => assert.is(encodeCheckRequest(service).toString('hex'), hex))
  }

  test('of a long name counts in varints', () => {
    const frame = readFrame(encodeCheckRequest('a'.repeat(300)))
    assert.is(frame?.message?.subarray(0, 4).toString('hex'), '0aac0261')
  })

  test('is a whole frame, whatever the name', () => {
    fuzz(fc.string({ unit: 'binary' }), (service) => {
      const bytes = encodeCheckRequest(service)
      const frame = readFrame(bytes)
      assert.is(frame?.flag, 0)
      assert.is(frame?.message?.length, bytes.length - 5)
      assert.is(frame && frameBytes(frame), bytes.length)
    })
  })
})

describe('the answer of a gRPC health check', (test) => {
  const rows: readonly (readonly [string, string, number | undefined])[] = [
    ['nothing: the default', '', 0],
    ['SERVING', '0801', 1],
    ['the last of two', '08020801', 1],
    ['a number that no status has', '0863', 99],
    ['a negative number in ten bytes', '08ffffffffffffffffff01', -1],
    ['a number of more than 32 bits', '0881808080808001', 1],
    ['a number with needless bytes', '08818000', 1],
    ['an unknown varint before', '1096010801', 1],
    ['unknown eight bytes before', '1101020304050607080801', 1],
    ['unknown four bytes before', '15010203040801', 1],
    ['an unknown text before', '12036162630801', 1],
    ['the field as a text, which is another field', '0a0101', 0],
    ['a group, whose fields are its own', '130802140801', 1],
    ['groups within groups', '130b08030c140801', 1],
    ['a number cut off', '08', undefined],
    ['a number without end', '08ffffffffffffffffffff', undefined],
    ['a number of 65 bits', '08ffffffffffffffffff02', undefined],
    ['a tag of the field 0', '0001', undefined],
    ['a text longer than the message', '12ff01', undefined],
    ['a text of 2^40 bytes', '1280808080802000', undefined],
    ['a wire type that is none', '0e', undefined],
    ['the end of a group that never began', '14', undefined],
    ['a group without end', '13', undefined],
    ['a group that another ends', '131c', undefined],
  ]
  for (const [title, hex, expected] of rows) test(`${title}: ${expected}`, () => assert.is(decode(hex), expected))

  test('of nothing but starts of groups is given up', () => {
    assert.is(decodeCheckResponse(Buffer.alloc(65_536, 0x13)), undefined)
  })

  const valid = fc
    .tuple(fc.uint8Array({ maxLength: 20 }), fc.nat({ max: 127 }))
    .map(([unknown, status]) => Buffer.from([0x12, unknown.length, ...unknown, 8, status]))

  test('any bytes are a number or none', () => {
    const check = (bytes: Uint8Array) => {
      const decoded = decodeCheckResponse(bytes)
      assert.ok(decoded === undefined || (Number.isInteger(decoded) && Math.abs(decoded) <= 2 ** 31))
    }
    fuzz(fc.uint8Array({ maxLength: 64 }), check)
    fuzz(damaged(valid), check)
  })

  test('any number comes back, whatever unknown text stands before it', () => {
    fuzz(valid, (bytes) => assert.is(decodeCheckResponse(bytes), bytes.at(-1)))
  })
})

describe('a gRPC frame', (test) => {
  test('is unknown before its head, then announces its length, then is whole', () => {
    const bytes = Buffer.from('00000000020801ff', 'hex')
    assert.is(readFrame(bytes.subarray(0, 4)), undefined)
    assert.equal(readFrame(bytes.subarray(0, 6)), { flag: 0, lengthBytes: 2, message: undefined })
    assert.equal(readFrame(bytes)?.message?.toString('hex'), '0801')
  })

  test('of any bytes throws nothing', () => {
    fuzz(fc.uint8Array({ maxLength: 16 }), (bytes) => {
      const frame = readFrame(Buffer.from(bytes))
      assert.is(frame?.message === undefined ? frame?.lengthBytes : frame.message.length, frame?.lengthBytes)
    })
  })
})
