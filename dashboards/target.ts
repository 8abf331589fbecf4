/** One target, or a few side by side: its state, where its milliseconds go, why it fails, what it shows. */
import { durationQuantile } from '../monitoring/queries.ts'
import {
  durationBuckets,
  durationByObserver,
  failedAttempts,
  failedSamples,
  meanPhases,
  partOfProcessing,
  rowAddressChanges,
  rowCertificateSeconds,
  rowCertificateShare,
  rowDuration,
  rowFacts,
  rowState,
  rowUptime,
  rowValue,
  sampledQuantile,
  stateHistory,
  statusCodeHistory,
  timeout,
} from '../monitoring/target-queries.ts'
import { board } from './board.ts'
import { CERTIFICATE, PHASE_COLOURS, STATE, STATUS_CODES, UPTIME } from './colours.ts'
import { faults, figure, heat, history, lines, stack, withColours, withLimit, word } from './panels.ts'
import { pathRow } from './path-row.ts'
import { table } from './tables.ts'
import { datasource, filters, JOB_AND_INSTANCE, targetVariables, path, scopeOf } from './variables.ts'

const SCOPE = scopeOf(JOB_AND_INSTANCE)
const ONLY_SCHEDULED = 'Only of targets that Sonde itself schedules'

/** The leaf, as the metric's labels name its parts. */
const CHAIN = ['subject', 'issuer', 'subjectalternative']

export const target = board({
  uid: 'sonde-target',
  title: 'Synthetic monitoring / Target',
  description: 'One target: its state, where its milliseconds go, why it fails, what it shows of itself.',
  from: 'now-6h',
  variables: [datasource(), ...targetVariables(), path(), filters()],
  rows: [
    { title: 'Now', panels: figures() },
    { title: 'When', panels: [states(), statusCodes(), reasons()] },
    { title: 'Whose milliseconds', panels: [phaseStack(), durations(), distribution(), processing()] },
    pathRow(),
    { title: 'What it shows', panels: [observers(), longDurations(), attempts(), encryption(), facts()] },
  ],
})

function figures() {
  const size = { width: 4, height: 4 }
  const uptime = (title: string, range: string) =>
    figure(
      { title, description: `Share of good samples of the last ${range}.`, unit: 'percentunit', ...size },
      { expr: `avg(${rowUptime(SCOPE, range)})` },
      UPTIME,
    )
  return [
    word(
      { title: 'State now', description: 'As the latest sample of each observer has it.', unit: 'none', ...size },
      { expr: `avg(${rowState(SCOPE)})` },
      STATE,
    ),
    uptime('Uptime 24 h', '1d'),
    uptime('Uptime 7 d', '7d'),
    uptime('Uptime 30 d', '30d'),
    figure(
      { title: 'Duration', description: 'The whole probe, as it is now.', unit: 's', ...size },
      { expr: `max(${rowDuration(SCOPE)})` },
    ),
    figure(
      {
        title: 'Certificate left',
        description: 'Share of its lifetime; clients renew at a third.',
        unit: 'percentunit',
        none: 'no TLS',
        ...size,
      },
      { expr: `min(${rowCertificateShare(SCOPE)})` },
      CERTIFICATE,
    ),
  ]
}

function states() {
  return history(
    {
      title: 'State',
      description: 'A step is down when any sample in it was bad. A gap: nobody looked.',
      width: 24,
      height: 5,
      unit: 'none',
    },
    { expr: stateHistory(SCOPE, '$__interval'), legend: '{{instance}}' },
    STATE,
  )
}

function statusCodes() {
  return history(
    {
      title: 'HTTP status',
      description: 'The code of the last answer in each step; none when there was no answer.',
      width: 12,
      height: 6,
      unit: 'none',
      none: 'Not HTTP',
    },
    { expr: statusCodeHistory(SCOPE, '$__interval'), legend: '{{instance}}' },
    STATUS_CODES,
  )
}

function reasons() {
  return faults(
    {
      title: 'Failures by reason',
      description: 'Samples that failed, by the phase and the reason. None is good.',
      width: 12,
      height: 6,
      unit: 'none',
      none: 'Nothing failed',
    },
    [{ expr: failedSamples(SCOPE, '$__rate_interval'), legend: '{{phase}}: {{reason}}' }],
  )
}

function phaseStack() {
  return withColours(
    stack(
      {
        title: 'Phases',
        description:
          'Where the time goes: the phases add up to the duration. Of several targets the mean of those that have the phase.',
        width: 12,
        height: 10,
        unit: 's',
      },
      [{ expr: meanPhases(SCOPE, '$__range'), legend: '{{phase}}' }],
    ),
    PHASE_COLOURS,
  )
}

