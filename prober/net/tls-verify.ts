/** Verification after the handshake, so that a bad certificate can still be read: what is wrong, in Go's order. */
import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Certificate } from './certificate.ts'
import type { Failure, Outcome, Reason } from './outcome.ts'
import { failure } from './outcome.ts'

export interface Presented {
  readonly leaf: Certificate
  readonly x509: X509Certificate
  /** As the server sent it, leaf first. */
  readonly peerChain: readonly Certificate[]
  /** Host name or IP address that the certificate must be for. */
  readonly serverName: string
  /** OpenSSL's verdict on the chain, names not looked at: `CERT_HAS_EXPIRED`, …; undefined: trusted. */
  readonly chainError: string | undefined
}

/** The first of: leaf's dates, names, chain; as crypto/x509's Verify does it. The message tells of the others too. */
export function verifyPresented(presented: Presented, nowSeconds: number): Outcome {
  const [first, ...others] = [
    datesFailure(presented, nowSeconds),
    nameFailure(presented),
    chainFailure(presented, nowSeconds),
  ].filter((found) => found !== undefined)
  if (first === undefined) return { ok: true }
  if (others.length === 0) return first
  return failure('tls', first.reason, [first, ...others].map(({ message }) => message).join('; also: '))
}

function datesFailure({ leaf }: Presented, nowSeconds: number): Failure | undefined {
  return datesOf('The certificate', leaf, nowSeconds)
}

function datesOf(
  what: string,
  { notBeforeSeconds, notAfterSeconds }: Certificate,
  nowSeconds: number,
): Failure | undefined {
  if (nowSeconds > notAfterSeconds) {
    return failure('tls', 'tls_expired', `${what} expired on ${dateText(notAfterSeconds)}: renew it`)
  }
  // Also when one of them is NaN: that the date cannot be read is the chain's failure.
  if (!(nowSeconds < notBeforeSeconds)) return undefined
  const message = `${what} is not valid before ${dateText(notBeforeSeconds)}: is a clock wrong?`
  return failure('tls', 'tls_not_yet_valid', message)
}

function dateText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

function nameFailure({ leaf, x509, serverName }: Presented): Failure | undefined {
  const ip = serverName.replace(/%.*$/, '')
  if (isIP(ip) !== 0 ? x509.checkIP(ip) !== undefined : matchesAny(leaf.dnsNames, serverName)) return undefined
  const wanted = serverName === '' ? 'and there is no name to compare: set server_name' : `not for ${shown(serverName)}`
  return failure('tls', 'tls_name_mismatch', `The certificate is for ${namesText(leaf, x509)}, ${wanted}`)
}

/** What a certificate says is the server's choice: a message shows the beginning of it, without control characters. */
const NAMES_SHOWN = 5
const CHARACTERS_SHOWN = 253

function shown(text: string): string {
  return text.replace(/\p{C}/gu, '?').slice(0, CHARACTERS_SHOWN)
}

function namesText({ dnsNames, subject }: Certificate, { subjectAltName = '' }: X509Certificate): string {
  const ips = [...subjectAltName.matchAll(/IP Address:([0-9A-Fa-f.:]+)/g)].map(([, ip = '']) => ip)
  const names = [...dnsNames, ...ips]
  if (names.length === 0)
    return `no name (it has no subjectAltName; the common name in "${shown(subject)}" does not count)`
  const rest = names.length - NAMES_SHOWN
  return names.slice(0, NAMES_SHOWN).map(shown).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

function matchesAny(patterns: readonly string[], serverName: string): boolean {
  const host = serverName.toLowerCase().replace(/\.$/, '')
  return host !== '' && patterns.some((pattern) => matches(pattern.toLowerCase(), host))
}

/** RFC 6125 §6.4.3 as Go reads it: `*` only as the whole first label, and for exactly one label. */
function matches(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host
  const dot = host.indexOf('.')
  return dot > 0 && host.slice(dot + 1) === pattern.slice(2)
}

const UNKNOWN = 'is signed by an authority that is not trusted here'
const MISSING = 'does the server send its intermediate certificates? Is ca_file right?'

/** X509_verify_cert_error_string(3): OpenSSL's names as Node gives them. */
const CHAIN_ERRORS: Readonly<Record<string, readonly [Reason, string]>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'tls_self_signed',
    'The certificate is self-signed and not in ca_file or the trust store',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'tls_unknown_ca',
    `The certificate ${UNKNOWN}: its root came along, but is not in ca_file or the trust store`,
  ],
  UNABLE_TO_GET_ISSUER_CERT: ['tls_unknown_ca', `The certificate ${UNKNOWN}: ${MISSING}`],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['tls_unknown_ca', `The certificate ${UNKNOWN}: ${MISSING}`],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['tls_unknown_ca', `The certificate ${UNKNOWN}: ${MISSING}`],
  CERT_UNTRUSTED: ['tls_unknown_ca', `The certificate ${UNKNOWN}`],
  CERT_REJECTED: ['tls_invalid', 'The trust store rejects the certificate for this use'],
  INVALID_PURPOSE: ['tls_invalid', 'The certificate is not one for servers (extended key usage)'],
  CERT_SIGNATURE_FAILURE: ['tls_invalid', 'A signature in the certificate chain is wrong'],
  ERROR_IN_CERT_NOT_BEFORE_FIELD: ['tls_invalid', 'A certificate of the chain begins on a date that cannot be read'],
  ERROR_IN_CERT_NOT_AFTER_FIELD: ['tls_invalid', 'A certificate of the chain ends on a date that cannot be read'],
  CERT_REVOKED: ['tls_invalid', 'The certificate is revoked'],
  CERT_CHAIN_TOO_LONG: ['tls_invalid', 'The certificate chain is too long'],
}

function chainFailure({ leaf, peerChain, chainError }: Presented, nowSeconds: number): Failure | undefined {
  if (chainError === undefined) return undefined
  // With several faults OpenSSL names the last: dates of the leaf are told already, a parent's may hide here.
  const parent = peerChain.slice(1).find((certificate) => datesOf('', certificate, nowSeconds) !== undefined)
  if (chainError === 'CERT_HAS_EXPIRED' || chainError === 'CERT_NOT_YET_VALID') {
    if (parent !== undefined)
      return datesOf(`The authority's certificate "${shown(parent.subject)}"`, parent, nowSeconds)
    if (datesOf('', leaf, nowSeconds) !== undefined) return trustBesideDates(leaf)
    return failure(
      'tls',
      chainError === 'CERT_HAS_EXPIRED' ? 'tls_expired' : 'tls_not_yet_valid',
      'An authority of the chain, from the trust store, is outside its dates',
    )
  }
  const [reason, message] = CHAIN_ERRORS[chainError] ?? [
    'tls_invalid',
    `The certificate chain does not verify: ${chainError}`,
  ]
  return failure('tls', reason, message)
}

/** When the leaf's dates are wrong OpenSSL does not say whether the chain is trusted; only this much is known. */
function trustBesideDates(leaf: Certificate): Failure | undefined {
  if (leaf.subject !== leaf.issuer) return undefined
  return failure('tls', 'tls_self_signed', 'The certificate is self-signed')
}
