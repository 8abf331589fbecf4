import { decode } from 'dns-packet'
import { encodeName, encodeQuery } from '../../../prober/wire/dns-query.ts'
import { className, classNumber, rcodeName, rcodeNumber, typeName, typeNumber } from '../../../prober/wire/dns-types.ts'
import { fc } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const QUERY = { name: 'example.com', type: 1, class: 1, recursionDesired: true, edns: undefined }

function nameBytes(text: string): Buffer {
  const name = encodeName(text)
  if (typeof name === 'string') throw new Error(name)
  return name
}

function hexOf(text: string): string {
  const name = encodeName(text)
  return typeof name === 'string' ? name : name.toString('hex')
}

describe('a DNS query', (test) => {
  test('asks as RFC 1035 says', () => {
    const hex = encodeQuery(0xbeef, QUERY, nameBytes('example.com')).toString('hex')
    assert.is(hex, 'beef01000001000000000000076578616d706c6503636f6d0000010001')
  })

  test('asks for no recursion, another class and type', () => {
    const query = { ...QUERY, recursionDesired: false, type: 65_280, class: 3 }
    assert.is(encodeQuery(1, query, nameBytes('.')).toString('hex'), '00010000000100000000000000ff000003')
  })

  test('offers EDNS with DNSSEC', () => {
    const query = { ...QUERY, edns: { udpPayloadBytes: 1400, dnssecOk: true } }
    const [option] = decode(encodeQuery(1, query, nameBytes('example.com'))).additionals ?? []
    assert.is(option?.type, 'OPT')
    if (option?.type !== 'OPT') return
    assert.equal([option.udpPayloadSize, option.flag_do, option.ednsVersion], [1400, true, 0])
  })
})

describe('a name on the wire', (test) => {
  for (const [text, hex] of [
    ['.', '00'],
    ['', '00'],
    ['a', '016100'],
    ['a.b.', '0161016200'],
    ['a\\.b.c', '03612e62016300'],
    ['\\097\\255.\\\\', '0261ff015c00'],
    ['ü', '02c3bc00'],
    ['a..b', 'has an empty part between its dots'],
    ['.a', 'has an empty part between its dots'],
    ['a..', 'has an empty part between its dots'],
    ['a\\', 'ends in a backslash'],
    ['x'.repeat(64), 'has a part over 63 bytes between its dots'],
    ['x'.repeat(63), `3f${'78'.repeat(63)}00`],
    ['aaaaaaaaa.'.repeat(26), 'is longer than 255 bytes'],
  ] as const) {
    test(JSON.stringify(text.slice(0, 40)), () => assert.is(hexOf(text), hex))
  }

  test('is never more than 255 bytes, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const name = encodeName(text)
        assert.ok(typeof name === 'string' || (name.length <= 255 && name.at(-1) === 0))
      }),
    )
  })
})

describe('names of DNS numbers', (test) => {
  test('types by name, by number and not at all', () => {
    assert.equal(['aaaa', 'TYPE65280', 'TYPE1', 'NSAP-PTR', 'NONE'].map(typeNumber), [28, 65_280, 1, 23, 0])
    assert.equal(['', 'TYPE', 'TYPE65536', 'TYPE-1', 'X', '1'].map(typeNumber), Array(6).fill(undefined))
    assert.equal([28, 65_280, 0, 65_535].map(typeName), ['AAAA', 'TYPE65280', 'None', 'Reserved'])
  })

  test('classes; ANY is printed as its number', () => {
    assert.equal(['in', 'CH', 'ANY', 'CLASS9', 'X'].map(classNumber), [1, 3, 255, 9, undefined])
    assert.equal([1, 3, 4, 254, 255, 9].map(className), ['IN', 'CH', 'HS', 'NONE', 'CLASS255', 'CLASS9'])
  })

  test('response codes; one number has two names', () => {
    assert.equal(['NXDOMAIN', 'NOTIMPL', 'BADSIG', 'BADVERS', 'X'].map(rcodeNumber), [3, 4, 16, 16, undefined])
    assert.equal([0, 16, 12].map(rcodeName), ['NOERROR', 'BADSIG', 'RCODE12'])
  })
})
