/** `sonde serve`: the exporter, with blackbox_exporter's command line. */
import { existsSync } from 'node:fs'
import { loadConfig } from '../prober/config/load.ts'
import { createLogger, type LogFormat, type LogLevel } from '../prober/sinks/log.ts'
import { ownVersion, startProber } from './prober.ts'
import { parseServeFlags, type ServeFlags, serveHelp } from './serve-flags.ts'

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
  // Before the first line: whoever reads that we listen may send a signal at once.
  const ended = endAsked(() => void prober.reload())
  logger.info({ version: await ownVersion(), config: configFile }, 'Starting sonde')
  for (const address of prober.urls) logger.info({ address }, 'Listening on')
  const signal = await ended
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
