/** Of each alert: a story in samples, the moment just before it fires, and the moment when it does. */
import type { AlertName } from '../../prober/config/schema.ts'

export interface AlertRow {
  readonly alert: AlertName
  readonly title: string
  /** Which of the two configurations of the test. */
  readonly mode?: 'pull'
  /** Between two samples and two evaluations. */
  readonly interval?: string
  /** `4×1 20×0`: four samples of 1, then twenty of 0; `_` is none, `stale` what Prometheus writes when a scrape fails. */
  readonly series: Readonly<Record<string, string>>
  readonly silentAt: readonly string[]
  readonly firing: readonly Firing[]
}

export interface Firing {
  readonly at: string
  /** Without the alert's name. */
  readonly labels: Readonly<Record<string, string>>
  readonly says: string
}

const SHOP = 'job="sonde",instance="shop",team="web"'
const OF_SHOP = { job: 'sonde', instance: 'shop', team: 'web' }
const UP = { 'up{job="sonde",instance="sonde:9115"}': '500×1' }

function firing(at: string, severity: string, labels: Readonly<Record<string, string>>, says: string): Firing {
  return { at, labels: { severity, ...labels }, says }
}

const AVAILABILITY: readonly AlertRow[] = [
  {
    alert: 'SyntheticProbeFailing',
    title: 'critical when the only observer fails for the whole time that is waited',
    series: {
      ...UP,
      [`probe_success{${SHOP}}`]: '4×1 20×0',
      [`probe_failure_info{${SHOP},phase="connect",reason="connect_refused"}`]: '4×_ 20×1',
    },
    silentAt: ['3m30s'],
    firing: [
      firing(
        '4m',
        'critical',
        OF_SHOP,
        'shop fails: 0% of the observers reach it. Reason: connect_refused, in the phase connect.',
      ),
    ],
  },
  {
    alert: 'SyntheticProbeFailing',
    title: 'not for a failure that ends in time',
    series: { ...UP, [`probe_success{${SHOP}}`]: '4×1 4×0 20×1' },
    silentAt: ['3m30s', '4m', '5m'],
    firing: [],
  },
  {
    alert: 'SyntheticProbeFailing',
    title: 'a warning when one of three observers fails, critical when two do',
    series: {
      ...UP,
      [`probe_success{${SHOP},vantage="eu"}`]: '40×1',
      [`probe_success{${SHOP},vantage="us"}`]: '20×1 20×0',
      [`probe_success{${SHOP},vantage="ap"}`]: '40×0',
      [`probe_failure_info{${SHOP},vantage="ap",phase="resolve",reason="dns_timeout"}`]: '40×1',
      [`probe_failure_info{${SHOP},vantage="us",phase="tls",reason="tls_expired"}`]: '20×_ 20×1',
    },
    silentAt: ['1m30s'],
    firing: [
      firing(
        '2m',
        'warning',
        OF_SHOP,
        'shop fails for some observers: 66.67% of them reach it. Reason: dns_timeout, in the phase resolve (seen from ap).',
      ),
    ],
  },
  {
    alert: 'SyntheticProbeFailing',
    title: 'stays when the prober dies, and ends after keep_firing_for once it is mended',
    series: { [`probe_success{${SHOP}}`]: '10×0 1×stale 30×_' },
    silentAt: ['1m30s', '10m'],
    firing: [
      firing('2m', 'critical', OF_SHOP, 'shop fails: 0% of the observers reach it.'),
      firing('9m30s', 'critical', OF_SHOP, 'shop fails: 0% of the observers reach it.'),
    ],
  },
  {
    alert: 'SyntheticProbeFailing',
    title: 'a restart of the prober that takes less than a probe is no recovery and no failure',
    series: { [`probe_success{${SHOP}}`]: '4×1 1×stale 20×1' },
    silentAt: ['2m', '3m', '8m'],
    firing: [],
  },
  {
    alert: 'SyntheticProbeFailing',
    title: 'names the hop to blame of the path whose outermost hop it is, and is silent about the inner one',
    series: {
      ...UP,
      'probe_success{job="sonde",instance="way/edge"}': '20×0',
      'probe_success{job="sonde",instance="way/pod"}': '20×0',
      'probe_path_blame_info{job="sonde",instance="sonde:9115",path="way",hop="pod",reason="connect_refused"}': '20×1',
    },
    silentAt: ['1m30s'],
    firing: [
      firing(
        '2m',
        'critical',
        { job: 'sonde', instance: 'way/edge' },
        'way/edge fails: 0% of the observers reach it. To blame: the hop pod of the path way, connect_refused.',
      ),
    ],
  },
  {
    alert: 'SyntheticProbeFlapping',
    title: 'at the sixth change within half an hour',
    interval: '1m',
    series: { [`probe_success{${SHOP}}`]: '4×1 2×0 4×1 2×0 4×1 2×0 20×1' },
    silentAt: ['17m'],
    firing: [firing('18m', 'warning', OF_SHOP, 'shop went from good to bad or back 6 times in 30m.')],
  },
  {
    alert: 'SyntheticProbeHTTPUnexpectedStatus',
    title: 'with the code that came',
    series: {
      [`probe_failure_info{${SHOP},phase="check",reason="http_status"}`]: '20×1',
      [`probe_http_status_code{${SHOP}}`]: '20×503',
    },
    silentAt: ['1m30s'],
    firing: [
      firing('2m', 'warning', OF_SHOP, 'shop is up and answers what its module does not accept. It answered 503.'),
    ],
  },
  {
    alert: 'SyntheticProbeHTTPUnexpectedStatus',
    title: 'not for a failure of another kind',
    series: { [`probe_failure_info{${SHOP},phase="tls",reason="tls_expired"}`]: '20×1' },
    silentAt: ['4m'],
    firing: [],
  },
]

