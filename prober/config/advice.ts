/** What loads but deserves a word: keys of old, keys that do nothing, values that can never match. */
import { adviceOnHttp } from './advice-http.ts'
import { adviceOnMonitoring } from './advice-monitoring.ts'
import type { DnsBlock } from './dns-module.ts'
import { parseQueryType } from './dns-names.ts'
import { formatDuration } from './duration.ts'
import { isSet } from './field.ts'
import { isOfTheCall } from './grpc-call.ts'
import { entriesOf } from './headers.ts'
import { type ModuleBlock, PROBERS } from './module.ts'
import type { Path, Problem } from './problem.ts'
import { LABEL_NAME, shownLabelName, type StepBlock } from './query-response.ts'
import type { ConfigFile } from './schema.ts'
import { isTraceparent } from './tracing.ts'
import { UNUSED_HTTP_CONFIG } from './websocket-module.ts'

/** `written`: the file as it was read, since defaults deserve no word. */
export function adviceOn(file: ConfigFile, written: unknown): Problem[] {
  const modules = new Map(entriesOf(new Map(entriesOf(written)).get('modules')))
  const onModules = Object.entries(file.modules).flatMap(([name, module]) => {
    const keys = new Map(entriesOf(modules.get(name)).filter(([, value]) => value !== undefined))
    const path = ['modules', name]
    return [...unusedBlocks(module, keys, path), ...adviceOnModule(module, keys, path)]
  })
  return [...onModules, ...adviceOnTelemetry(file), ...adviceOnMonitoring(file)]
}

function adviceOnTelemetry({ telemetry, modules }: ConfigFile): Problem[] {
  const { otlp } = telemetry ?? {}
  if (otlp === undefined || otlp.endpoint === '' || otlp.metrics) return []
  const isTraced = Object.values(modules).some((module) => 'trace' in (module[module.prober] ?? {}))
  const message =
    'sends nothing, no module has a trace; add trace: {} to an http, grpc or websocket module, or write metrics: true'
  return isTraced ? [] : [unused(['telemetry', 'otlp'], message)]
}

function unusedBlocks(module: ModuleBlock, keys: ReadonlyMap<string, unknown>, path: Path): Problem[] {
  return PROBERS.filter((prober) => prober !== module.prober && keys.has(prober)).map((prober) =>
    unused([...path, prober], `is not used, this module's prober is ${module.prober}; remove it`),
  )
}

function adviceOnModule(module: ModuleBlock, keys: ReadonlyMap<string, unknown>, path: Path): Problem[] {
  const { prober } = module
  const own = [...path, prober]
  switch (prober) {
    case 'http':
      return [
        ...adviceOnHttp(module.http, own),
        ...adviceOnIp(module.http, own),
        ...replacedTrace(module.http, [module.http.headers, module.http.http_headers], own),
      ]
    case 'tcp':
      return [...adviceOnIp(module.tcp, own), ...adviceOnStream(module.tcp, own)]
    case 'unix':
      return [...adviceOnPath(keys, path), ...adviceOnStream(module.unix, own)]
    case 'dns':
      return [...adviceOnIp(module.dns, own), ...adviceOnDns(module.dns, new Map(entriesOf(keys.get('dns'))), own)]
    case 'icmp':
      return [...adviceOnIp(module.icmp, own), ...adviceOnIcmp(module, own)]
    case 'grpc':
      return [
        ...adviceOnIp(module.grpc, own),
        ...adviceOnGrpc(module, keys, path),
        ...replacedTrace(module.grpc, [module.grpc.metadata], own),
      ]
    case 'websocket':
      return [
        ...adviceOnIp(module.websocket, own),
        ...adviceOnWebsocket(module.websocket, own),
        ...replacedTrace(module.websocket, [module.websocket.headers], own),
      ]
  }
}

function unused(path: Path, message: string): Problem {
  return { path, message, atKey: true }
}

/** What the module itself sends under the same name is sent instead. */
function replacedTrace(
  { trace }: { readonly trace?: object | undefined },
  sent: readonly (object | undefined)[],
  path: Path,
): Problem[] {
  const own = sent.flatMap((names) => Object.keys(names ?? {})).find(isTraceparent)
  if (trace === undefined || own === undefined) return []
  return [unused([...path, 'trace'], `does nothing beside the header ${own}; remove one`)]
}

interface IpBlock {
  readonly preferred_ip_protocol: string
}

function adviceOnIp({ preferred_ip_protocol: family }: IpBlock, path: Path): Problem[] {
  if (['', 'ip4', 'ip6'].includes(family)) return []
  const message = `${JSON.stringify(family)} counts as "ip4", as everything but "ip6" does; write "ip4" or "ip6"`
  return [{ path: [...path, 'preferred_ip_protocol'], message }]
}

function adviceOnPath(keys: ReadonlyMap<string, unknown>, path: Path): Problem[] {
  return ['resolver', 'addresses']
    .filter((key) => keys.has(key))
    .map((key) => unused([...path, key], 'does nothing for unix, a path has no addresses; remove it'))
}

interface StreamBlock {
  readonly tls: boolean
  readonly tls_config?: unknown
  readonly query_response: readonly StepBlock[]
}

function adviceOnStream(block: StreamBlock, path: Path): Problem[] {
  const usesTls = block.tls || block.query_response.some(({ starttls }) => starttls)
  const steps = block.query_response.flatMap((step, index) => {
    const at = [...path, 'query_response', index]
    return [...uselessLabels(step, at), ...oddLabels(step, at), ...repeatedAnchor(step, at), ...emptyStep(step, at)]
  })
  return [
    ...unusedTls(block, usesTls, path, 'tls: true, or a step with starttls: true'),
    ...secondTls(block, path),
    ...steps,
  ]
}

