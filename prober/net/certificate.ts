/** What a certificate says, in the spelling that blackbox_exporter's label values have. */
import type { X509Certificate } from 'node:crypto'
import { readCertificateNames } from '../wire/certificate-names.ts'

export interface Certificate {
  /** RFC 2253 style, as Go prints it: `CN=example.org,O=Example`. */
  readonly subject: string
  readonly issuer: string
  /** Lower-case hex, no colons, as Go's big.Int prints it (no leading zeros). */
  readonly serialNumber: string
  /** Lower-case hex, no colons. */
  readonly fingerprintSha256: string
  readonly dnsNames: readonly string[]
  /** NaN, as the other date, when the certificate holds no date that can be read. */
  readonly notBeforeSeconds: number
  readonly notAfterSeconds: number
  pem(): string
}

/** Reads a certificate, or finds what it read before: a probed chain is the same one nearly every time. */
export type CertificateReader = (x509: X509Certificate) => Certificate

/** Some 2 KiB each; more than the distinct certificates of most fleets. */
const REMEMBERED = 512
/** A server may make up certificates of 100 KiB, and new ones for every probe. */
const LARGEST_REMEMBERED_PEM = 16_384

export function createCertificateReader(): CertificateReader {
  const known = new Map<string, Certificate>()
  return (x509) => {
    const fingerprint = x509.fingerprint256
    const found = known.get(fingerprint)
    if (found !== undefined) return found
    const certificate = readCertificate(x509)
    if (certificate.pem().length > LARGEST_REMEMBERED_PEM) return certificate
    if (known.size >= REMEMBERED) known.clear()
    known.set(fingerprint, certificate)
    return certificate
  }
}

export function readCertificate(x509: X509Certificate): Certificate {
  const names = readCertificateNames(x509.raw)
  const pem = x509.toString()
  return Object.freeze({
    subject: names?.subject ?? x509.subject.replaceAll('\n', ','),
    issuer: names?.issuer ?? x509.issuer.replaceAll('\n', ','),
    serialNumber: x509.serialNumber.toLowerCase().replace(/^(-?)0+(?=.)/, '$1'),
    fingerprintSha256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    dnsNames: names?.dnsNames ?? [],
    notBeforeSeconds: secondsOf(x509.validFrom, x509.validFromDate),
    notAfterSeconds: secondsOf(x509.validTo, x509.validToDate),
    pem: () => pem,
  })
}

/** Of a field that is no date Node makes a date from whatever stood in its memory; OpenSSL's text tells. */
function secondsOf(text: string, date: Date): number {
  return text === 'Bad time value' ? Number.NaN : date.getTime() / 1000
}

/** The certificates as the peer sent them, leaf first. */
export function peerCertificates(leaf: X509Certificate | undefined): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  for (let at = leaf; at !== undefined && !chain.includes(at); at = at.issuerCertificate) chain.push(at)
  return chain
}
