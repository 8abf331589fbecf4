import { decodeControl, encodeSocketAddress } from '../../../prober/wire/socket-message.ts'
import { fc } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const NOTHING = { receivedAtNs: undefined, hopLimit: undefined, error: undefined }

/** SO_TIMESTAMPNS and IP_TTL, as Linux 6.18 gave them for a ping of 127.0.0.1. */
const STAMP = '2000000000000000 01000000 23000000 8391016b00000000 48a3ae0800000000'
const TTL = '1400000000000000 00000000 02000000 40000000 00000000'
/** IP_RECVERR: EHOSTUNREACH by ICMP type 3, code 1, from 192.0.2.9. */
const ERROR_4 =
  '3000000000000000 00000000 0b000000 71000000 02 03 01 00 00000000 00000000 0200 0000 c0000209 0000000000000000'
/** IPV6_RECVERR: EMSGSIZE by ICMPv6 type 2, MTU 1280, from 2001:db8::9. */
const ERROR_6 =
  '3c00000000000000 29000000 19000000 5a000000 03 02 00 00 00050000 00000000 0a00 0000 00000000 20010db8000000000000000000000009 00000000'

describe('socket addresses', (test) => {
  for (const [family, ip, scope, hex] of [
    [4, '127.0.0.1', 0, '0200 0000 7f000001 0000000000000000'],
    [6, '::1', 0, `0a00 0000 00000000 ${'00'.repeat(15)}01 00000000`],
    [6, 'fe80::1%eth0', 3, `0a00 0000 00000000 fe80${'00'.repeat(13)}01 03000000`],
    [6, '::ffff:192.0.2.7', 0, `0a00 0000 00000000 ${'00'.repeat(10)}ffffc0000207 00000000`],
  ] as const) {
    test(`${ip} as the kernel takes it`, () => {
      assert.is(encodeSocketAddress({ family, ip }, scope).toString('hex'), hex.replaceAll(' ', ''))
    })
  }
})

describe('control messages', (test) => {
  test('a stamp and a hop limit stand side by side', () => {
    const { receivedAtNs, hopLimit } = decodeControl(bytes(STAMP + TTL))
    assert.is(receivedAtNs, 1_795_264_899_145_662_792n)
    assert.is(hopLimit, 64)
  })

  test('a hop limit of IPv6', () => {
    assert.is(decodeControl(bytes('1400000000000000 29000000 34000000 3d000000 00000000')).hopLimit, 61)
  })

  test('an error of a router', () => {
    const error = { errno: 113, byIcmp: true, icmpType: 3, icmpCode: 1, info: 0, offender: '192.0.2.9' }
    assert.equal(decodeControl(bytes(ERROR_4)).error, error)
  })

  test('a packet too big for IPv6', () => {
    const error = { errno: 90, byIcmp: true, icmpType: 2, icmpCode: 0, info: 1280, offender: '2001:db8::9' }
    assert.equal(decodeControl(bytes(ERROR_6)).error, error)
  })

  for (const [title, hex] of [
    ['nothing', ''],
    ['half a header', STAMP.slice(0, 20)],
    ['a length of nothing', '0000000000000000 01000000 23000000'],
    ['a length that leads beyond', `ffffffffffffff7f${STAMP.slice(16)}`],
    ['a stamp cut short', '1800000000000000 01000000 23000000 8391016b00000000'],
    ['a kind that we know nothing of', '1400000000000000 00000000 08000000 40000000 00000000'],
  ] as const) {
    test(`tell nothing: ${title}`, () => assert.equal(decodeControl(bytes(hex)), NOTHING))
  }

  test('whatever they hold, reading ends without a throw', () => {
    const message = fc
      .tuple(
        fc.constantFrom(...[STAMP, TTL, ERROR_4, ERROR_6].map(bytes)),
        fc.uint8Array({ maxLength: 64 }),
        fc.nat(70),
      )
      .map(([known, noise, cut]) => Buffer.concat([known.subarray(0, cut), noise]))
    fc.assert(fc.property(fc.array(message, { maxLength: 4 }), (parts) => void decodeControl(Buffer.concat(parts))))
  })
})