function durations() {
  return withLimit(
    lines(
      {
        title: 'Duration against its timeout',
        description: 'Median and longest of the samples in each step, and the time that the probe was given.',
        width: 12,
        height: 10,
        unit: 's',
      },
      [
        { expr: sampledQuantile(SCOPE, 0.5, '$__rate_interval'), legend: '{{instance}} median' },
        { expr: sampledQuantile(SCOPE, 1, '$__rate_interval'), legend: '{{instance}} longest' },
        { expr: timeout(SCOPE), legend: '{{instance}} timeout' },
      ],
    ),
    '/ timeout$/',
  )
}

function distribution() {
  return heat(
    {
      title: 'Distribution of durations',
      description: `Every run, in buckets; dots are traces. ${ONLY_SCHEDULED}; a pulled one has its samples in "Duration against its timeout".`,
      width: 12,
      height: 9,
      unit: 's',
      none: ONLY_SCHEDULED,
    },
    { expr: durationBuckets(SCOPE, '$__rate_interval') },
  )
}

function processing() {
  return stack(
    {
      title: 'Processing: application or edge',
      description:
        'The phase processing, split by what the application says in Server-Timing that it spent itself; the rest is the way there and what stands in front of it.',
      width: 12,
      height: 9,
      unit: 's',
      none: 'The answer has no Server-Timing of the application',
    },
    [
      { expr: partOfProcessing('probe_http_application_seconds', SCOPE), legend: '{{instance}} application' },
      { expr: partOfProcessing('probe_http_edge_seconds', SCOPE), legend: '{{instance}} edge' },
    ],
  )
}

function observers() {
  return lines(
    {
      title: 'Duration by observer',
      description:
        'The same target as each prober sees it: one that differs is a matter of the way, not of the target.',
      width: 8,
      height: 9,
      unit: 's',
    },
    [{ expr: durationByObserver(SCOPE), legend: '{{instance}} {{vantage}} {{pod}}' }],
  )
}

function longDurations() {
  return lines(
    {
      title: 'Long durations',
      description: `What 50, 95 and 99 of 100 runs stayed below, every run counted. ${ONLY_SCHEDULED}.`,
      width: 8,
      height: 9,
      unit: 's',
      none: ONLY_SCHEDULED,
    },
    [0.5, 0.95, 0.99].map((quantile) => ({
      expr: durationQuantile(SCOPE, quantile, '$__rate_interval', 'instance'),
      legend: `{{instance}} ${100 * quantile} %`,
    })),
  )
}

function attempts() {
  return lines(
    {
      title: 'Failed attempts',
      description: `Share of all attempts that failed, also where a retry mended it. ${ONLY_SCHEDULED}.`,
      width: 8,
      height: 9,
      unit: 'percentunit',
      none: ONLY_SCHEDULED,
    },
    [{ expr: failedAttempts(SCOPE, '$__rate_interval'), legend: '{{instance}}' }],
  ).max(1)
}

function fact(name: Parameters<typeof rowFacts>[0], ...labels: readonly string[]): string {
  return rowFacts(name, labels, SCOPE)
}

function encryption() {
  return table(
    {
      title: 'Certificates',
      description: 'What the server showed, also when it was refused.',
      width: 24,
      height: 6,
      unit: 'none',
      none: 'no TLS',
    },
    [
      { title: 'Target', from: { label: 'instance' } },
      { title: 'Version', from: { label: 'version', of: fact('probe_tls_version_info', 'version') }, widthPixels: 90 },
      { title: 'Cipher', from: { label: 'cipher', of: fact('probe_tls_cipher_info', 'cipher') } },
      { title: 'Subject', from: { label: 'subject', of: fact('probe_ssl_last_chain_info', ...CHAIN) } },
      { title: 'Issuer', from: { label: 'issuer' } },
      { title: 'Names', from: { label: 'subjectalternative' } },
      {
        title: 'Left',
        from: { expr: rowCertificateShare(SCOPE) },
        unit: 'percentunit',
        decimals: 0,
        steps: CERTIFICATE,
        isBar: true,
      },
      { title: 'Ends in', from: { expr: rowCertificateSeconds(SCOPE) }, unit: 's' },
    ],
    { title: 'Left' },
  )
}

function facts() {
  return table(
    {
      title: 'Addresses and answers',
      description:
        'What else is known of the last answer, and how often in the time shown the name led to another address.',
      width: 24,
      height: 6,
      unit: 'none',
    },
    [
      { title: 'Target', from: { label: 'instance' } },
      { title: 'IP version', from: { expr: rowValue('probe_ip_protocol', SCOPE) } },
      { title: 'Changes of address', from: { expr: rowAddressChanges(SCOPE, '$__range') } },
      { title: 'HTTP version', from: { expr: rowValue('probe_http_version', SCOPE) } },
      { title: 'Redirects', from: { expr: rowValue('probe_http_redirects', SCOPE) } },
      { title: 'DNS answers', from: { expr: rowValue('probe_dns_answer_rrs', SCOPE) } },
    ],
    { title: 'Target' },
  )
}
