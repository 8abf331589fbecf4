import { fnv1a32 } from '../../../prober/wire/fnv1a.ts'
import { addressBytes, ipv6Text } from '../../../prober/wire/ip-address.ts'
import { fc, fuzz } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const ADDRESSES: readonly (readonly [string, string])[] = [
  ['127.0.0.1', '7f000001'],
  ['255.255.255.255', 'ffffffff'],
  ['::', '00'.repeat(16)],
  ['::1', `${'00'.repeat(15)}01`],
  ['2001:db8::8:800:200c:417a', '20010db80000000000080800200c417a'],
  ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
  ['fe80::1%eth0', `fe8${'0'.repeat(28)}1`],
  ['::ffff:10.0.0.1', '0a000001'],
  ['::ffff:a00:1', '0a000001'],
  ['64:ff9b::10.0.0.1', '0064ff9b00000000000000000a000001'],
]

describe('address bytes', (test) => {
  for (const [ip, hex] of ADDRESSES) {
    test(ip, () => assert.is(Buffer.from(addressBytes(ip)).toString('hex'), hex))
  }
})

describe('IPv6 text', (test) => {
  test('is what URLs have, for any address', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
    fuzz(groups, (all) => {
      const url = new URL(`http://[${all.map((group) => group.toString(16)).join(':')}]`)
      const bytes = Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]))
      const text = ipv6Text(bytes)
      // URLs write an IPv4 address in it as hexadecimal, too.
      assert.is(text.includes('.') ? new URL(`http://[${text}]`).hostname : `[${text}]`, url.hostname)
    })
  })

  test('of an IPv4 address in it is dotted', () => {
    assert.is(ipv6Text(Buffer.from(`${'00'.repeat(10)}ffffc0000201`, 'hex')), '::ffff:192.0.2.1')
  })
})

// draft-eastlake-fnv, test vectors for 32 bit FNV-1a.
const VECTORS: readonly (readonly [string, number])[] = [
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
]

describe('FNV-1a', (test) => {
  for (const [text, hash] of VECTORS)
    test(`of ${JSON.stringify(text)}`, () => assert.is(fnv1a32(Buffer.from(text)), hash))
})