const LATENCY: readonly AlertRow[] = [
  {
    alert: 'SyntheticProbeSlow',
    title: 'above four fifths of the timeout, not at them',
    series: {
      [`probe_success{${SHOP}}`]: '60×1',
      [`probe_timeout_seconds{${SHOP}}`]: '60×5',
      [`probe_duration_seconds{${SHOP}}`]: '30×4 30×4.1',
    },
    silentAt: ['14m30s', '16m30s'],
    firing: [firing('17m', 'warning', OF_SHOP, 'shop takes 81% of its timeout: the next step is a failure.')],
  },
  {
    alert: 'SyntheticProbeSlow',
    title: 'not while it fails: that is told by another',
    series: {
      [`probe_success{${SHOP}}`]: '60×0',
      [`probe_timeout_seconds{${SHOP}}`]: '60×5',
      [`probe_duration_seconds{${SHOP}}`]: '60×5',
    },
    silentAt: ['10m', '20m'],
    firing: [],
  },
  {
    alert: 'SyntheticProbeSlowerThanUsual',
    title: 'twice the median of the day before, for a quarter of an hour',
    interval: '1m',
    series: {
      [`probe_success{${SHOP}}`]: '400×1',
      [`probe_duration_seconds{${SHOP}}`]: '300×0.2 100×0.41',
    },
    silentAt: ['5h18m'],
    firing: [firing('5h19m', 'info', OF_SHOP, 'shop takes 410ms, more than 2 times the median of the last day.')],
  },
  {
    alert: 'SyntheticProbeSlowerThanUsual',
    title: 'not of something that was and is fast, and not before two hours are known',
    interval: '1m',
    series: {
      [`probe_success{${SHOP}}`]: '400×1',
      [`probe_duration_seconds{${SHOP}}`]: '300×0.02 100×0.09',
      'probe_success{job="sonde",instance="new"}': '400×1',
      'probe_duration_seconds{job="sonde",instance="new"}': '60×0.2 60×0.9',
    },
    silentAt: ['1h50m', '6h'],
    firing: [],
  },
]

const YEAR_SECONDS = 31_536_000
const DAY_SECONDS = 86_400

