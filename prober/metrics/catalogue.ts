/**
 * Every metric name of ours, once: samples and registries take names from here, dashboards and alerts too, so that a
 * rename fails to compile. Names and help texts without `ours` are blackbox_exporter's, word for word.
 */
export interface Metric {
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly help: string
  readonly labels?: readonly string[]
  /** When it is there; without it: always. */
  readonly when?: string
  /** blackbox_exporter does not have it. */
  readonly ours?: true
}

const WITH_TLS = 'a TLS server showed its certificate, also when that was refused'

/** Of one probe: what `/probe` answers, and `/metrics` of the latest run of each scheduled target. */
export const PROBE_METRICS = {
  probe_success: { type: 'gauge', help: 'Displays whether or not the probe was a success' },
  probe_duration_seconds: { type: 'gauge', help: 'Returns how long the probe took to complete in seconds' },
  probe_timeout_seconds: { type: 'gauge', help: 'Seconds that the probe was given' },
  probe_failure_info: {
    type: 'gauge',
    help: 'Why the probe failed: the phase it was in and a reason from a closed list',
    labels: ['phase', 'reason'],
    when: 'the probe failed',
    ours: true,
  },
  probe_phase_duration_seconds: {
    type: 'gauge',
    help: 'Seconds spent in each phase; they add up to probe_duration_seconds',
    labels: ['phase'],
    ours: true,
  },
  probe_result_age_seconds: {
    type: 'gauge',
    help: 'Seconds since the probe ended that the other metrics tell about',
    when: 'the target is a scheduled one, on `/metrics`; `/probe` was asked with `max_age`',
    ours: true,
  },
  prober_overloaded: {
    type: 'gauge',
    help: 'Whether the prober itself was held up meanwhile, so that times, and a timeout, may be its own: of a scheduled target, in any attempt of its latest run',
    ours: true,
  },
  probe_dns_lookup_time_seconds: {
    type: 'gauge',
    help: 'Returns the time taken for probe dns lookup in seconds',
    when: 'an address was looked for',
  },
  probe_ip_protocol: {
    type: 'gauge',
    help: 'Specifies whether probe ip protocol is IP4 or IP6',
    when: 'an address was looked for',
  },
  probe_ip_addr_hash: {
    type: 'gauge',
    help: "Specifies the hash of IP address. It's useful to detect if the IP address changes.",
    when: 'an address was looked for',
  },
  probe_http_duration_seconds: {
    type: 'gauge',
    help: 'Duration of http request by phase, summed over all redirects',
    labels: ['phase'],
    when: 'resolve: an address was looked for; the other phases: a request was attempted',
  },
  probe_http_hop_duration_seconds: {
    type: 'gauge',
    help: 'Seconds in each phase of each exchange; hop 0 is the first request',
    labels: ['hop', 'phase'],
    when: 'the probe was redirected',
    ours: true,
  },
  probe_http_status_code: { type: 'gauge', help: 'Response HTTP status code', when: 'the prober is http' },
  probe_http_content_length: { type: 'gauge', help: 'Length of http content response', when: 'the prober is http' },
  probe_http_uncompressed_body_length: {
    type: 'gauge',
    help: 'Length of uncompressed response body',
    when: 'the prober is http',
  },
  probe_http_redirects: { type: 'gauge', help: 'The number of redirects', when: 'the prober is http' },
  probe_http_ssl: {
    type: 'gauge',
    help: 'Indicates if SSL was used for the final redirect',
    when: 'the prober is http',
  },
  probe_http_version: {
    type: 'gauge',
    help: 'Returns the version of HTTP of the probe response',
    when: 'the prober is http',
  },
  probe_http_last_modified_timestamp_seconds: {
    type: 'gauge',
    help: 'Returns the Last-Modified HTTP response header in unixtime',
    when: 'the response had a Last-Modified that can be read',
  },
  probe_http_server_timing_seconds: {
    type: 'gauge',
    help: 'What the final answer says in Server-Timing; the longest time of each name, 16 entries at most',
    labels: ['timing'],
    when: 'the final answer tells times in Server-Timing',
    ours: true,
  },
  probe_http_application_seconds: {
    type: 'gauge',
    help: 'Part of the phase processing of the final answer that the application says it spent itself',
    when: 'Server-Timing has the entry of the application, and it is no longer than processing',
    ours: true,
  },
  probe_http_edge_seconds: {
    type: 'gauge',
    help: 'Rest of the phase processing of the final answer: the way there and back, and what stands in front of the application',
    when: 'probe_http_application_seconds is there',
    ours: true,
  },
  probe_failed_due_to_regex: {
    type: 'gauge',
    help: 'Indicates if probe failed due to regex',
    when: 'the prober is http, or is tcp or unix and the connection stood',
  },
  probe_failed_due_to_cel: {
    type: 'gauge',
    help: 'Indicates if probe failed due to CEL expression not matching',
    when: 'the module has a CEL expression',
  },
  probe_failed_due_to_bytes: {
    type: 'gauge',
    help: 'Indicates if probe failed due to bytes',
    when: 'the prober is tcp or unix, and the connection stood',
  },
  probe_expect_info: {
    type: 'gauge',
    help: 'Explicit content matched',
    when: 'a step with labels matched, which are its labels',
  },
  probe_failed_step: {
    type: 'gauge',
    help: 'Step of query_response that failed, counted from 1',
    when: 'a step of a dialogue failed',
    ours: true,
  },
  probe_tcp_duration_seconds: {
    type: 'gauge',
    help: 'Duration of the TCP probe by phase',
    labels: ['phase'],
    when: 'the prober is tcp',
    ours: true,
  },
  probe_unix_duration_seconds: {
    type: 'gauge',
    help: 'Duration of the Unix socket probe by phase',
    labels: ['phase'],
    when: 'the prober is unix',
    ours: true,
  },
  probe_dns_duration_seconds: {
    type: 'gauge',
    help: 'Duration of DNS request by phase',
    labels: ['phase'],
    when: 'the prober is dns',
  },
  probe_dns_answer_rrs: {
    type: 'gauge',
    help: 'Returns number of entries in the answer resource record list',
    when: 'the prober is dns',
  },
  probe_dns_authority_rrs: {
    type: 'gauge',
    help: 'Returns number of entries in the authority resource record list',
    when: 'the prober is dns',
  },
  probe_dns_additional_rrs: {
    type: 'gauge',
    help: 'Returns number of entries in the additional resource record list',
    when: 'the prober is dns',
  },
  probe_dns_query_succeeded: {
    type: 'gauge',
    help: 'Displays whether or not the query was executed successfully',
    when: 'the prober is dns',
  },
  probe_dns_serial: {
    type: 'gauge',
    help: 'Returns the serial number of the zone',
    when: 'SOA was asked for and answered',
  },
  probe_dns_query_info: {
    type: 'gauge',
    help: 'What was asked, and the code of the answer',
    labels: ['query_name', 'query_type', 'rcode', 'transport'],
    when: 'the prober is dns',
    ours: true,
  },
  probe_dns_authenticated: {
    type: 'gauge',
    help: 'Whether the resolver says that it validated the answer by DNSSEC (the AD bit)',
    when: 'an answer came',
    ours: true,
  },
  probe_icmp_duration_seconds: {
    type: 'gauge',
    help: 'Duration of icmp request by phase',
    labels: ['phase'],
    when: 'the prober is icmp',
  },
  probe_icmp_reply_hop_limit: {
    type: 'gauge',
    help: 'Replied packet hop limit (TTL for ipv4)',
    when: 'a reply came, and the kernel tells its hop limit',
  },
  probe_icmp_packets_sent: { type: 'gauge', help: 'Echo requests sent', when: 'the prober is icmp', ours: true },
  probe_icmp_packets_received: { type: 'gauge', help: 'Echo replies received', when: 'the prober is icmp', ours: true },
  probe_icmp_loss_ratio: {
    type: 'gauge',
    help: 'Share of echo requests without a reply',
    when: 'an echo request was sent',
    ours: true,
  },
  probe_icmp_round_trip_seconds: {
    type: 'histogram',
    help: 'Round-trip times of the replies of this probe',
    when: 'the module sends more than one packet',
    ours: true,
  },
  probe_grpc_duration_seconds: {
    type: 'gauge',
    help: 'Duration of gRPC request by phase',
    labels: ['phase'],
    when: 'the prober is grpc; `check`: an address was found',
  },
  probe_grpc_ssl: { type: 'gauge', help: 'Indicates if SSL was used for the connection', when: 'the prober is grpc' },
  probe_grpc_status_code: { type: 'gauge', help: 'Response gRPC status code', when: 'the prober is grpc' },
  probe_grpc_healthcheck_response: {
    type: 'gauge',
    help: 'Response HealthCheck response',
    labels: ['serving_status'],
    when: 'the prober is grpc, and an address was found',
  },
  probe_websocket_connection_upgraded: {
    type: 'gauge',
    help: 'Indicates if the websocket connection was successfully upgraded',
    when: 'the prober is websocket',
  },
  probe_websocket_status_code: { type: 'gauge', help: 'Response HTTP status code', when: 'the prober is websocket' },
  probe_websocket_failed_due_to_regex: {
    type: 'gauge',
    help: 'Indicates if probe failed due to regex',
    when: 'the prober is websocket',
  },
  probe_websocket_duration_seconds: {
    type: 'gauge',
    help: 'Duration of the websocket probe by phase',
    labels: ['phase'],
    when: 'the prober is websocket',
  },
  probe_addresses: {
    type: 'gauge',
    help: 'Addresses of the name that were probed',
    when: 'the module asks for any or all addresses',
    ours: true,
  },
  probe_addresses_healthy: {
    type: 'gauge',
    help: 'Addresses of the name whose probe succeeded',
    when: 'the module asks for any or all addresses',
    ours: true,
  },
  probe_address_success: {
    type: 'gauge',
    help: 'Whether the probe of this address succeeded',
    labels: ['ip'],
    when: 'the module asks for any or all addresses',
    ours: true,
  },
  probe_address_duration_seconds: {
    type: 'gauge',
    help: 'How long the probe of this address took',
    labels: ['ip'],
    when: 'the module asks for any or all addresses',
    ours: true,
  },
  probe_ssl_verified: {
    type: 'gauge',
    help: 'Whether the certificate chain and the name were found good',
    when: WITH_TLS,
    ours: true,
  },
  probe_ssl_earliest_cert_expiry: {
    type: 'gauge',
    help: 'Returns last SSL chain expiry in unixtime',
    when: WITH_TLS,
  },
  probe_ssl_earliest_cert_not_before_timestamp_seconds: {
    type: 'gauge',
    help: 'Start of validity of the peer certificate that expires first, in unixtime',
    when: WITH_TLS,
    ours: true,
  },
  probe_ssl_cert_lifetime_remaining_ratio: {
    type: 'gauge',
    help: 'Share of its lifetime that the peer certificate that expires first has left; below 0 once expired',
    when: WITH_TLS,
    ours: true,
  },
  probe_ssl_last_chain_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'Returns last SSL chain expiry in timestamp',
    when: 'a chain to a trusted authority was found',
  },
  probe_ssl_last_chain_info: {
    type: 'gauge',
    help: 'Contains SSL leaf certificate information',
    labels: ['fingerprint_sha256', 'issuer', 'serialnumber', 'subject', 'subjectalternative'],
    when: WITH_TLS,
  },
  probe_tls_version_info: {
    type: 'gauge',
    help: 'Returns the TLS version used or NaN when unknown',
    labels: ['version'],
    when: WITH_TLS,
  },
  probe_tls_cipher_info: {
    type: 'gauge',
    help: 'Returns the TLS cipher negotiated during handshake',
    labels: ['cipher'],
    when: WITH_TLS,
  },
} as const satisfies Record<string, Metric>

