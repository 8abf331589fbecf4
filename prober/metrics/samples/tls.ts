import type { Certificate } from '../../net/certificate.ts'
import type { TlsFacts } from '../../net/tls.ts'
import type { Result } from '../../probes/result.ts'
import type { Labels, Sample } from '../samples.ts'

export function tlsSamples({ tls, startedAtSeconds }: Result): Sample[] {
  return tls === undefined ? [] : [...certificateSamples(tls, startedAtSeconds), ...sessionSamples(tls)]
}

function certificateSamples({ peerChain, verifiedChain, verification }: TlsFacts, nowSeconds: number): Sample[] {
  const leaf = peerChain[0]
  if (leaf === undefined) return []
  const earliest = expiresFirst(peerChain)
  const anchorExpiry = expiresFirst(verifiedChain ?? [])
  return [
    { name: 'probe_ssl_verified', value: verification.ok ? 1 : 0 },
    ...(earliest === undefined ? [] : lifetimeSamples(earliest, nowSeconds)),
    ...(anchorExpiry === undefined ? [] : [chainExpiry(anchorExpiry)]),
    { name: 'probe_ssl_last_chain_info', value: 1, labels: leafLabels(leaf) },
  ]
}

function lifetimeSamples(earliest: Certificate, nowSeconds: number): Sample[] {
  return [
    { name: 'probe_ssl_earliest_cert_expiry', value: earliest.notAfterSeconds },
    { name: 'probe_ssl_earliest_cert_not_before_timestamp_seconds', value: earliest.notBeforeSeconds },
    { name: 'probe_ssl_cert_lifetime_remaining_ratio', value: lifetimeRemainingRatio(earliest, nowSeconds) },
  ]
}

function chainExpiry({ notAfterSeconds }: Certificate): Sample {
  return { name: 'probe_ssl_last_chain_expiry_timestamp_seconds', value: notAfterSeconds }
}

function leafLabels(leaf: Certificate): Labels {
  return {
    fingerprint_sha256: leaf.fingerprintSha256,
    issuer: leaf.issuer,
    serialnumber: leaf.serialNumber,
    subject: leaf.subject,
    subjectalternative: leaf.dnsNames.join(','),
  }
}

/** Version and cipher are empty when the handshake ended before they were agreed. */
function sessionSamples({ version, cipher }: TlsFacts): Sample[] {
  return [
    ...(version === '' ? [] : [{ name: 'probe_tls_version_info', value: 1, labels: { version } } as const]),
    ...(cipher === '' ? [] : [{ name: 'probe_tls_cipher_info', value: 1, labels: { cipher } } as const]),
  ]
}

/** Of those whose dates can be read: a hostile certificate need not have any. */
function expiresFirst(chain: readonly Certificate[]): Certificate | undefined {
  const dated = chain.filter(({ notBeforeSeconds, notAfterSeconds }) =>
    Number.isFinite(notBeforeSeconds + notAfterSeconds),
  )
  return dated.reduce<Certificate | undefined>(
    (first, next) => (first === undefined || next.notAfterSeconds < first.notAfterSeconds ? next : first),
    undefined,
  )
}

/** Nothing is left of a certificate whose end lies before its start: it was never valid. */
function lifetimeRemainingRatio({ notBeforeSeconds, notAfterSeconds }: Certificate, nowSeconds: number): number {
  const lifetimeSeconds = notAfterSeconds - notBeforeSeconds
  return lifetimeSeconds > 0 ? (notAfterSeconds - nowSeconds) / lifetimeSeconds : 0
}