const CERTIFICATES: readonly AlertRow[] = [
  {
    alert: 'SyntheticCertificateExpiringSoon',
    title: 'a warning under a quarter of 90 days',
    series: {
      [`probe_ssl_earliest_cert_expiry{${SHOP}}`]: `20×${22 * DAY_SECONDS}`,
      [`probe_ssl_cert_lifetime_remaining_ratio{${SHOP}}`]: '4×0.25 16×0.249',
    },
    silentAt: ['3m30s'],
    firing: [
      firing(
        '4m',
        'warning',
        OF_SHOP,
        'The certificate of shop ends in 21d 23h 56m 0s, less than 25 % of its lifetime.',
      ),
    ],
  },
  {
    alert: 'SyntheticCertificateExpiringSoon',
    title: 'critical and a warning under a tenth of 6 days',
    series: {
      [`probe_ssl_earliest_cert_expiry{${SHOP}}`]: `20×${0.5 * DAY_SECONDS}`,
      [`probe_ssl_cert_lifetime_remaining_ratio{${SHOP}}`]: '20×0.083',
    },
    silentAt: ['1m30s'],
    firing: [
      firing('2m', 'critical', OF_SHOP, 'The certificate of shop ends in 11h 58m 0s, less than 10 % of its lifetime.'),
      firing('2m', 'warning', OF_SHOP, 'The certificate of shop ends in 11h 58m 0s, less than 25 % of its lifetime.'),
    ],
  },
  {
    alert: 'SyntheticCertificateExpiringSoon',
    title: 'not three months before the end of one that lasts a year',
    series: {
      [`probe_ssl_earliest_cert_expiry{${SHOP}}`]: `20×${0.24 * YEAR_SECONDS}`,
      [`probe_ssl_cert_lifetime_remaining_ratio{${SHOP}}`]: '20×0.24',
    },
    silentAt: ['4m'],
    firing: [],
  },
  {
    alert: 'SyntheticCertificateExpired',
    title: 'from the second on in which it ends',
    series: { [`probe_ssl_earliest_cert_expiry{${SHOP}}`]: '20×60' },
    silentAt: ['2m30s'],
    firing: [firing('3m', 'critical', OF_SHOP, 'A certificate of shop is past its end.')],
  },
  {
    alert: 'SyntheticCertificateWrongName',
    title: 'by its reason',
    series: { [`probe_failure_info{${SHOP},phase="tls",reason="tls_name_mismatch"}`]: '20×1' },
    silentAt: ['1m30s'],
    firing: [
      firing(
        '2m',
        'critical',
        OF_SHOP,
        'shop shows a certificate that is not for its name: another site answers, or a name is missing.',
      ),
    ],
  },
  {
    alert: 'SyntheticCertificateUntrusted',
    title: 'by its reasons, also when they change',
    series: {
      [`probe_failure_info{${SHOP},phase="tls",reason="tls_unknown_ca"}`]: '2×1 1×stale 17×_',
      [`probe_failure_info{${SHOP},phase="tls",reason="tls_self_signed"}`]: '2×_ 18×1',
    },
    silentAt: ['1m30s'],
    firing: [
      firing(
        '2m',
        'critical',
        OF_SHOP,
        'shop shows a certificate that leads to no trusted authority, or cannot be accepted. Reason: tls_self_signed, in the phase tls.',
      ),
    ],
  },
  {
    alert: 'SyntheticTLSVersionOld',
    title: 'of TLS 1.1, not of 1.2',
    series: {
      [`probe_tls_version_info{${SHOP},version="TLS 1.1"}`]: '20×1',
      'probe_tls_version_info{job="sonde",instance="new",version="TLS 1.2"}': '20×1',
    },
    silentAt: ['1m30s'],
    firing: [firing('2m', 'info', { ...OF_SHOP, version: 'TLS 1.1' }, 'shop speaks TLS 1.1, which RFC 8996 forbids.')],
  },
]

const PATHS: readonly AlertRow[] = [
  {
    alert: 'SyntheticPathHopFailing',
    title: 'once, whichever of two probers says so',
    series: {
      'probe_path_blame_info{job="sonde",instance="10.0.0.1:9115",pod="a",path="way",hop="pod",reason="http_status"}':
        '20×1',
      'probe_path_blame_info{job="sonde",instance="10.0.0.2:9115",pod="b",path="way",hop="pod",reason="http_status"}':
        '20×1',
    },
    silentAt: ['1m30s'],
    firing: [
      firing(
        '2m',
        'warning',
        { job: 'sonde', path: 'way', hop: 'pod' },
        'On the path way the hop pod is to blame: http_status.',
      ),
    ],
  },
]

