/**
 * The way from a leaf to an authority that is trusted here. OpenSSL says only that there is one, and what the server
 * sent may lead past it: to a cross-signature that has expired, to a root that nobody has.
 */
import { X509Certificate } from 'node:crypto'
import type { Certificate, CertificateReader } from './certificate.ts'

/** `sent`: leaf first. undefined: no chain was found. Only for what has been verified: names and purposes are not looked at. */
export type ChainFinder = (sent: readonly X509Certificate[]) => readonly Certificate[] | undefined

/** More distinct chains than one set of roots has to do with: a target makes them up. */
const REMEMBERED = 512

/** Finding one costs 500 µs, so each is found once. `trustedPems`: called when it is first needed. */
export function createChainFinder(trustedPems: () => readonly string[], read: CertificateReader): ChainFinder {
  const found = new Map<string, readonly Certificate[]>()
  let anchors: Anchors | undefined
  return (sent) => {
    const key = sent.map((certificate) => certificate.fingerprint256).join()
    const known = found.get(key)
    if (known !== undefined) return known
    anchors ??= anchorsOf(trustedPems())
    const chain = longestLasting(sent, anchors, Date.now())?.map(read)
    if (chain === undefined) return undefined
    if (found.size >= REMEMBERED) found.clear()
    found.set(key, chain)
    return chain
  }
}

interface Anchors {
  readonly certificates: readonly X509Certificate[]
  readonly fingerprints: ReadonlySet<string>
}

function anchorsOf(pems: readonly string[]): Anchors {
  const certificates = pems.flatMap(certificatesIn)
  return { certificates, fingerprints: new Set(certificates.map(({ fingerprint256 }) => fingerprint256)) }
}

/** Those that can be read, as for Go's AppendCertsFromPEM. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)]
    } catch {
      return []
    }
  })
}

/** A server that sends hundreds of look-alikes gets no more of our time; Go's limit is 100. */
const MOST_SIGNATURE_CHECKS = 100

/** Of several chains the one that stays valid longest, which is what blackbox_exporter calls the last. */
function longestLasting(sent: readonly X509Certificate[], anchors: Anchors, nowMs: number) {
  const isAnchor = ({ fingerprint256 }: X509Certificate) => anchors.fingerprints.has(fingerprint256)
  const between = sent.slice(1).filter((certificate) => !isAnchor(certificate))
  const chains: (readonly X509Certificate[])[] = []
  let checks = 0
  const signs = (parent: X509Certificate, child: X509Certificate): boolean => {
    if (!child.checkIssued(parent) || !isValid(parent, nowMs)) return false
    checks += 1
    return checks <= MOST_SIGNATURE_CHECKS && child.verify(parent.publicKey)
  }
  const extend = (chain: readonly X509Certificate[], last: X509Certificate): void => {
    for (const anchor of anchors.certificates) if (signs(anchor, last)) chains.push([...chain, anchor])
    for (const next of between) if (!chain.includes(next) && signs(next, last)) extend([...chain, next], next)
  }
  const [leaf] = sent
  if (leaf === undefined) return undefined
  if (isAnchor(leaf)) chains.push([leaf])
  else extend([leaf], leaf)
  return chains.sort((one, other) => endMs(other) - endMs(one))[0]
}

function isValid({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean {
  return validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime()
}

function endMs(chain: readonly X509Certificate[]): number {
  return Math.min(...chain.map(({ validToDate }) => validToDate.getTime()))
}