/** Of a scheduled target, on `/metrics` beside the metrics of its latest run. */
export const TARGET_METRICS = {
  probe_last_run_timestamp_seconds: {
    type: 'gauge',
    help: 'When the run started that the other metrics of this target tell about, in unixtime',
    when: 'the target has run',
    ours: true,
  },
  probe_run_attempts: {
    type: 'gauge',
    help: 'Attempts of the latest run; the other metrics tell about the last of them',
    when: 'the target has run',
    ours: true,
  },
  probe_first_attempt_success: {
    type: 'gauge',
    help: 'Whether the first attempt of the latest run succeeded: probe_success as it would be without retries',
    when: 'the target has run',
    ours: true,
  },
  probe_burst_success_ratio: {
    type: 'gauge',
    help: 'Share of the probes of the latest run that succeeded',
    when: 'the target has `burst`, and has run',
    ours: true,
  },
  probe_runs_total: {
    type: 'counter',
    help: 'Scheduled runs that ended',
    ours: true,
  },
  probe_attempts_total: {
    type: 'counter',
    help: 'Attempts of all runs; what is more than one a run were retries, or probes of a burst',
    ours: true,
  },
  probe_attempt_failures_total: {
    type: 'counter',
    help: 'Those of these attempts that failed, also where a later one of the same run succeeded',
    ours: true,
  },
  probe_failures_total: {
    type: 'counter',
    help: 'Scheduled runs that failed, retries included, by the phase and the reason of the last attempt',
    labels: ['phase', 'reason'],
    when: 'a run failed so',
    ours: true,
  },
  probe_run_duration_seconds: {
    type: 'histogram',
    help: 'Durations of the runs, each that of its last attempt; of a burst, of each of its probes',
    ours: true,
  },
  probe_run_phase_duration_seconds: {
    type: 'histogram',
    help: 'Durations of each phase in the runs that reached it',
    labels: ['phase'],
    when: 'a run reached the phase',
    ours: true,
  },
  prober_overloaded_runs_total: {
    type: 'counter',
    help: 'Runs during which the prober itself was held up: its event loop stood still, its machine slept or had its clock set, or the run waited for a place until the next was due',
    ours: true,
  },
  prober_undecided_runs_total: {
    type: 'counter',
    help: 'Of these, runs that are none of probe_runs_total: time ran out while the prober was held up, and again when it tried at once, so that the verdict before them stands; two in a row at most',
    ours: true,
  },
} as const satisfies Record<string, Metric>

