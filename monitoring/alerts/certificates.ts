/** What certificates and TLS versions will break, or have broken. */
import type { Alert, Context } from '../alert.ts'
import { certificateLifetimeLeft, certificateSecondsLeft, failsBecause, tlsVersion } from '../queries.ts'
import { decimal } from '../promql.ts'
import { DURATION, REASONS, TARGET } from '../texts.ts'

const DAY_SECONDS = 86_400

/**
 * Shares, since lifetimes go from 6 days to a year, and clients renew when a third is left: at a quarter a renewal has
 * failed for some time. A certificate of a year would be told for three months: hence the days.
 */
const EXPIRING = [
  { severity: 'critical', share: 0.1, seconds: 7 * DAY_SECONDS },
  { severity: 'warning', share: 0.25, seconds: 30 * DAY_SECONDS },
] as const

/** These look for the same fault in the same text of the certificate. */
const UNTRUSTED = 'reason=~"tls_unknown_ca|tls_self_signed|tls_invalid|tls_not_yet_valid"'

export function certificateAlerts({ scope }: Context): Alert[] {
  const left = certificateLifetimeLeft(scope)
  const secondsLeft = certificateSecondsLeft(scope)
  const expiring = EXPIRING.map(
    ({ severity, share, seconds }): Alert => ({
      name: 'SyntheticCertificateExpiringSoon',
      severity,
      expression: `(${secondsLeft} > 0 < ${seconds}) and ${left} < ${decimal(share)}`,
      summary: 'A certificate ends soon and was not renewed.',
      description: `The certificate of ${TARGET} ends in ${DURATION}, less than ${100 * share} % of its lifetime.`,
    }),
  )
  return [
    ...expiring,
    {
      name: 'SyntheticCertificateExpired',
      severity: 'critical',
      expression: `${secondsLeft} <= 0`,
      summary: 'A certificate has expired.',
      description: `A certificate of ${TARGET} is past its end.${REASONS}`,
      keepsFiring: true,
    },
    {
      name: 'SyntheticCertificateWrongName',
      severity: 'critical',
      expression: `${failsBecause(scope, 'reason="tls_name_mismatch"')} == 1`,
      summary: 'A certificate is for other names.',
      description: `${TARGET} shows a certificate that is not for its name: another site answers, or a name is missing.`,
      keepsFiring: true,
    },
    {
      name: 'SyntheticCertificateUntrusted',
      severity: 'critical',
      expression: `${failsBecause(scope, UNTRUSTED)} == 1`,
      summary: 'A certificate is not to be trusted.',
      description: `${TARGET} shows a certificate that leads to no trusted authority, or cannot be accepted.${REASONS}`,
      keepsFiring: true,
    },
    {
      name: 'SyntheticTLSVersionOld',
      severity: 'info',
      expression: `${tlsVersion(scope, 'version=~"TLS 1[.][01]|SSL.*"')} == 1`,
      summary: 'A target speaks an old version of TLS.',
      description: `${TARGET} speaks {{ $labels.version }}, which RFC 8996 forbids.`,
    },
  ]
}
