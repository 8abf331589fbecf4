/** `telemetry:`: traces and metrics sent to an OpenTelemetry collector, by OTLP over HTTP. */
import { z } from 'zod'
import { formatDuration } from './duration.ts'
import { optional, type Report, required, rules, seconds, withDefault } from './field.ts'
import type { ResolvePath } from './file-paths.ts'
import {
  checkHeaders,
  checkValues,
  entriesOf,
  type SecretHeader,
  textOrHeaderBlock,
  toSecretHeaders,
} from './headers.ts'
import { urlText } from './proxy-config.ts'
import { type TlsConfig, tlsBlock, toTlsConfig } from './tls-config.ts'

export const EXPORT_COMPRESSIONS = ['gzip', 'none'] as const

export interface OtlpConfig {
  /** Without a slash at its end; `/v1/traces` and `/v1/metrics` are below it. */
  readonly endpoint: string
  readonly headers: readonly SecretHeader[]
  readonly traces: boolean
  readonly metrics: boolean
  readonly intervalSeconds: number
  /** Of one export, with all its retries. */
  readonly timeoutSeconds: number
  readonly compression: (typeof EXPORT_COMPRESSIONS)[number]
  readonly tls: TlsConfig
  readonly resourceAttributes: Readonly<Record<string, string>>
}

const DEFAULT_TIMEOUT_SECONDS = 10
const SHORTEST_INTERVAL_SECONDS = 1
/** A timer that is told to wait longer than 24.8 days does not wait at all. */
const LONGEST_INTERVAL_SECONDS = 86_400

const endpoint = urlText(['http:', 'https:'], 'http://localhost:4318').superRefine((text, context) => {
  const url = URL.parse(text)
  if (url === null) return
  const complaint = (message: string) => context.addIssue({ code: 'custom', message })
  if (url.username !== '' || url.password !== '') complaint('holds credentials; write them under headers')
  else if (url.search !== '' || url.hash !== '')
    complaint('has a query or a fragment; end it before the ? or #, /v1/traces and /v1/metrics are put at its end')
  else if (/\/v1\/(traces|metrics)\/?$/.test(url.pathname))
    complaint(
      `is that of one signal; leave out ${url.pathname.slice(-11).replace(/^.*(?=\/v1)/, '')}, it is put at the end`,
    )
})

const otlpBlock = rules(
  z.strictObject({
    endpoint: required(
      endpoint,
      'Base URL of the collector; `/v1/traces` and `/v1/metrics` are put at its end. `""`: nothing is sent.',
      { examples: ['http://localhost:4318'] },
    ),
    headers: withDefault(
      z.record(z.string(), textOrHeaderBlock),
      {},
      'Headers of each request: name to a text, or to a map as in `http_headers`. Files are read at each export.',
      { writeOnly: true, examples: [{ Authorization: 'Bearer token' }] },
    ),
    traces: withDefault(z.boolean(), true, 'Send each probe whose trace is recorded: modules with `trace`.'),
    metrics: withDefault(z.boolean(), false, 'Send what `/metrics` shows.'),
    interval: withDefault(seconds, '60s', 'Time between two exports of metrics, from `1s` to `24h`.', {
      examples: ['15s'],
    }),
    timeout: optional(
      seconds,
      'Longest time for one export with its retries: `10s` when not set, or `interval` where that is shorter.',
      { examples: ['10s'] },
    ),
    compression: withDefault(z.enum(EXPORT_COMPRESSIONS), 'gzip', 'Of what is sent.'),
    tls_config: optional(tlsBlock, 'TLS towards the collector.'),
  }),
  checkOtlp,
).meta({ id: 'otlp' })

export const telemetryBlock = rules(
  z.strictObject({
    otlp: optional(otlpBlock, 'Where to send traces and metrics.', {
      examples: [{ endpoint: 'http://localhost:4318' }],
    }),
    resource_attributes: withDefault(
      z.record(z.string(), z.string()),
      {},
      'What is said of this prober with all that is sent. `service.name` is `sonde` when not set here or in the environment.',
      { examples: [{ 'deployment.environment.name': 'production' }] },
    ),
  }),
  ({ resource_attributes: attributes }, report) => {
    if (entriesOf(attributes).some(([name]) => name === ''))
      report(['resource_attributes', ''], 'is no name; write one as in "deployment.environment.name"')
  },
).meta({ id: 'telemetry' })

function checkOtlp(block: Readonly<Record<string, unknown>>, report: Report): void {
  const { headers, interval, timeout, traces, metrics } = block
  checkHeaders(headers, 'headers', report)
  for (const [name, value] of entriesOf(headers)) {
    if (OF_THE_EXPORT.has(name.toLowerCase()))
      report(['headers', name], 'the export itself sets this header; remove it')
    checkValues(['headers', name], value, report)
  }
  if (traces === false && metrics === false) report('traces', 'and metrics are both off; turn one on, or remove otlp')
  checkTimes(interval, timeout, report)
}

const OF_THE_EXPORT = new Set([
  ...['content-type', 'content-encoding', 'content-length', 'transfer-encoding', 'host'],
  ...['connection', 'upgrade', 'keep-alive', 'expect', 'te', 'trailer'],
])

function checkTimes(interval: unknown, timeout: unknown, report: Report): void {
  if (typeof interval === 'number') {
    if (interval < SHORTEST_INTERVAL_SECONDS)
      report('interval', `${formatDuration(interval)} is too short; write "1s" or more`)
    if (interval > LONGEST_INTERVAL_SECONDS)
      report('interval', `${formatDuration(interval)} is too long; write "24h" or less`)
  }
  if (typeof timeout !== 'number') return
  if (timeout === 0) report('timeout', 'leaves no time; write one as in "10s"')
  else if (typeof interval === 'number' && interval >= SHORTEST_INTERVAL_SECONDS && timeout > interval)
    report(
      'timeout',
      `${formatDuration(timeout)} is longer than the interval of ${formatDuration(interval)}; write that or less`,
    )
}

/** undefined: nothing is sent. */
export function toOtlpConfig(
  block: z.output<typeof telemetryBlock> | undefined,
  resolvePath: ResolvePath,
): OtlpConfig | undefined {
  const otlp = block?.otlp
  if (block === undefined || otlp === undefined || otlp.endpoint === '') return undefined
  return {
    endpoint: otlp.endpoint.replace(/\/+$/, ''),
    headers: toSecretHeaders(otlp.headers, resolvePath),
    traces: otlp.traces,
    metrics: otlp.metrics,
    intervalSeconds: otlp.interval,
    timeoutSeconds: otlp.timeout ?? Math.min(DEFAULT_TIMEOUT_SECONDS, otlp.interval),
    compression: otlp.compression,
    tls: toTlsConfig(otlp.tls_config, resolvePath),
    resourceAttributes: block.resource_attributes,
  }
}
