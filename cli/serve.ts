/** `sonde serve`: the exporter. `startProber` is what it shares with the demo. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import { type Loaded, loadConfig } from '../prober/config/load.ts'
import { type ConfigStore, openConfigStore } from '../prober/config/reload.ts'
import type { Config, Target } from '../prober/config/schema.ts'
import { createRuntime, type Runtime } from '../prober/metrics/runtime.ts'
import { createResolver } from '../prober/net/resolve.ts'
import { createTlsContexts } from '../prober/net/tls.ts'
import { createProbe, type Probe } from '../prober/probes/probe.ts'
import type { Result } from '../prober/probes/result.ts'
import { systemClock } from '../prober/schedule/clock.ts'
import { runTimeoutSeconds } from '../prober/schedule/plan.ts'
import { createScheduler, isSameTarget, type Scheduler } from '../prober/schedule/scheduler.ts'
import { createApp, createHttpServer } from '../prober/server/app.ts'
import { drain, listen, parseListenAddress } from '../prober/server/listen.ts'
import { createHistory } from '../prober/sinks/history.ts'
import { createLatest, type Latest } from '../prober/sinks/latest.ts'
import { createLogger, createLogSink, type LogFormat, type LogLevel } from '../prober/sinks/log.ts'
import { parseServeFlags, type ServeFlags, serveHelp } from './serve-flags.ts'

export interface ProberOptions {
  readonly configFile: string
  /** As Go takes them: `:9115`, `127.0.0.1:0`, `[::1]:9115`. */
  readonly listenAddresses: readonly string[]
  readonly timeoutOffsetSeconds: number
  readonly historyLimit: number
  readonly onResult?: (target: Target, result: Result) => void
  /** `/` or a path such as `/sonde`. */
  readonly routePrefix?: string
  readonly externalUrl?: string
  /** How often to look whether the configuration file has changed; never without it. */
  readonly autoReloadSeconds?: number
  /** Without one nothing is logged. */
  readonly logger?: Logger
  readonly probeLogLevel?: LogLevel
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

const SILENT = createLogger({ level: 'error', format: 'json', write: () => undefined })

export async function startProber(options: ProberOptions): Promise<Started> {
  const opened = await openConfigStore(options.configFile)
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
  const { logger = SILENT, graceSeconds = DEFAULT_GRACE_SECONDS } = options
  const clock = systemClock()
  const latest = createLatest(isSameTarget)
  const probe = createProbe({ resolve: createResolver(), tlsContexts: createTlsContexts(), environment: process.env })
  const logSink = createLogSink(logger, options.probeLogLevel ?? 'info')
  const runtime: Runtime = createRuntime({
    version: await ownVersion(),
    nowSeconds: clock.nowSeconds,
    reloadStatus: store.status,
    scheduledTargets: () => scheduler.targetCount(),
    missedRuns: () => scheduler.missedRuns(),
  })
  const scheduler: Scheduler = createScheduler({
    clock,
    probe: (target, signal) => runtime.counted(target.module, () => scheduledProbe(store, probe, target, signal)),
    onResult(target, result) {
      latest.add(target, result)
      logSink(target.module, result)
      options.onResult?.(target, result)
    },
    onError: (target, error) =>
      logger.error({ target: target.name, err: errorText(error) }, 'Probe broke: a bug of ours'),
  })
  const reload = async () => logReload(logger, await store.reload())
  let isReady = true
  const app = createApp({
    version: await ownVersion(),
    store,
    runtime,
    history: createHistory(options.historyLimit),
    latest,
    timeoutOffsetSeconds: options.timeoutOffsetSeconds,
    probe,
    onResult: logSink,
    reload,
    onBug: (error) => logger.error({ err: errorText(error) }, 'Request broke: a bug of ours'),
    isReady: () => isReady,
    nowSeconds: clock.nowSeconds,
    routePrefix: options.routePrefix ?? '/',
    externalUrl: options.externalUrl,
  })
  const servers: ReturnType<typeof createHttpServer>[] = []
  const watches: Disposable[] = []
  return {
    openServer() {
      const server = createHttpServer(app)
      servers.push(server)
      return server
    },
    reload,
    run() {
      store.onChange((config) => schedule(config, scheduler, latest))
      schedule(store.current(), scheduler, latest)
      const { autoReloadSeconds } = options
      if (autoReloadSeconds === undefined) return
      watches.push(store.watch(autoReloadSeconds, (loaded) => void logReload(logger, loaded)))
    },
    async [Symbol.asyncDispose]() {
      isReady = false
      for (const watch of watches) watch[Symbol.dispose]()
      await Promise.all([scheduler.stop(graceSeconds), ...servers.map((server) => drain(server, graceSeconds))])
      runtime[Symbol.dispose]()
    },
  }
}

function schedule({ targets }: Config, scheduler: Scheduler, latest: Latest): void {
  latest.retain(targets)
  scheduler.reconcile(targets)
}

