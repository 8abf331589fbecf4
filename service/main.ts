/** The hello service: `node service/main.ts`, told everything by its environment (see settings.ts). */
import { createServer } from 'node:http'
import { type Logger, pino } from 'pino'
import { createApp } from './app.ts'
import { drain, KEEP_ALIVE_MS, listen, REQUEST_MS } from './listening.ts'
import { createReadiness } from './readiness.ts'
import { readSettings, type Settings } from './settings.ts'
import { startTelemetry, type Telemetry } from './telemetry.ts'

/** Of the 30 s that Kubernetes gives, drain and grace take 25. */
const FLUSH_MS = 3000

const read = readSettings(process.env)
if (read.ok) await run(read.settings)
else refuse(read.errors)

async function run(settings: Settings): Promise<void> {
  const logger = createLogger(settings)
  const telemetry = startTelemetry(settings, process.env)
  const readiness = createReadiness()
  const app = createApp({ settings, telemetry, logger, readiness })
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_MS }, app)
  const hurry = new AbortController()
  // Heard from here on: whoever reads that we listen may send a signal at once.
  const signalled = firstSignal(() => hurry.abort())
  const bound = await listen(server, settings)
  if (!bound.ok) return refuse([bound.message])
  logger.info({ address: bound.address, port: bound.port, pid: process.pid }, 'listening')
  const signal = await signalled
  logger.info({ signal }, 'shutting down')
  // A person at the terminal has no load balancer to wait for.
  const drainSeconds = signal === 'SIGTERM' ? settings.drainSeconds : 0
  const isClean = await drain(server, readiness, { ...settings, drainSeconds }, hurry.signal)
  if (!isClean) logger.warn('connections were cut: raise SHUTDOWN_GRACE_SECONDS if their requests deserved more time')
  const loss = await flush(telemetry, hurry.signal)
  if (loss !== undefined) logger.warn({ err: loss }, 'the last spans were lost: is the collector there?')
  logger.info('stopped')
  // What is still being sent would hold the process for its own timeout.
  if (loss !== undefined) process.exit()
}

/** A collector that is gone neither holds the end up nor makes a failure of it. Resolves to what went wrong. */
function flush(telemetry: Telemetry, hurry: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const giveUp = () => resolve('not sent in time')
    const timer = setTimeout(giveUp, hurry.aborted ? 0 : FLUSH_MS)
    hurry.addEventListener('abort', giveUp, { once: true })
    telemetry
      .shutdown()
      .then(
        () => resolve(undefined),
        (error: unknown) => resolve(String(error)),
      )
      .finally(() => clearTimeout(timer))
  })
}

function createLogger({ logLevel, version }: Settings): Logger {
  const logger = pino({
    level: logLevel,
    base: { service: 'hello', version },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  })
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'a bug: the service stops')
    process.exit(1)
  })
  return logger
}

/** SIGTERM from Kubernetes, SIGINT from a person, `disconnect` when a parent with an IPC channel is gone. */
function firstSignal(onSecond: () => void): Promise<string> {
  return new Promise((resolve) => {
    let isFirst = true
    const on = (name: string) => {
      if (isFirst) resolve(name)
      else onSecond()
      isFirst = false
    }
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, on)
    if (process.connected) process.once('disconnect', () => on('disconnect'))
    // A listener for it makes the channel keep the process alive, which then could not end by itself.
    process.channel?.unref()
  })
}

function refuse(errors: readonly string[]): void {
  process.stderr.write(errors.map((error) => `service: ${error}\n`).join(''))
  process.exitCode = 1
}
