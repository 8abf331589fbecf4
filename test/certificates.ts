/** Certificates that no decent authority makes: self-signed leaves, expired parents, wrong usages, weak keys. */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Identity } from '../cli/demo/authority.ts'

x509.cryptoProvider.set(webcrypto as unknown as Crypto)

const DAY_MS = 86_400_000
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

export const daysFromNow = (days: number) => new Date(Date.now() + days * DAY_MS)

export interface OddRequest {
  readonly subject: string
  /** Default: itself. */
  readonly issuer?: Odd
  readonly authority?: boolean
  readonly dnsNames?: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** Extended key usages, default: server. */
  readonly usages?: readonly string[]
  /** An RSA key of so many bits instead of an ECDSA one. */
  readonly rsaBits?: number
  /** Certifies the key of this one, instead of a new key: a cross-signature. */
  readonly keysOf?: Odd
}

export interface Odd extends Identity {
  readonly subject: string
  readonly keys: webcrypto.CryptoKeyPair
  readonly algorithm: typeof ECDSA | RsaHashedKeyGenParams
}

type RsaHashedKeyGenParams = ReturnType<typeof rsa>

export async function createOdd(request: OddRequest): Promise<Odd> {
  const algorithm = request.keysOf?.algorithm ?? (request.rsaBits === undefined ? ECDSA : rsa(request.rsaBits))
  const keys = request.keysOf?.keys ?? (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']))
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8)))
      .toString('hex')
      .replace(/^./, '1'),
    subject: request.subject,
    issuer: request.issuer?.subject ?? request.subject,
    notBefore: request.notBefore ?? daysFromNow(-1),
    notAfter: request.notAfter ?? daysFromNow(30),
    publicKey: keys.publicKey,
    signingKey: request.issuer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: request.issuer?.algorithm ?? algorithm,
    extensions: extensionsOf(request),
  })
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    certPem: certificate.toString('pem'),
    keyPem: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    subject: certificate.subject,
    keys,
    algorithm,
  }
}

function rsa(modulusLength: number) {
  const publicExponent = new Uint8Array([1, 0, 1])
  return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength, publicExponent } as const
}

function extensionsOf({ authority = false, dnsNames = [], usages = [SERVER_AUTH] }: OddRequest): x509.Extension[] {
  const names = dnsNames.map((value) => ({ type: 'dns' as const, value }))
  return [
    new x509.BasicConstraintsExtension(authority, undefined, true),
    ...(authority ? [] : [new x509.ExtendedKeyUsageExtension([...usages])]),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
  ]
}
