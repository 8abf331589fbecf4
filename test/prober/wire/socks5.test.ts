import {
  encodeConnect,
  encodeGreeting,
  encodePassword,
  readConnectReply,
  readMethod,
  readPasswordStatus,
} from '../../../prober/wire/socks5.ts'
import { fc } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const hex = (bytes: Buffer | undefined) => bytes?.toString('hex')
const bytes = (text: string) => Buffer.from(text, 'hex')

describe('SOCKS 5', (test) => {
  test('greets with the ways to log in that it has', () => {
    assert.is(hex(encodeGreeting(false)), '050100')
    assert.is(hex(encodeGreeting(true)), '05020002')
  })

  for (const [host, expected] of [
    ['192.0.2.7', '05010001c000020701bb'],
    ['example.com', '050100030b6578616d706c652e636f6d01bb'],
    ['::1', '050100040000000000000000000000000000000101bb'],
    ['2001:db8::ff:1', '0501000420010db8000000000000000000ff000101bb'],
    ['::ffff:192.0.2.7', '05010001c000020701bb'],
    ['fe80::1%eth0', '05010004fe80000000000000000000000000000101bb'],
  ] as const) {
    test(`asks for ${host}`, () => assert.is(hex(encodeConnect(host, 443)), expected))
  }

  test('every IPv6 address takes 16 bytes, or 4 when it stands for IPv4', () => {
    fc.assert(fc.property(fc.ipV6(), (ip) => assert.ok([22, 10].includes(encodeConnect(ip, 80)?.length ?? 0))))
  })

  test('a name over 255 bytes or none cannot be asked for', () => {
    assert.is(encodeConnect('x'.repeat(256), 80), undefined)
    assert.is(encodeConnect('', 80), undefined)
  })

  test('user name and password are at most 255 bytes of UTF-8', () => {
    assert.is(hex(encodePassword('me', 'pä')), '01026d650370c3a4')
    assert.is(hex(encodePassword('me', '')), '01026d6500')
    assert.is(encodePassword('', 'x'), undefined)
    assert.is(encodePassword('x', 'ä'.repeat(128)), undefined)
  })

  for (const [reply, expected] of [
    ['050000017f0000011f90', { state: 'done', value: undefined, bytes: 10 }],
    ['050000030261620050', { state: 'done', value: undefined, bytes: 9 }],
    [`05000004${'00'.repeat(16)}0050`, { state: 'done', value: undefined, bytes: 22 }],
    ['05050001000000000000', { state: 'done', value: 'connection refused by the target', bytes: 10 }],
    ['0502', { state: 'done', value: 'connection not allowed by its rules', bytes: 2 }],
    ['05ff', { state: 'done', value: 'error 255', bytes: 2 }],
    ['', { state: 'more' }],
    ['0500', { state: 'more' }],
    ['05000003', { state: 'more' }],
    ['050000017f0000', { state: 'more' }],
  ] as const) {
    test(`reads the answer ${reply === '' ? '(nothing yet)' : reply}`, () =>
      assert.equal(readConnectReply(bytes(reply)), expected))
  }

  for (const [title, parsed] of [
    ['HTTP instead of an answer', readConnectReply(Buffer.from('HTTP/1.1 400'))],
    ['HTTP instead of a greeting', readMethod(Buffer.from('H'))],
    ['SOCKS 4', readMethod(bytes('005a'))],
    ['an unknown type of address', readConnectReply(bytes('05000009'))],
    ['a password answer of another version', readPasswordStatus(bytes('0500'))],
  ] as const) {
    test(`refuses ${title}`, () => assert.is(parsed.state, 'malformed'))
  }

  test('a byte more or less never changes what a complete answer says', () => {
    const complete = bytes('050000017f0000011f90')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat({ max: 9 }), (rest, length) => {
        assert.equal(readConnectReply(Buffer.concat([complete, rest])), { state: 'done', value: undefined, bytes: 10 })
        assert.is(readConnectReply(complete.subarray(0, length)).state, 'more')
      }),
    )
  })
})
