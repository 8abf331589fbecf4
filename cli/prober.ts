/** A whole prober in this process: what `serve` and `demo` share. */
import { setImmediate } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Loaded } from '../prober/config/load.ts'
import type { Read } from '../prober/config/read-here.ts'
import { type ConfigStore, openConfigStore } from '../prober/config/reload.ts'
import { isSameTarget } from '../prober/config/same-target.ts'
import type { Config, Target } from '../prober/config/schema.ts'
import type { PathRow } from '../prober/metrics/path-table.ts'
import { createRuntime, type Runtime } from '../prober/metrics/runtime.ts'
import { createDiscovery } from '../prober/discovery/discovery.ts'
import { startPulse } from '../prober/net/pulse.ts'
import { createResolver, resolverAt } from '../prober/net/resolve.ts'
import { createTlsContexts } from '../prober/net/tls.ts'
import { disturbanceText } from '../prober/probes/disturbance.ts'
import { createProbe, type Probe } from '../prober/probes/probe.ts'
import type { Result } from '../prober/probes/result.ts'
import type { Run } from '../prober/probes/run.ts'
import { targetRequest } from '../prober/probes/target-request.ts'
import { type Clock, systemClock } from '../prober/schedule/clock.ts'
import { attemptTimeoutSeconds, beatOf } from '../prober/schedule/plan.ts'
import { createScheduler, type Scheduler, TARGETS_AT_ONCE } from '../prober/schedule/scheduler.ts'
import { isOfShard, type Shard } from '../prober/schedule/shard.ts'
import { type AppParts, createApp, createHttpServer } from '../prober/server/app.ts'
import { drain, listen, parseListenAddress } from '../prober/server/listen.ts'
import { createReadiness } from '../prober/server/readiness.ts'
import { createHistory } from '../prober/sinks/history.ts'
import { createLatest } from '../prober/sinks/latest.ts'
import { createLogger, createLogSink, type LogLevel } from '../prober/sinks/log.ts'
import { createPaths } from '../prober/sinks/paths.ts'
import { createTally } from '../prober/sinks/tally.ts'
import { icmpWarning } from './icmp-warning.ts'
import { createProberTelemetry } from './telemetry.ts'
import { ownVersion } from './version.ts'

export interface ProberOptions {
  readonly configFile: string
  /** In this process without it. */
  readonly read?: Read
  /** As Go takes them: `:9115`, `127.0.0.1:0`, `[::1]:9115`. */
  readonly listenAddresses: readonly string[]
  readonly timeoutOffsetSeconds: number
  readonly historyLimit: number
  /** Modules may take their proxy from it. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly onRun?: (target: Target, run: Run) => void
  /** A beat of the path is over, and judged. */
  readonly onPath?: (watched: PathRow) => void
  /** `/` or a path such as `/sonde`. */
  readonly routePrefix?: string
  readonly externalUrl?: string
  /** How often to look whether the configuration file has changed; never without it. */
  readonly autoReloadSeconds?: number
  /** Without one nothing is logged. */
  readonly logger?: Logger
  readonly probeLogLevel?: LogLevel
  /** Scheduled probes that run at the same time; 0: no limit. */
  readonly maxConcurrent?: number
  /** Of all targets, those of this shard; all of them without one. */
  readonly shard?: Shard
  /** Probes and requests that run when the prober is asked to stop get this long. */
  readonly graceSeconds?: number
}

export interface RunningProber extends AsyncDisposable {
  /** Bound addresses as URLs, in the order asked for. */
  readonly urls: readonly string[]
  reload(): Promise<Loaded>
}

/** `message`: one sentence for the person at the terminal, e.g. which flag changes a busy port. */
export type Started =
  | { readonly ok: true; readonly prober: RunningProber }
  | { readonly ok: false; readonly messages: readonly string[] }

/** Less than the 30 s that Kubernetes waits before it kills. */
const DEFAULT_GRACE_SECONDS = 10
/** Of the grace, and after it: what a collector has not taken by then is lost. */
const FLUSH_SHARE = 1 / 3

/** Each open connection takes a file descriptor; Linux gives a process 1024 unless told otherwise, Node.js raises that. */
export const DEFAULT_MAX_CONCURRENT = 1000

const SILENT = createLogger({ level: 'error', format: 'json', write: () => undefined })

export async function startProber(options: ProberOptions): Promise<Started> {
  const opened = await openConfigStore(options.configFile, options.environment, options.read)
  if (!opened.ok) return { ok: false, messages: opened.errors }
  const house = await createHouse(options, opened.store)
  const urls: string[] = []
  for (const text of options.listenAddresses) {
    const listening = await openAddress(house, text)
    if (listening.ok) urls.push(listening.url)
    else {
      await house[Symbol.asyncDispose]()
      return { ok: false, messages: [listening.message] }
    }
  }
  house.run()
  const stop = once(() => house[Symbol.asyncDispose]())
  return { ok: true, prober: { urls, reload: house.reload, [Symbol.asyncDispose]: stop } }
}

