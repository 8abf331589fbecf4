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
  { id: 'probe_timeout_seconds', what: /^only sonde: probe_timeout_seconds\{/ },
]