function secondTls({ tls, query_response: steps }: StreamBlock, path: Path): Problem[] {
  const starts = steps.flatMap(({ starttls }, index) => (starttls ? [index] : []))
  return (tls ? starts : starts.slice(1)).map((index) =>
    unused([...path, 'query_response', index, 'starttls'], 'starts TLS inside of TLS; remove it, or the first one'),
  )
}

function uselessLabels({ labels, expect }: StepBlock, path: Path): Problem[] {
  return labels.length === 0 || isSet(expect?.source)
    ? []
    : [unused([...path, 'labels'], 'are shown only for a step with expect; add expect, or remove them')]
}

function oddLabels({ labels }: StepBlock, path: Path): Problem[] {
  return labels.flatMap(({ name }, index) =>
    LABEL_NAME.test(name)
      ? []
      : [
          {
            path: [...path, 'labels', index, 'name'],
            message: `is shown as ${shownLabelName(name)}; write that, or use letters, digits and _ only, no digit first`,
          },
        ],
  )
}

/** blackbox_exporter's own example has `^+OK` for POP3: any number of line starts, then OK, which no such server sends. */
function repeatedAnchor({ expect }: StepBlock, path: Path): Problem[] {
  const sign = /^\^([+*?])/.exec(expect?.source ?? '')?.[1]
  const message = `repeats the line start and matches no ${sign}; write ^[${sign}] for the sign itself`
  return sign === undefined ? [] : [{ path: [...path, 'expect'], message }]
}

function emptyStep({ expect, expect_bytes, send, starttls }: StepBlock, path: Path): Problem[] {
  const does = [expect?.source, expect_bytes, send, starttls].some(isSet)
  return does ? [] : [{ path, message: 'does nothing; add expect, expect_bytes, send or starttls' }]
}

function unusedTls(block: { readonly tls_config?: unknown }, usesTls: boolean, path: Path, add: string): Problem[] {
  return block.tls_config === undefined || usesTls
    ? []
    : [unused([...path, 'tls_config'], `is not used without TLS; add ${add}`)]
}

function adviceOnDns(dns: DnsBlock, keys: ReadonlyMap<string, unknown>, path: Path): Problem[] {
  const found = unusedTls(dns, dns.dns_over_tls || dns.dns_over_https, path, 'dns_over_tls: true')
  // One that is none was refused, and is here what it would be if nothing were written.
  const type = keys.get('query_type') ?? ''
  const isMeant = typeof type === 'string' && parseQueryType(type || 'ANY').ok
  if (dns.query_type === 'ANY' && isMeant) {
    const message = 'asks for ANY, which many servers refuse or cut short (RFC 8482); write a type as in query_type: A'
    found.push(unused([...path, 'query_type'], message))
  }
  for (const section of ['validate_answer_rrs', 'validate_authority_rrs', 'validate_additional_rrs'] as const) {
    if (dns[section].fail_if_all_match_regexp.length === 0) continue
    const message =
      'fails when NOT every record matches, the reverse of its name, as in blackbox_exporter; if that is wanted, write fail_if_not_matches_regexp, which also fails without records'
    found.push(unused([...path, section, 'fail_if_all_match_regexp'], message))
  }
  return found
}

/** The last packet needs time for its answer, too; without a timeout of its own the scrape's is not known here. */
function adviceOnIcmp({ icmp, timeout }: ModuleBlock, path: Path): Problem[] {
  const sendingSeconds = (icmp.packet_count - 1) * icmp.packet_interval
  if (timeout === 0 || sendingSeconds < timeout) return []
  const sentence = `${icmp.packet_count} packets take ${formatDuration(sendingSeconds)} to send, the timeout is ${formatDuration(timeout)}`
  return [{ path: [...path, 'packet_count'], message: `${sentence}; send fewer, or lower packet_interval` }]
}

function adviceOnGrpc({ grpc }: ModuleBlock, keys: ReadonlyMap<string, unknown>, path: Path): Problem[] {
  const own = [...path, 'grpc']
  const metadata = Object.keys(grpc.metadata)
    .filter(isOfTheCall)
    .map((name) =>
      unused([...own, 'metadata', name], 'is not sent, the call itself sets it or has no such thing; remove it'),
    )
  const fallback = keys.has('grpc')
    ? []
    : [
        unused(
          [...path, 'prober'],
          'without a grpc block probes only IPv6 addresses, as in blackbox_exporter; add grpc: {} for both',
        ),
      ]
  return [...fallback, ...unusedTls(grpc, grpc.tls, own, 'tls: true'), ...metadata]
}

function adviceOnWebsocket(block: ModuleBlock['websocket'], path: Path): Problem[] {
  const http = UNUSED_HTTP_CONFIG.filter((key) => isSet(block.http_config?.[key])).map((key) =>
    unused([...path, 'http_config', key], 'is not used by this prober, here or in blackbox_exporter; remove it'),
  )
  const steps = block.query_response.flatMap((step, index) => {
    const keys = (['expect_bytes', 'labels', 'starttls'] as const).filter((key) => isSet(step[key]?.valueOf()))
    return keys
      .filter((key) => key !== 'labels' || step.labels.length > 0)
      .map((key) => unused([...path, 'query_response', index, key], 'is not used by websocket; write expect or send'))
  })
  return [...http, ...steps]
}
