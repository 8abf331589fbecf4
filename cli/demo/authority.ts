/**
 * A throw-away certificate authority in memory: the demo's edge and the tests' TLS servers get their certificates
 * from it. Keys never touch the disk.
 */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto as unknown as Crypto)

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000

export interface Identity {
  readonly certPem: string
  readonly keyPem: string
}

export interface CertificateRequest {
  /** RFC 2253: `CN=example.org,O=Example`. */
  readonly subject: string
  readonly dnsNames?: readonly string[]
  readonly ips?: readonly string[]
  /** Default: an hour ago. */
  readonly notBefore?: Date
  /** Default: in 30 days. */
  readonly notAfter?: Date
}

export interface Authority {
  readonly certPem: string
  issue(request: CertificateRequest): Promise<Identity>
  /** An intermediate authority, signed by this one; send its `certPem` along with the leaf. */
  intermediate(subject: string): Promise<Authority>
}

export async function createAuthority(subject = 'CN=Throw-away CA'): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: subject,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 365 * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: await authorityExtensions(keys.publicKey),
  })
  return authority(certificate, keys)
}

function authority(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair): Authority {
  const sign = (subject: string, publicKey: CryptoKey, validity: readonly [Date, Date], extensions: x509.Extension[]) =>
    x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject,
      issuer: certificate.subject,
      notBefore: validity[0],
      notAfter: validity[1],
      publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions,
    })
  return {
    certPem: certificate.toString('pem'),
    async issue({ subject, dnsNames = [], ips = [], notBefore, notAfter }) {
      const own = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
      const names: x509.JsonGeneralNames = [
        ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
        ...ips.map((value) => ({ type: 'ip' as const, value })),
      ]
      const validity = [
        notBefore ?? new Date(Date.now() - DAY_MS / 24),
        notAfter ?? new Date(Date.now() + 30 * DAY_MS),
      ] as const
      const leaf = await sign(subject, own.publicKey, validity, [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ])
      return { certPem: leaf.toString('pem'), keyPem: await pemOf(own.privateKey) }
    },
    async intermediate(subject) {
      const own = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
      const validity = [new Date(Date.now() - DAY_MS), new Date(Date.now() + 180 * DAY_MS)] as const
      return authority(await sign(subject, own.publicKey, validity, await authorityExtensions(own.publicKey)), own)
    },
  }
}

async function authorityExtensions(publicKey: CryptoKey): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ]
}

async function pemOf(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

/** 16 random bytes: first bit clear, for a positive number (RFC 5280 §4.1.2.2), second set, so that all 16 count. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return Buffer.from(bytes).toString('hex')
}
