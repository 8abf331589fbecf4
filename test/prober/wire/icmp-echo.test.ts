import {
  decodeEcho,
  decodeQuotedEcho,
  ECHO_HEADER_BYTES,
  encodeEchoRequest,
  internetChecksum,
  withoutIpv4Header,
} from '../../../prober/wire/icmp-echo.ts'
import { fc } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const word = fc.integer({ min: 0, max: 0xffff })
const family = fc.constantFrom(4 as const, 6 as const)

/** What a host makes of a request: another type, the same rest. */
function replyTo(request: Buffer, of: 4 | 6): Buffer {
  const reply = Buffer.from(request)
  reply[0] = of === 4 ? 0 : 129
  reply.writeUInt16BE(0, 2)
  if (of === 4) reply.writeUInt16BE(internetChecksum(reply), 2)
  return reply
}

describe('the checksum of the Internet', (test) => {
  for (const [title, hex, sum] of [
    ['the example of RFC 1071 §3', '0001 f203 f4f5 f6f7', 0x220d],
    ['an odd byte at the end counts as if a zero followed', '01', 0xfeff],
    ['of nothing', '', 0xffff],
    ['a carry that makes another one', 'ffff ffff 0001', 0xfffe],
    ['an IPv4 header of RFC 791 as routers see it', '4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7', 0xb861],
  ] as const) {
    test(title, () => assert.is(internetChecksum(bytes(hex)), sum))
  }
})

describe('ICMP echo', (test) => {
  for (const [title, of, hex] of [
    ['RFC 792: type 8 with its checksum', 4, '0800 f3f9 0001 0002 0000 0403'],
    ['RFC 4443 §4.1: type 128, the checksum left to the kernel', 6, '8000 0000 0001 0002 0000 0403'],
  ] as const) {
    test(`a request is written as ${title}`, () => {
      const request = encodeEchoRequest(of, { id: 1, sequence: 2, payload: bytes('0000 0403') })
      assert.is(request.toString('hex'), hex.replaceAll(' ', ''))
    })
  }

  test('a reply as seen on a wire is read', () => {
    assert.equal(decodeEcho(4, bytes('0000 88c1 773d 0001 0000 0000 0000 0000')), {
      kind: 'reply',
      id: 0x773d,
      sequence: 1,
      payload: Buffer.alloc(8),
    })
  })

  for (const [title, of, hex] of [
    ['nothing', 4, ''],
    ['seven bytes', 4, '0000 88c1 773d 00'],
    ['another type', 4, '0300 fcff 0000 0000'],
    ['a code that echoes have not', 4, '0001 fffe 0000 0000'],
    ['a checksum that is wrong', 4, '0000 88c1 773d 0002 0000 0000 0000 0000'],
    ['an ICMP reply taken for ICMPv6', 6, '0000 88c1 773d 0001 0000 0000 0000 0000'],
  ] as const) {
    test(`no echo is made of ${title}`, () => assert.is(decodeEcho(of, bytes(hex)), undefined))
  }

  test('what an error quotes may be cut off after 8 bytes', () => {
    const request = encodeEchoRequest(4, { id: 7, sequence: 9, payload: Buffer.alloc(100, 'a') })
    const quoted = decodeQuotedEcho(4, request.subarray(0, ECHO_HEADER_BYTES))
    assert.equal([quoted?.kind, quoted?.id, quoted?.sequence], ['request', 7, 9])
  })

  test('whatever is sent comes back, and one flipped bit is noticed', () => {
    fc.assert(
      fc.property(family, word, word, fc.uint8Array({ maxLength: 80 }), fc.nat(), (of, id, sequence, payload, at) => {
        const reply = replyTo(encodeEchoRequest(of, { id, sequence, payload }), of)
        const read = decodeEcho(of, reply)
        assert.equal([read?.kind, read?.id, read?.sequence], ['reply', id, sequence])
        assert.ok(Buffer.from(payload).equals(read?.payload ?? Buffer.alloc(0)))
        const bit = at % (reply.length * 8)
        reply[bit >> 3] = (reply[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        if (of === 4) assert.is(decodeEcho(of, reply), undefined)
      }),
    )
  })

  test('of random bytes nothing is made but what they hold, and nothing throws', () => {
    fc.assert(
      fc.property(family, fc.uint8Array({ maxLength: 120 }), (of, message) => {
        const read = decodeQuotedEcho(of, message)
        if (read !== undefined) assert.is(read.payload.length, message.length - ECHO_HEADER_BYTES)
        const rest = withoutIpv4Header(message)
        assert.ok(rest === undefined || rest.length <= message.length - 20)
        decodeEcho(of, message)
      }),
    )
  })
})

describe('the IPv4 header in front', (test) => {
  const header = '4500 0024 a10a 4000 4001 9bcc 7f00 0001 7f00 0001'
  for (const [title, hex, rest] of [
    ['of 20 bytes', `${header} 0800`, '0800'],
    ['with options', `46${header.slice(2)} 01020304 0800`, '0800'],
    ['alone', header, ''],
    ['cut off', header.slice(0, -2), undefined],
    ['shorter than it can be', `44${header.slice(2)}`, undefined],
    ['longer than the packet', `4f${header.slice(2)} 0800`, undefined],
    ['of IPv6', `60${header.slice(2)}`, undefined],
    ['of nothing', '', undefined],
  ] as const) {
    test(title, () => {
      const found = withoutIpv4Header(bytes(hex))
      assert.is(found === undefined ? undefined : Buffer.from(found).toString('hex'), rest)
    })
  }
})