/** Everything that one prober is made of, and the order in which it goes away. */
interface House extends AsyncDisposable {
  /** A server for one more address. */
  openServer(): ReturnType<typeof createHttpServer>
  reload(): Promise<Loaded>
  run(): void
}

async function createHouse(options: ProberOptions, store: ConfigStore): Promise<House> {
  const { graceSeconds = DEFAULT_GRACE_SECONDS, autoReloadSeconds } = options
  const parts = await createParts(options, store)
  const { scheduler, runtime, logger, app } = parts
  const servers: ReturnType<typeof createHttpServer>[] = []
  const watches: Disposable[] = []
  return {
    openServer() {
      const server = createHttpServer(app)
      servers.push(server)
      return server
    },
    reload: parts.reload,
    run() {
      logWarnings(logger, store.current())
      parts.discovery.store.onChange(parts.schedule)
      store.onChange(parts.sendTo)
      parts.schedule(store.current())
      parts.discovery.start()
      if (autoReloadSeconds === undefined) return
      watches.push(store.watch(autoReloadSeconds, (loaded) => void logReload(logger, loaded)))
    },
    async [Symbol.asyncDispose]() {
      parts.readiness.end()
      for (const watch of watches) watch[Symbol.dispose]()
      await parts.discovery[Symbol.asyncDispose]()
      await Promise.all([scheduler.stop(graceSeconds), ...servers.map((server) => drain(server, graceSeconds))])
      store[Symbol.dispose]()
      await parts.telemetry.close(graceSeconds * FLUSH_SHARE)
      runtime[Symbol.dispose]()
      parts.pulse[Symbol.dispose]()
    },
  }
}

async function createParts(options: ProberOptions, store: ConfigStore) {
  const { logger = SILENT } = options
  const version = await ownVersion()
  const pulse = startPulse()
  const clock = systemClock(pulse)
  const sinks = createSinks(options, logger)
  const { latest, tally, paths } = sinks
  const tlsContexts = createTlsContexts()
  // The machine's trust store takes 70 ms to read: no probe should have to wait for that.
  for (const module of store.current().modules.values()) if ('tls' in module) await tlsContexts(module.tls)
  const { environment } = options
  const userAgent = `Sonde/${version}`
  const onBug = (error: unknown) => logBug(logger, error)
  const discovery = createDiscovery({ store, clock, logger, tlsContexts, environment, userAgent, onBug })
  const probe = createProbe({ resolve: createResolver(), resolverAt, tlsContexts, environment, userAgent, pulse })
  const runtime: Runtime = createRuntime({
    version,
    nowSeconds: clock.nowSeconds,
    reloadStatus: store.status,
    isReady: () => readiness.unready() === undefined,
    scheduledTargets: () => scheduler.targetCount(),
    missedRuns: () => scheduler.missedRuns(),
    queueLength: () => scheduler.queueLength(),
    quietTargets: () => scheduler.quietTargets(),
    discovery: discovery.status,
  })
  const telemetry = createProberTelemetry({
    ...{ logger, version, tlsContexts, runtime, latest, tally, paths, environment },
    nowSeconds: clock.nowSeconds,
  })
  const engine: Engine = { ...sinks, options, store: discovery.store, logger, clock, probe, runtime, telemetry }
  const scheduler = createProberScheduler(engine)
  const readiness = createReadiness(scheduler.trouble)
  const reload = async () => logReload(logger, await store.reload())
  const app = createProberApp(engine, { version, reload, unready: readiness.unready })
  const sendTo = ({ otlp }: Config) => void telemetry.configure(otlp).catch(onBug)
  // Before the first probe, so that its trace is not lost.
  await telemetry.configure(store.current().otlp)
  let schedules = 0
  const schedule = (config: Config) => {
    schedules += 1
    const own = schedules
    const isLatest = () => own === schedules
    void takeOver(config, options.shard, sinks, scheduler, isLatest).then(
      (isDone) => isDone && readiness.begin(),
      onBug,
    )
  }
  return { scheduler, schedule, sendTo, discovery, telemetry, runtime, logger, app, reload, readiness, pulse }
}

/** Who takes results. */
type Sinks = ReturnType<typeof createSinks>

function createSinks({ probeLogLevel = 'info', historyLimit }: ProberOptions, logger: Logger) {
  return {
    // As the scheduler compares: a job that outlived two quick reloads holds an older value that says the same.
    latest: createLatest(isSameTarget),
    tally: createTally(isSameTarget),
    paths: createPaths(isSameTarget),
    history: createHistory(historyLimit),
    logSink: createLogSink(logger, probeLogLevel),
  }
}

/** What the schedule and the server have in common. */
interface Engine extends Sinks {
  readonly options: ProberOptions
  readonly store: ConfigStore
  readonly logger: Logger
  readonly clock: Clock
  readonly probe: Probe
  readonly runtime: Runtime
  readonly telemetry: ReturnType<typeof createProberTelemetry>
}

