/** `sonde serve`: the exporter, with blackbox_exporter's command line. */
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Parsed } from '../prober/config/parsed.ts'
import { readApart } from '../prober/config/reader.ts'
import { parseShard, type Shard } from '../prober/schedule/shard.ts'
import { createLogger, type LogFormat, type LogLevel } from '../prober/sinks/log.ts'
import { openLogOutput } from '../prober/sinks/log-output.ts'
import { type RunningProber, startProber } from './prober.ts'
import { parseServeFlags, type ServeFlags, serveHelp } from './serve-flags.ts'
import { aborted, type Host, type Terminal } from './terminal.ts'
import { ownVersion, versionText } from './version.ts'

const STANDARD_ERROR = 2

/** Runs until SIGTERM or SIGINT; resolves to the exit code. */
export async function serve(args: readonly string[], host: Host): Promise<number> {
  const { terminal } = host
  const parsed = parseServeFlags(args)
  if (!parsed.ok) return complain(terminal, [parsed.message])
  const { flags } = parsed
  if (flags.help.length > 0) return say(terminal, serveHelp())
  if (flags.version.length > 0) return say(terminal, `sonde, version ${await versionText()}\n`)
  const unbuilt = refusalOfUnbuilt(flags)
  if (unbuilt !== undefined) return complain(terminal, [unbuilt])
  const configFile = flags['config.file'].at(-1) ?? defaultConfigFile()
  if (flags['config.check'].length > 0) return check(configFile, host)
  const paths = routePaths(flags)
  if (!paths.ok) return complain(terminal, [paths.message])
  const shard = shardOf(flags)
  if (!shard.ok) return complain(terminal, [`--shard: ${shard.message}`])
  return run(flags, configFile, { ...paths, ...shard.value }, host)
}

async function run(
  flags: ServeFlags,
  configFile: string,
  paths: Omit<RoutePaths, 'ok'> & Sharding,
  host: Host,
): Promise<number> {
  // Before all else: whoever reads that we listen may send a signal at once.
  const interrupted = host.interrupted()
  await using output = openLogOutput(STANDARD_ERROR, {
    onError: host.onLogError,
    onDropped: (lines) => logger.warn({ lines }, 'Log lines left out: nobody read those before in time'),
  })
  const logger = createLogger({
    level: last(flags, 'log.level') as LogLevel,
    format: last(flags, 'log.format') as LogFormat,
    write: output.write,
  })
  // It may come as soon as the file has been read: then it is meant for what runs later.
  const running = Promise.withResolvers<RunningProber>()
  using _ = host.onHangup(() => void running.promise.then((prober) => prober.reload()))
  const isAutoReload = flags['config.enable-auto-reload'].length > 0
  const started = await startProber({
    configFile,
    read: readApart,
    listenAddresses: flags['web.listen-address'],
    timeoutOffsetSeconds: Number(last(flags, 'timeout-offset')),
    environment: host.environment,
    historyLimit: Math.floor(Number(last(flags, 'history.limit'))),
    maxConcurrent: Math.floor(Number(last(flags, 'probes.max-concurrent'))),
    ...(paths.shard === undefined ? {} : { shard: paths.shard }),
    routePrefix: paths.routePrefix,
    ...(paths.externalUrl === undefined ? {} : { externalUrl: paths.externalUrl }),
    ...(isAutoReload ? { autoReloadSeconds: autoReloadSeconds(flags) } : {}),
    logger,
    probeLogLevel: last(flags, 'log.prober') as LogLevel,
  })
  if (!started.ok) return complain(host.terminal, started.messages)
  const { prober } = started
  running.resolve(prober)
  logger.info({ version: await ownVersion(), config: configFile }, 'Starting sonde')
  for (const address of prober.urls) logger.info({ address }, 'Listening on')
  await aborted(interrupted)
  logger.info({ signal: interrupted.reason }, 'Draining: no new probes')
  await prober[Symbol.asyncDispose]()
  return 0
}

/** A timer that is told to wait longer than 24.8 days does not wait at all. */
const LONGEST_RELOAD_SECONDS = 86_400

function autoReloadSeconds(flags: ServeFlags): number {
  return Math.min(LONGEST_RELOAD_SECONDS, Math.max(1, Number(last(flags, 'config.auto-reload-interval'))))
}

/** A drop-in finds the file where its predecessor had it. */
function defaultConfigFile(): string {
  return !existsSync('blackbox.yml') && existsSync('sonde.yml') ? 'sonde.yml' : 'blackbox.yml'
}

async function check(configFile: string, { terminal, environment }: Host): Promise<number> {
  const { loadConfig } = await import('../prober/config/load.ts')
  const loaded = await loadConfig(configFile, undefined, environment)
  const { warnings = [] } = loaded.ok ? loaded.config : loaded
  for (const warning of warnings) terminal.complain(`${warning} (warning)`)
  if (!loaded.ok) return complain(terminal, loaded.errors)
  return say(terminal, 'Config file is ok\n')
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

interface Sharding {
  readonly shard?: Shard
}

function shardOf(flags: ServeFlags): Parsed<Sharding> {
  const text = flags.shard.at(-1)
  if (text === undefined || text === '') return { ok: true, value: {} }
  const parsed = parseShard(text, hostname())
  return parsed.ok ? { ok: true, value: { shard: parsed.value } } : parsed
}

function last(flags: ServeFlags, name: keyof ServeFlags): string {
  return flags[name].at(-1) ?? ''
}

function say(terminal: Terminal, text: string): number {
  terminal.write(text)
  return 0
}

function complain(terminal: Terminal, messages: readonly string[]): number {
  for (const message of messages) terminal.complain(`sonde: ${message}`)
  return 1
}