/** Of a path, on `/metrics`; with the label `path` and the path's own labels. */
export const PATH_METRICS = {
  probe_path_success: {
    type: 'gauge',
    help: 'Whether the outermost hop of the path succeeded on the last beat',
    labels: ['path'],
    when: 'the outermost hop has run on that beat',
    ours: true,
  },
  probe_path_hop_success: {
    type: 'gauge',
    help: 'Whether this hop of the path succeeded on the last beat',
    labels: ['path', 'hop'],
    when: 'the hop has run on that beat',
    ours: true,
  },
  probe_path_blame_info: {
    type: 'gauge',
    help: 'Which hop is to blame, and why: for the failure of the path, or for its being slow',
    labels: ['path', 'hop', 'reason'],
    when: 'a hop is to blame',
    ours: true,
  },
  probe_path_hop_overhead_seconds: {
    type: 'gauge',
    help: 'What this hop adds: its duration minus that of the next inner hop, median of the last 20 beats on which both succeeded, of fewer after it has become slow or well again; of the innermost hop its own duration',
    labels: ['path', 'hop'],
    when: 'the hop and the next inner one have succeeded on one beat',
    ours: true,
  },
  probe_path_hop_overhead_spread_seconds: {
    type: 'gauge',
    help: 'How far the middle half of what this hop added varies (interquartile range)',
    labels: ['path', 'hop'],
    when: 'probe_path_hop_overhead_seconds is there',
    ours: true,
  },
  probe_path_overhead_seconds: {
    type: 'gauge',
    help: 'What this hop adds in each phase; medians, which need not add up to that of the whole',
    labels: ['path', 'hop', 'phase'],
    when: 'probe_path_hop_overhead_seconds is there, and one of the two hops reached the phase',
    ours: true,
  },
  probe_path_overhead_spread_seconds: {
    type: 'gauge',
    help: 'How far the middle half of what this hop added in the phase varies (interquartile range)',
    labels: ['path', 'hop', 'phase'],
    when: 'probe_path_overhead_seconds is there',
    ours: true,
  },
} as const satisfies Record<string, Metric>