function scheduledProbe(store: ConfigStore, probe: Probe, target: Target, signal: AbortSignal): Promise<Result> {
  const module = store.current().modules.get(target.module)
  // The schema refuses a file in which this could happen.
  if (module === undefined)
    throw new Error(`target ${target.name} names a module that does not exist: ${target.module}`)
  const timeoutSeconds = runTimeoutSeconds(module.timeoutSeconds, target.intervalSeconds)
  return probe({ target: target.address, module, timeoutSeconds }, signal)
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

function logWarnings(logger: Logger, { warnings }: Config): void {
  for (const warning of warnings) logger.warn(warning)
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

async function ownVersion(): Promise<string> {
  return JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')).version
}

/** Runs until SIGTERM or SIGINT; resolves to the exit code. */
export async function serve(args: readonly string[]): Promise<number> {
  const parsed = parseServeFlags(args)
  if (!parsed.ok) return refuse([parsed.message])
  const { flags } = parsed
  if (flags.help.length > 0) return say(serveHelp())
  if (flags.version.length > 0) return say(`sonde, version ${await ownVersion()} (Node.js ${process.versions.node})\n`)
  const unbuilt = refusalOfUnbuilt(flags)
  if (unbuilt !== undefined) return refuse([unbuilt])
  const configFile = flags['config.file'].at(-1) ?? defaultConfigFile()
  if (flags['config.check'].length > 0) return check(configFile)
  const paths = routePaths(flags)
  return paths.ok ? run(flags, configFile, paths) : refuse([paths.message])
}

async function run(flags: ServeFlags, configFile: string, paths: RoutePaths): Promise<number> {
  const logger = createLogger({
    level: last(flags, 'log.level') as LogLevel,
    format: last(flags, 'log.format') as LogFormat,
    write: (text) => void process.stderr.write(text),
  })
  const isAutoReload = flags['config.enable-auto-reload'].length > 0
  const started = await startProber({
    configFile,
    listenAddresses: flags['web.listen-address'],
    timeoutOffsetSeconds: Number(last(flags, 'timeout-offset')),
    historyLimit: Math.floor(Number(last(flags, 'history.limit'))),
    routePrefix: paths.routePrefix,
    ...(paths.externalUrl === undefined ? {} : { externalUrl: paths.externalUrl }),
    ...(isAutoReload ? { autoReloadSeconds: Math.max(1, Number(last(flags, 'config.auto-reload-interval'))) } : {}),
    logger,
    probeLogLevel: last(flags, 'log.prober') as LogLevel,
  })
  if (!started.ok) return refuse(started.messages)
  const { prober } = started
  logger.info({ version: await ownVersion(), config: configFile }, 'Starting sonde')
  for (const address of prober.urls) logger.info({ address }, 'Listening on')
  const signal = await endAsked(() => void prober.reload())
  logger.info({ signal }, 'Draining: no new probes')
  await prober[Symbol.asyncDispose]()
  return 0
}

function endAsked(onReload: () => void): Promise<NodeJS.Signals> {
  process.on('SIGHUP', onReload)
  return new Promise((resolve) => {
    const onEnd = (signal: NodeJS.Signals) => {
      process.off('SIGHUP', onReload)
      resolve(signal)
    }
    process.once('SIGTERM', onEnd)
    process.once('SIGINT', onEnd)
  })
}

/** A drop-in finds the file where its predecessor had it. */
function defaultConfigFile(): string {
  return !existsSync('blackbox.yml') && existsSync('sonde.yml') ? 'sonde.yml' : 'blackbox.yml'
}

async function check(configFile: string): Promise<number> {
  const loaded = await loadConfig(configFile)
  if (!loaded.ok) return refuse(loaded.errors)
  for (const warning of loaded.config.warnings) process.stderr.write(`${warning}\n`)
  return say('Config file is ok\n')
}

function refusalOfUnbuilt(flags: ServeFlags): string | undefined {
  // A drop-in's command line may name an empty file: that asks for nothing.
  if (flags['web.config.file'].some((file) => file !== '')) {
    return '--web.config.file is not built yet: remove it, and let a reverse proxy in front do TLS and passwords'
  }
  if (flags['web.systemd-socket'].length > 0) return '--web.systemd-socket is not built yet: use --web.listen-address'
  return undefined
}

interface RoutePaths {
  readonly ok: true
  readonly routePrefix: string
  readonly externalUrl: string | undefined
}

function routePaths(flags: ServeFlags): RoutePaths | { readonly ok: false; readonly message: string } {
  const external = flags['web.external-url'].at(-1) ?? ''
  const url = external === '' ? undefined : URL.parse(external)
  if (url === null || (url !== undefined && !/^https?:$/.test(url.protocol))) {
    return { ok: false, message: `--web.external-url: ${JSON.stringify(external)} is no http or https URL` }
  }
  const prefix = flags['web.route-prefix'].at(-1) ?? url?.pathname ?? '/'
  return { ok: true, routePrefix: `/${prefix.replace(/^\/+|\/+$/g, '')}`, externalUrl: url?.href }
}

function last(flags: ServeFlags, name: keyof ServeFlags): string {
  return flags[name].at(-1) ?? ''
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}

function refuse(messages: readonly string[]): number {
  for (const message of messages) process.stderr.write(`sonde: ${message}\n`)
  return 1
}