const PROBER: readonly AlertRow[] = [
  {
    alert: 'SyntheticProberDown',
    title: 'critical when none answers',
    series: {
      'up{job="sonde",instance="a:9115",pod="a"}': '8×1 20×0',
      'up{job="sonde",instance="b:9115",pod="b"}': '30×0',
    },
    silentAt: ['1m30s'],
    firing: [
      firing('2m', 'warning', { job: 'sonde' }, 'Of the probers of the job sonde only 50% answer.'),
      firing(
        '6m',
        'critical',
        { job: 'sonde' },
        'No prober of the job sonde answers, or Prometheus does not know of one: nothing is watched.',
      ),
    ],
  },
  {
    alert: 'SyntheticProberDown',
    title: 'critical when Prometheus knows of none',
    series: { 'up{job="other",instance="a:9115"}': '30×1' },
    silentAt: ['1m30s'],
    firing: [
      firing(
        '2m',
        'critical',
        { job: 'sonde' },
        'No prober of the job sonde answers, or Prometheus does not know of one: nothing is watched.',
      ),
    ],
  },
  {
    alert: 'SyntheticProberDown',
    title: 'not when one pulled target of two goes unanswered',
    mode: 'pull',
    series: { 'up{job="sonde",instance="shop"}': '30×0', 'up{job="sonde",instance="way"}': '30×1' },
    silentAt: ['5m'],
    firing: [],
  },
  {
    alert: 'SyntheticProbeUnanswered',
    title: 'which is told by itself',
    mode: 'pull',
    series: { 'up{job="sonde",instance="shop"}': '30×0', 'up{job="sonde",instance="way"}': '30×1' },
    silentAt: ['1m30s'],
    firing: [
      firing(
        '2m',
        'warning',
        { job: 'sonde', instance: 'shop' },
        'Prometheus asked for shop and got no metrics: an unknown module, or no answer before the scrape timed out.',
      ),
    ],
  },
  {
    alert: 'SyntheticProbeUnanswered',
    title: 'not when the prober is down',
    mode: 'pull',
    series: { 'up{job="sonde",instance="shop"}': '30×0', 'up{job="sonde",instance="way"}': '30×0' },
    silentAt: ['5m'],
    firing: [],
  },
  {
    alert: 'SyntheticTargetMissing',
    title: 'when a target of the configuration has no result and the prober answers',
    interval: '1m',
    series: {
      'up{job="sonde",instance="sonde:9115"}': '30×1',
      'probe_success{job="sonde",instance="way/edge"}': '30×1',
      'probe_success{job="sonde",instance="way/pod"}': '30×1',
    },
    silentAt: ['9m'],
    firing: [
      firing(
        '10m',
        'warning',
        OF_SHOP,
        'shop stands in the configuration, and Prometheus has no result of it: it runs on other rules or objects, or the prober on another file.',
      ),
    ],
  },
  {
    alert: 'SyntheticTargetMissing',
    title: 'not in a quiet window, when only the totals are there, and not while the prober is down',
    interval: '1m',
    series: {
      'up{job="sonde",instance="sonde:9115"}': '20×1 20×0',
      [`probe_runs_total{${SHOP}}`]: '20×7 1×stale 19×_',
      'probe_success{job="sonde",instance="way/edge"}': '20×1 1×stale 19×_',
      'probe_success{job="sonde",instance="way/pod"}': '20×1 1×stale 19×_',
    },
    silentAt: ['15m', '38m'],
    firing: [],
  },
  {
    alert: 'SyntheticTargetMissing',
    title: 'of one that is pulled, when nobody tries; a try in vain is another matter',
    mode: 'pull',
    interval: '1m',
    series: { 'up{job="sonde",instance="new"}': '5×1 15×1' },
    silentAt: ['9m'],
    firing: [
      firing(
        '10m',
        'warning',
        OF_SHOP,
        'shop stands in the configuration, and Prometheus has no result of it: it runs on other rules or objects, or the prober on another file.',
      ),
    ],
  },
  {
    alert: 'SyntheticProberConfigReloadFailed',
    title: 'after a reload that failed',
    series: {
      'blackbox_exporter_config_last_reload_successful{job="sonde",instance="sonde:9115"}': '4×1 20×0',
    },
    silentAt: ['3m30s'],
    firing: [
      firing(
        '4m',
        'warning',
        { job: 'sonde', instance: 'sonde:9115' },
        'The prober sonde:9115 runs on with the configuration that it had: the new one has errors, which its log names.',
      ),
    ],
  },
  {
    alert: 'SyntheticDiscoveryOutOfDate',
    title: 'after ten minutes in which a source could not be read, and not for one that is read again before',
    series: {
      'sonde_discovery_synced{job="sonde",instance="sonde:9115",source="file"}': '4×1 40×0',
      'sonde_discovery_synced{job="sonde",instance="sonde:9115",source="kubernetes/ingress"}': '4×1 18×0 22×1',
    },
    silentAt: ['11m30s'],
    firing: [
      firing(
        '12m',
        'warning',
        { job: 'sonde', instance: 'sonde:9115', source: 'file' },
        'The prober sonde:9115 cannot read file: it probes what it found before, and nothing that came since.',
      ),
    ],
  },
  {
    alert: 'SyntheticProberUnknownModule',
    title: 'at the first question',
    interval: '1m',
    series: { 'blackbox_module_unknown_total{job="sonde",instance="sonde:9115"}': '10×0 10×9' },
    silentAt: ['9m'],
    firing: [
      firing(
        '10m',
        'warning',
        { job: 'sonde', instance: 'sonde:9115' },
        'The prober sonde:9115 was asked 9 times in 10m for a module that it does not have.',
      ),
    ],
  },
  {
    alert: 'SyntheticProberUnknownModule',
    title: 'not when the count begins anew after a restart',
    interval: '1m',
    series: { 'blackbox_module_unknown_total{job="sonde",instance="sonde:9115"}': '20×9 20×0' },
    silentAt: ['19m', '20m', '25m'],
    firing: [],
  },
  {
    alert: 'SyntheticProberOverloaded',
    title: 'when more than a tenth of the runs were held up',
    interval: '1m',
    series: {
      'prober_overloaded{job="sonde",instance="shop",pod="a"}': '20×0 20×1',
      'prober_overloaded{job="sonde",instance="new",pod="a"}': '40×0',
    },
    silentAt: ['23m'],
    firing: [
      firing(
        '24m',
        'warning',
        { job: 'sonde', pod: 'a' },
        '25% of the runs of the job sonde in a were held up by the prober itself: their times say nothing of the targets.',
      ),
    ],
  },
  {
    alert: 'SyntheticProberMissesRuns',
    title: 'when runs are left out for two minutes',
    interval: '1m',
    series: { 'sonde_scheduler_missed_runs_total{job="sonde",instance="sonde:9115"}': '10×0 10×5' },
    silentAt: ['11m'],
    firing: [
      firing(
        '12m',
        'warning',
        { job: 'sonde', instance: 'sonde:9115' },
        'The prober sonde:9115 left out 5 runs in 10m.',
      ),
    ],
  },
  {
    alert: 'SyntheticProberExportFailing',
    title: 'by signal',
    interval: '1m',
    series: { 'prober_export_failures_total{job="sonde",instance="sonde:9115",signal="traces"}': '10×0 10×9' },
    silentAt: ['11m'],
    firing: [
      firing(
        '12m',
        'info',
        { job: 'sonde', instance: 'sonde:9115', signal: 'traces' },
        'The prober sonde:9115 failed 9 times in 10m to deliver its traces.',
      ),
    ],
  },
]