/** Of the process itself: `/metrics`, beside prom-client's own process_* and nodejs_*. */
export const PROCESS_METRICS = {
  blackbox_exporter_build_info: {
    type: 'gauge',
    help: "A metric with a constant '1' value labeled by version of Sonde, for boards that look for blackbox_exporter",
    labels: ['version', 'revision', 'branch', 'goversion', 'goos', 'goarch', 'tags'],
  },
  blackbox_exporter_config_last_reload_successful: {
    type: 'gauge',
    help: 'Blackbox exporter config loaded successfully.',
  },
  blackbox_exporter_config_last_reload_success_timestamp_seconds: {
    type: 'gauge',
    help: 'Timestamp of the last successful configuration reload.',
  },
  blackbox_module_unknown_total: { type: 'counter', help: 'Count of unknown modules requested by probes' },
  prober_export_dropped_total: {
    type: 'counter',
    help: 'Spans or data points that did not arrive at the collector: it was away or refused them, or too many waited',
    labels: ['signal'],
    when: 'they are sent to one',
    ours: true,
  },
  prober_export_failures_total: {
    type: 'counter',
    help: 'Batches of traces or metrics that the collector did not take, retries included',
    labels: ['signal'],
    when: 'they are sent to one',
    ours: true,
  },
  sonde_build_info: {
    type: 'gauge',
    help: "A metric with a constant '1' value labeled by the version of Sonde and of Node.js",
    labels: ['version', 'nodejs_version'],
    ours: true,
  },
  sonde_ready: { type: 'gauge', help: 'Whether `/-/ready` answers 200', ours: true },
  sonde_probes_total: {
    type: 'counter',
    help: 'Probes that ended, asked for and scheduled, by module and outcome',
    labels: ['module', 'outcome'],
    ours: true,
  },
  sonde_probes_in_flight: { type: 'gauge', help: 'Probes that run at this moment', ours: true },
  sonde_scheduled_targets: { type: 'gauge', help: 'Targets that are probed on our own schedule', ours: true },
  sonde_scheduler_missed_runs_total: {
    type: 'counter',
    help: 'Scheduled runs left out because the one before still ran or the process was late',
    ours: true,
  },
  sonde_scheduler_late_seconds: {
    type: 'histogram',
    help: 'How late scheduled probes started: the delay of the timer and the wait for a free place',
    ours: true,
  },
  sonde_scheduler_queue_length: {
    type: 'gauge',
    help: 'Scheduled probes that are due and wait for a free place under --probes.max-concurrent',
    ours: true,
  },
  sonde_scheduler_quiet_targets: {
    type: 'gauge',
    help: 'Targets that are not probed at this moment because of a quiet window',
    ours: true,
  },
  sonde_discovery_failures_total: {
    type: 'counter',
    help: 'Times that a source of targets could not be read, by reason: what was known stands meanwhile',
    labels: ['source', 'reason'],
    when: 'there is `discovery`, and it happened',
    ours: true,
  },
  sonde_discovery_last_sync_timestamp_seconds: {
    type: 'gauge',
    help: 'Unix time at which the source last told what it has; of several, the one that was silent longest',
    labels: ['source'],
    when: 'there is `discovery`, and it has told something',
    ours: true,
  },
  sonde_discovery_skipped_targets: {
    type: 'gauge',
    help: 'What the source names and is not probed, by reason',
    labels: ['source', 'reason'],
    when: 'there is `discovery`, and something is left out',
    ours: true,
  },
  sonde_discovery_synced: {
    type: 'gauge',
    help: 'Whether the targets of the source are what it has at this moment',
    labels: ['source'],
    when: 'there is `discovery`',
    ours: true,
  },
  sonde_discovery_targets: {
    type: 'gauge',
    help: 'Targets that were found, those of other shards among them',
    labels: ['source'],
    when: 'there is `discovery`',
    ours: true,
  },
  sonde_event_loop_delay_p99_seconds: {
    type: 'gauge',
    help: 'How late the event loop ran, 99th percentile since the scrape before last, or for 10 seconds at least; a late loop falsifies measured times',
    ours: true,
  },
  sonde_event_loop_delay_max_seconds: {
    type: 'gauge',
    help: 'How late the event loop ran at worst since the scrape before last, or for 10 seconds at least',
    ours: true,
  },
} as const satisfies Record<string, Metric>

export const METRICS = { ...PROBE_METRICS, ...TARGET_METRICS, ...PATH_METRICS, ...PROCESS_METRICS }

export type ProbeMetricName = keyof typeof PROBE_METRICS
export type TargetMetricName = keyof typeof TARGET_METRICS
export type PathMetricName = keyof typeof PATH_METRICS
export type ProcessMetricName = keyof typeof PROCESS_METRICS
export type MetricName = keyof typeof METRICS
