import { X509Certificate } from 'node:crypto'
import { createAuthority } from '../../../cli/demo/authority.ts'
import { createCertificateReader, readCertificate } from '../../../prober/net/certificate.ts'
import { assert, describe } from '../../harness.ts'

const authority = await createAuthority('CN=Root,O=Sonde')

async function issued(subject: string, dnsNames: readonly string[] = []): Promise<X509Certificate> {
  return new X509Certificate((await authority.issue({ subject, dnsNames })).certPem)
}

/** The right-hand sides are what Go 1.26 prints for these certificates: `pkix.Name.String()`. */
const SUBJECTS: readonly (readonly [string, string])[] = [
  ['CN=example.org,O=Example', 'CN=example.org,O=Example'],
  ['C=DE,O=One+O=Two,OU=Net,OU=Ops,CN=a+2.5.4.5=77', 'SERIALNUMBER=77,CN=a,OU=Net+OU=Ops,O=One+O=Two,C=DE'],
  [
    'CN=müller.example,L=Köln,ST=NRW,2.5.4.9=Am Dom 1,2.5.4.17=50667',
    'CN=müller.example,POSTALCODE=50667,STREET=Am Dom 1,L=Köln,ST=NRW',
  ],
  ['O=x,CN=\\# lead trail\\ ', 'CN=\\# lead trail\\ ,O=x'],
  ['CN=a=b\\+c\\\\d', 'CN=a=b\\+c\\\\d'],
  ['E=a@b.c,CN=mail', 'CN=mail,1.2.840.113549.1.9.1=#0c056140622e63'],
  [
    'DC=example,DC=org,CN=dc',
    'CN=dc,0.9.2342.19200300.100.1.25=#13036f7267,0.9.2342.19200300.100.1.25=#13076578616d706c65',
  ],
  ['1.2.3.4=hello,2.5.4.97=VAT*1,CN=unk', 'CN=unk,2.5.4.97=#0c055641542a31,1.2.3.4=#130568656c6c6f'],
  ['CN=,O=empty cn', 'O=empty cn'],
  ['CN=one,CN=two', 'CN=two'],
  [`1.2.3.4=${'x'.repeat(130)}`, `1.2.3.4=#138182${'78'.repeat(130)}`],
  [`1.2.3.4=${'x'.repeat(300)}`, `1.2.3.4=#1382012c${'78'.repeat(300)}`],
  [`1.2.3.4=${'x'.repeat(70_000)}`, `1.2.3.4=#1383011170${'78'.repeat(70_000)}`],
  ['', ''],
]

describe('certificate', (test) => {
  for (const [written, printed] of SUBJECTS) {
    test(`subject ${JSON.stringify(written.slice(0, 50))} is printed as Go prints it`, async () => {
      assert.is(readCertificate(await issued(written)).subject, printed)
    })
  }

  test('has the issuer, the names, the dates in seconds and the fingerprint', async () => {
    const notBefore = new Date('2026-01-02T03:04:05Z')
    const notAfter = new Date('2027-01-02T03:04:05Z')
    const names = ['b.example', '*.a.example', 'xn--mller-kva.example']
    const { certPem } = await authority.issue({
      subject: 'CN=x',
      dnsNames: names,
      ips: ['10.0.0.1'],
      notBefore,
      notAfter,
    })
    const x509 = new X509Certificate(certPem)
    const certificate = readCertificate(x509)
    assert.is(certificate.issuer, 'CN=Root,O=Sonde')
    assert.equal(certificate.dnsNames, names)
    assert.is(certificate.notBeforeSeconds, Date.parse('2026-01-02T03:04:05Z') / 1000)
    assert.is(certificate.notAfterSeconds, Date.parse('2027-01-02T03:04:05Z') / 1000)
    assert.match(certificate.fingerprintSha256, /^[0-9a-f]{64}$/)
    assert.is(certificate.fingerprintSha256, x509.fingerprint256.replaceAll(':', '').toLowerCase())
    assert.is(new X509Certificate(certificate.pem()).fingerprint256, x509.fingerprint256)
  })

  test('prints the serial number in lower case without leading zeros', async () => {
    const x509 = await issued('CN=serial')
    for (const [openssl, go] of [
      ['0A', 'a'],
      ['00', '0'],
      ['92B888DBB08AC163', '92b888dbb08ac163'],
      ['-0F', '-f'],
    ] as const) {
      Object.defineProperty(x509, 'serialNumber', { value: openssl, configurable: true })
      assert.is(readCertificate(x509).serialNumber, go)
    }
  })

  test('is read once, however often it is seen', async () => {
    const read = createCertificateReader()
    const x509 = await issued('CN=again')
    assert.is(read(x509), read(new X509Certificate(x509.toString())))
    assert.is.not(read(x509), read(await issued('CN=again')))
    const huge = await issued(`CN=${'x'.repeat(20_000)}`)
    assert.is.not(read(huge), read(huge))
  })
})
