import { X509Certificate } from 'node:crypto'
import { createAuthority } from '../../../cli/demo/authority.ts'
import { readCertificateNames } from '../../../prober/wire/certificate-names.ts'
import { readDer, readObjectIdentifier } from '../../../prober/wire/der.ts'
import { fc } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const authority = await createAuthority('CN=Root')
const { certPem } = await authority.issue({ subject: 'CN=x,O=y', dnsNames: ['a.example'] })
const DER = new X509Certificate(certPem).raw

describe('certificate names', (test) => {
  test('never throws on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readCertificateNames(bytes)))
  })

  test('never throws on a certificate that was cut off or changed', () => {
    const at = fc.nat({ max: DER.length - 1 })
    fc.assert(
      fc.property(at, fc.nat({ max: 255 }), at, (where, value, length) => {
        const changed = Buffer.from(DER)
        changed[where] = value
        readCertificateNames(changed)
        readCertificateNames(changed.subarray(0, length))
      }),
    )
  })

  test('a certificate without subjectAltName has no names', async () => {
    const bare = await authority.issue({ subject: 'CN=bare' })
    assert.equal(readCertificateNames(new X509Certificate(bare.certPem).raw)?.dnsNames, [])
  })
})

/** X.690 §8.19 and the arcs of well-known identifiers. */
const IDENTIFIERS: readonly (readonly [string, string])[] = [
  ['550403', '2.5.4.3'],
  ['2a864886f70d010901', '1.2.840.113549.1.9.1'],
  ['0992268993f22c640119', '0.9.2342.19200300.100.1.25'],
  ['883703', '2.999.3'],
  ['00', '0.0'],
]

const MALFORMED: readonly (readonly [string, string])[] = [
  ['no length', '30'],
  ['indefinite length', '3080'],
  ['length of five bytes', '308500000000010000'],
  ['length without its bytes', '3082'],
  ['content cut off', '30030201'],
  ['tag of several bytes', '1f2001ff'],
]

describe('DER', (test) => {
  for (const [hex, dotted] of IDENTIFIERS) {
    test(`object identifier ${dotted}`, () => assert.is(readObjectIdentifier(Buffer.from(hex, 'hex')), dotted))
  }

  for (const [title, hex] of MALFORMED) {
    test(`refuses: ${title}`, () => assert.is(readDer(Buffer.from(hex, 'hex')), undefined))
  }

  test('reads values one after the other', () => {
    const values = readDer(Buffer.from('0201050c0161', 'hex'))
    assert.equal(
      values?.map(({ tag, content }) => [tag, [...content]]),
      [
        [2, [5]],
        [12, [97]],
      ],
    )
  })
})
