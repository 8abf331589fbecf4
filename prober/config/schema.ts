/**
 * The configuration file as a whole. A blackbox.yml is a valid sonde.yml: `modules:` means what it means there, and
 * everything of ours stands beside it. Each block has a file of its own; the other rooms import the types from here.
 */
import { z } from 'zod'
import { checkDiscovery, type Discovery, discoveryBlock } from './discovery.ts'
import { length, optional, type Report, rules, withDefault } from './field.ts'
import { entriesOf } from './headers.ts'
import { type Module, moduleBlock } from './module.ts'
import { type Monitoring, monitoringBlock } from './monitoring.ts'
import { checkMonitoringOf } from './monitoring-rules.ts'
import { checkPaths, type Path, pathBlock } from './paths.ts'
import type { Names } from './scheduled.ts'
import { type Slo, sloBlock } from './slo.ts'
import { checkTargets, type Target, targetBlock } from './targets.ts'
import { type OtlpConfig, telemetryBlock } from './telemetry.ts'

export { ALERT_NAMES, type AlertName } from './alert-names.ts'
export type { CelProgram } from './cel.ts'
export type { Regexp } from './go-regexp.ts'
export type { SecretHeader } from './headers.ts'
export type { HttpAuth, OAuth2Config } from './http-auth.ts'
export {
  DNS_TRANSPORTS,
  type DnsModule,
  type DnsTransport,
  type EdnsOptions,
  type RecordMatchers,
} from './dns-module.ts'
export type { GrpcModule } from './grpc-module.ts'
export { COMPRESSIONS, type Compression, type HeaderMatcher, type HttpModule } from './http-module.ts'
export type { IcmpModule } from './icmp-module.ts'
export {
  ADDRESS_MODES,
  type AddressMode,
  type IpModuleBase,
  type IpPreference,
  type ModuleBase,
  type NameServerAddress,
} from './module-base.ts'
export { type Module, PROBERS } from './module.ts'
export type { QueryStep } from './query-response.ts'
export {
  type AlertSettings,
  type IngressSource,
  type Monitoring,
  MONITORING_MODES,
  type MonitoringMode,
  type ScrapedService,
  type VantagePoint,
} from './monitoring.ts'
export type { Discovery } from './discovery.ts'
export type { FileSource, TargetDefaults } from './file-source.ts'
export { type ApiServer, type KubernetesSource, type Resource, RESOURCES } from './kubernetes-source.ts'
export { LONGEST_SCRAPE_INTERVAL_SECONDS, TIMEOUT_OFFSET_SECONDS } from './monitoring-rules.ts'
export { formatDuration } from './duration.ts'
export { formatPromDuration } from './prom-duration.ts'
export { maxAgeSeconds, SCRAPE_TIMEOUT_SECONDS } from './pulled.ts'
export type { ProberAddress } from './prober-address.ts'
export { type Slo, SLO_WINDOWS, type SloWindow, windowSeconds } from './slo.ts'
export type { StreamOptions, TcpModule, UnixModule } from './tcp-module.ts'
export type { WebsocketModule } from './websocket-module.ts'
export type { ProxyConfig } from './proxy-config.ts'
export type { QuietWindow } from './quiet.ts'
export type { Weekday } from './weekdays.ts'
export type { Retry } from './retry.ts'
export type { HopOf, HopTarget, Path } from './paths.ts'
export type { Target, TargetQuestion } from './targets.ts'
export type { OtlpConfig } from './telemetry.ts'
export type { TraceOptions } from './tracing.ts'
export { TLS_VERSIONS, type TlsConfig, type TlsVersionName } from './tls-config.ts'

export interface Config {
  readonly modules: ReadonlyMap<string, Module>
  /** All that is scheduled: what stands under `targets:`, then the hops of the paths. */
  readonly targets: readonly Target[]
  readonly paths: readonly Path[]
  /** Where more targets come from while the prober runs. */
  readonly discovery: Discovery
  readonly slos: readonly Slo[]
  readonly monitoring: Monitoring
  /** undefined: nothing is sent. */
  readonly otlp: OtlpConfig | undefined
  /** The whole configuration as YAML, every secret masked: what `/config` shows. */
  readonly yaml: string
  /** The same for one module by name: what `/probe?debug=true` shows. */
  readonly moduleYaml: ReadonlyMap<string, string>
  /** Things that load but deserve a word: deprecated keys, values that can never match. One line each, with file:line:col. */
  readonly warnings: readonly string[]
}

/** What a file has that says nothing of modules. */
export const BUILT_IN_MODULES = { http_2xx: { prober: 'http' } } as const

export const configSchema = rules(
  z.strictObject({
    modules: withDefault(
      z.record(z.string(), moduleBlock),
      BUILT_IN_MODULES,
      'Ways to probe, by name. Without this key and `module_files` there is one: `http_2xx`, the prober `http` with every default.',
    ),
    module_files: withDefault(
      z.array(z.string().min(1, length('is empty; write a path as in "modules/*.yml"'))),
      [],
      'Files with more `modules:`; paths, patterns (`*`, `?`, `**`, `{a,b}`) or folders (their `*.yml` and `*.yaml`), relative to this file’s folder.',
      { examples: [['modules/*.yml']] },
    ),
    targets: withDefault(z.array(targetBlock), [], 'What to probe on Sonde’s own schedule. `/probe` needs none.'),
    paths: withDefault(
      z.array(pathBlock),
      [],
      'Requests that are asked at each hop of their way in, on the same schedule: which hop is to blame, and what each adds.',
    ),
    discovery: optional(discoveryBlock, 'Targets that are written elsewhere: in files, and in Kubernetes.'),
    slo: withDefault(
      z.array(sloBlock),
      [],
      'How much of the time targets are to be reached: recording rules and alerts, by `sonde generate`.',
    ),
    monitoring: optional(monitoringBlock, 'What `sonde generate` has to know of your Prometheus.'),
    telemetry: optional(telemetryBlock, 'Traces and metrics sent to an OpenTelemetry collector.'),
  }),
  checkFile,
).meta({ title: 'Sonde configuration', description: 'Modules as in blackbox_exporter, targets and paths.' })

function checkFile(file: Readonly<Record<string, unknown>>, report: Report): void {
  const modules = Object.fromEntries(entriesOf(file.modules))
  const names: Names = new Map()
  checkTargets(file.targets, modules, names, report)
  checkPaths(file.paths, modules, names, report)
  checkDiscovery(file.discovery, modules, report)
  checkMonitoringOf(file, report)
}

export type ConfigFile = z.output<typeof configSchema>
