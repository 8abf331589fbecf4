/** Where Sonde differs from blackbox_exporter 0.28 on purpose. Each `id` has its row in docs/compatibility.md. */
export interface Difference {
  readonly id: string
  /** Matches `only sonde: …`, `only blackbox: …` or `value: …` of the comparison. */
  readonly what: RegExp
  /** Matches `module instance`; without it, anywhere. */
  readonly where?: RegExp
}

export const DIFFERENCES: readonly Difference[] = [
  { id: 'probe_failure_info', what: /^only sonde: probe_failure_info\{/ },
  { id: 'probe_phase_duration_seconds', what: /^only sonde: probe_phase_duration_seconds\{/ },
  { id: 'probe_http_hop_duration_seconds', what: /^only sonde: probe_http_hop_duration_seconds\{/ },
  { id: 'probe_timeout_seconds', what: /^only sonde: probe_timeout_seconds\{/ },
  {
    id: 'more-certificate-facts',
    what: /^only sonde: probe_ssl_(verified|earliest_cert_not_before_timestamp_seconds|cert_lifetime_remaining_ratio)\{/,
  },
  {
    id: 'certificate-facts-on-failure',
    what: /^only sonde: probe_(ssl_(earliest_cert_expiry|last_chain_\w+)|tls_\w+)\{/,
  },
  {
    id: 'last-chain-expiry-only-when-verified',
    what: /^only blackbox: probe_ssl_last_chain_expiry_timestamp_seconds\{/,
    where: /^https_unverified /,
  },
  { id: 'scheme-in-capitals', what: /./, where: /HTTP:\/\// },
  { id: 'user-agent', what: /^value: probe_http_(content_length|uncompressed_body_length)\{/, where: /\/agent$/ },
  {
    id: 'regex-flag-only-for-regexps',
    what: /^value: probe_failed_due_to_regex\{/,
    where: /^http_body_regexp_fails .*\/cut-short$/,
  },
]
