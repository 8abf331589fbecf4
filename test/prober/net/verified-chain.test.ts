import { X509Certificate } from 'node:crypto'
import { createCertificateReader } from '../../../prober/net/certificate.ts'
import { createChainFinder } from '../../../prober/net/verified-chain.ts'
import type { Odd } from '../../certificates.ts'
import { createOdd, daysFromNow } from '../../certificates.ts'
import { assert, describe } from '../../harness.ts'

const PAST = { notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) }
const root = await createOdd({ subject: 'CN=Root', authority: true, notAfter: daysFromNow(90) })
const briefRoot = await createOdd({ subject: 'CN=Brief root', authority: true, notAfter: daysFromNow(3) })
const pastRoot = await createOdd({ subject: 'CN=Past root', authority: true, ...PAST })
const parent = await createOdd({ subject: 'CN=Parent', authority: true, issuer: root })
const parentByBrief = await createOdd({ subject: 'CN=Parent', authority: true, issuer: briefRoot, keysOf: parent })
const parentByPast = await createOdd({ subject: 'CN=Parent', authority: true, issuer: pastRoot, keysOf: parent })
const rootByPast = await createOdd({ subject: 'CN=Root', authority: true, issuer: pastRoot, keysOf: root, ...PAST })
const imposter = await createOdd({ subject: 'CN=Parent', authority: true, issuer: briefRoot })
const leaf = await createOdd({ subject: 'CN=leaf', issuer: parent, dnsNames: ['web.example'] })

/** What the server sent after the leaf, what is trusted, and the issuers of the chain. */
const CHAINS: readonly (readonly [string, readonly Odd[], readonly Odd[], string | undefined])[] = [
  ['goes over what was sent to a root', [parent], [root], 'CN=leaf CN=Parent CN=Root'],
  ['ends at the root that was sent along', [parent, root], [root], 'CN=leaf CN=Parent CN=Root'],
  ['passes by an expired cross-signature', [parent, rootByPast], [pastRoot, root], 'CN=leaf CN=Parent CN=Root'],
  ['does not take an expired root', [parentByPast], [pastRoot], undefined],
  ['is the one that lasts longest', [parentByBrief, parent], [briefRoot, root], 'CN=leaf CN=Parent CN=Root'],
  [
    'is the other one when only that is trusted',
    [parent, parentByBrief],
    [briefRoot],
    'CN=leaf CN=Parent CN=Brief root',
  ],
  [
    'passes by a parent of the same name with another key',
    [imposter, parent],
    [briefRoot, root],
    'CN=leaf CN=Parent CN=Root',
  ],
  ['ends at an intermediate that is trusted itself', [parent], [parent], 'CN=leaf CN=Parent'],
  ['is the leaf alone when that is trusted itself', [parent], [leaf, root], 'CN=leaf'],
  ['is none when its root is a stranger', [parent], [briefRoot], undefined],
]

const x509 = ({ certPem }: Odd) => new X509Certificate(certPem)

describe('verified chain', (test) => {
  for (const [title, sent, trusted, expected] of CHAINS) {
    test(title, () => {
      const find = createChainFinder(() => trusted.map(({ certPem }) => certPem), createCertificateReader())
      const chain = find([leaf, ...sent].map(x509))
      assert.is(chain?.map(({ subject }) => subject).join(' '), expected)
    })
  }

  test('a parent whose key nobody can read is passed by', () => {
    const der = Buffer.from(x509(parent).raw)
    const ecPublicKey = Buffer.from('2a8648ce3d0201', 'hex')
    der[der.indexOf(ecPublicKey) + ecPublicKey.length - 1] = 0x7f
    const find = createChainFinder(() => [root.certPem], createCertificateReader())
    const chain = find([x509(leaf), new X509Certificate(der), x509(parent)])
    assert.is(chain?.map(({ subject }) => subject).join(' '), 'CN=leaf CN=Parent CN=Root')
  })

  test('hundreds of look-alikes end without a chain, not in a search without end', async () => {
    const loop = await createOdd({ subject: 'CN=Loop', authority: true })
    const lookAlikes = [loop]
    for (let count = 0; count < 40; count += 1) {
      lookAlikes.push(await createOdd({ subject: 'CN=Loop', issuer: loop, authority: true, keysOf: loop }))
    }
    const last = await createOdd({ subject: 'CN=last', issuer: loop, dnsNames: ['web.example'] })
    const find = createChainFinder(() => [root.certPem], createCertificateReader())
    assert.is(find([last, ...lookAlikes].map(x509)), undefined)
  })

  test('is found once', () => {
    let asked = 0
    const trusted = () => {
      asked += 1
      return [root.certPem]
    }
    const find = createChainFinder(trusted, createCertificateReader())
    const sent = [leaf, parent].map(x509)
    assert.is(find(sent), find(sent))
    assert.is(asked, 1)
  })
})