const SLO = { sloth_id: 'sonde-web', sloth_service: 'web', sloth_slo: 'web' }

const OBJECTIVES: readonly AlertRow[] = [
  {
    alert: 'SyntheticSLOBurnRate',
    title: 'a page once an hour has lost 8 % of the week’s budget, and the last minutes go on so',
    interval: '1m',
    series: { [`probe_success{${SHOP}}`]: '600×1 60×0' },
    silentAt: ['10h4m'],
    firing: [
      firing(
        '10h6m',
        'critical',
        { ...SLO, sloth_severity: 'page' },
        'The objective web (99.5 % in 7d) spends its budget too fast: 100% of the samples were bad lately.',
      ),
    ],
  },
  {
    alert: 'SyntheticSLOBurnRate',
    title: 'not for two bad samples, however many per cent they are',
    interval: '10m',
    series: { [`probe_success{${SHOP}}`]: '60×1 1×0 1×1 1×0 60×1' },
    silentAt: ['10h', '10h10m', '10h20m', '10h30m', '12h'],
    firing: [],
  },
  {
    alert: 'SyntheticSLOCoverageLow',
    title: 'when a tenth of the hour was not observed, with whatever result before',
    interval: '1m',
    series: { [`probe_success{${SHOP}}`]: '120×1 1×stale 60×_' },
    silentAt: ['2h15m'],
    firing: [
      firing('2h16m', 'warning', SLO, 'Of the targets of the objective web only 71.67% of the last 1h was observed.'),
    ],
  },
]

export const ALERT_ROWS: readonly AlertRow[] = [
  ...AVAILABILITY,
  ...LATENCY,
  ...CERTIFICATES,
  ...PATHS,
  ...PROBER,
  ...OBJECTIVES,
]