function createProberScheduler(engine: Engine): Scheduler {
  const { options, store, logger, clock, probe, runtime, telemetry, latest, tally, paths, logSink } = engine
  return createScheduler({
    clock,
    async probe(target, signal) {
      const { name: instance, module } = target
      const result = await runtime.counted(module, () => scheduledProbe(store, probe, target, signal))
      telemetry.add({ module, instance, result })
      return result
    },
    onRun(target, run) {
      latest.add(target, run)
      tally.add(target, run)
      runtime.startedLate(run.lateSeconds)
      logSink(target.module, run.result, { instance: target.name, disturbance: run.disturbance })
      options.onRun?.(target, run)
      const watched = paths.add(target, run)
      if (watched !== undefined) options.onPath?.(watched)
    },
    onUndecided(target, run) {
      tally.addUndecided(target, run)
      runtime.startedLate(run.lateSeconds)
      logUndecided(logger, target, run)
    },
    onQuiet(target) {
      latest.forget(target)
      paths.forget(target)
    },
    onError: (target, error) => logBug(logger, error, { instance: target.name }),
    maxConcurrent: options.maxConcurrent ?? DEFAULT_MAX_CONCURRENT,
  })
}

function createProberApp(engine: Engine, more: Pick<AppParts, 'version' | 'reload' | 'unready'>) {
  const { options, store, logger, clock, probe, runtime, telemetry, latest, tally, paths, history, logSink } = engine
  return createApp({
    ...more,
    ...{ store, runtime, history, latest, tally, paths, probe },
    timeoutOffsetSeconds: options.timeoutOffsetSeconds,
    onResult(module, result) {
      logSink(module, result)
      telemetry.add({ module, result })
    },
    onBug: (error) => logBug(logger, error),
    nowSeconds: clock.wallSeconds,
    scheduleSeconds: clock.nowSeconds,
    routePrefix: options.routePrefix ?? '/',
    externalUrl: options.externalUrl,
  })
}

/**
 * The targets that this shard probes: the sinks forget all others, each in a turn of its own where there are thousands.
 * Resolves to whether it came to the end: a later configuration ends it.
 */
async function takeOver(
  config: Config,
  shard: Shard | undefined,
  { latest, tally, paths }: Sinks,
  scheduler: Scheduler,
  isLatest: () => boolean,
): Promise<boolean> {
  const isOurs = (name: string) => shard === undefined || isOfShard(name, shard)
  const targets = config.targets.filter((target) => isOurs(beatOf(target)))
  const isMany = targets.length > TARGETS_AT_ONCE
  for (const retain of [
    () => latest.retain(targets),
    () => tally.retain(targets),
    () => paths.retain(config.paths.filter(({ name }) => isOurs(name))),
  ]) {
    // Before each: the first follows the reading of the file, in the same round of the event loop.
    if (isMany) await setImmediate()
    if (!isLatest()) return false
    retain()
  }
  if (isMany) await setImmediate()
  if (!isLatest()) return false
  await scheduler.reconcile(targets)
  return isLatest()
}

function scheduledProbe(store: ConfigStore, probe: Probe, target: Target, signal: AbortSignal): Promise<Result> {
  const module = store.current().modules.get(target.module)
  // The schema refuses a file in which this could happen.
  if (module === undefined)
    throw new Error(`target ${target.name} names a module that does not exist: ${target.module}`)
  const timeoutSeconds = attemptTimeoutSeconds(module.timeoutSeconds, target)
  return probe({ ...targetRequest(target, module), timeoutSeconds }, signal)
}

function openAddress(house: House, text: string) {
  const parsed = parseListenAddress(text)
  if (!parsed.ok) return Promise.resolve({ ok: false, message: `${parsed.message} (--web.listen-address)` } as const)
  return listen(house.openServer(), parsed.address, '--web.listen-address, as in --web.listen-address=:9215')
}

function logReload(logger: Logger, loaded: Loaded): Loaded {
  if (loaded.ok) {
    logger.info('Reloaded config file')
    logWarnings(logger, loaded.config)
  } else for (const err of loaded.errors) logger.error({ err }, 'Error reloading config')
  return loaded
}

function logWarnings(logger: Logger, config: Config): void {
  for (const warning of config.warnings) logger.warn(warning)
  const icmp = icmpWarning(config)
  if (icmp !== undefined) logger.warn(icmp)
}

function logUndecided(logger: Logger, { name: instance, module }: Target, { result, disturbance }: Run): void {
  const fields = { instance, module, target: result.target }
  const held = disturbance === undefined ? '' : disturbanceText(disturbance)
  logger.warn({ ...fields, prober_overloaded: held }, 'Undecided: time ran out while the prober was held up')
}

function logBug(logger: Logger, error: unknown, fields: Readonly<Record<string, string>> = {}): void {
  const err = error instanceof Error ? (error.stack ?? error.message) : String(error)
  logger.error({ ...fields, err }, 'A bug of ours; please report it')
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
