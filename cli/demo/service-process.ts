/** A pod: the real hello service as a child process, started, stopped and started again on the same port. */
import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LOOPBACK, type Opened, portRefused } from './loopback.ts'

const MAIN = fileURLToPath(new URL('../../service/main.ts', import.meta.url))
/** Telemetry and Express take half a second to load here; a busy machine may need many times that. */
const START_MS = 30_000
/** The service's own grace is shorter. */
const STOP_MS = 8_000
const KEPT_LINES = 20

export interface ServiceProcess extends AsyncDisposable {
  /** 0 before the first start. */
  readonly port: () => number
  /** Does nothing when it runs already. */
  start(): Promise<Opened<undefined>>
  stop(): Promise<void>
}

export interface ServiceOptions {
  readonly port: number
  readonly environment: Readonly<Record<string, string | undefined>>
  /** It ended although nobody asked it to; the message says how. */
  readonly onLost: (message: string) => void
}

interface Running {
  readonly child: ChildProcess
  readonly exited: Promise<string>
  isWanted: boolean
}

export function createServiceProcess({ port: asked, environment, onLost }: ServiceOptions): ServiceProcess {
  let port = 0
  let running: Running | undefined
  const stop = async () => {
    const current = running
    running = undefined
    if (current !== undefined) await end(current)
  }
  const start = async (): Promise<Opened<undefined>> => {
    if (running !== undefined) return { ok: true, value: undefined }
    const launched = launch(port || asked, environment)
    running = launched.running
    const ready = await launched.ready
    if (!ready.ok) {
      await stop()
      return ready
    }
    port = ready.value
    void launched.running.exited.then((how) => {
      if (!launched.running.isWanted) return
      running = undefined
      onLost(`the hello service ended by itself (${how})`)
    })
    return { ok: true, value: undefined }
  }
  // One after the other: a stop that came during a start would otherwise find nothing to stop.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
  return {
    port: () => port,
    start: () => inTurn(start),
    stop: () => inTurn(stop),
    [Symbol.asyncDispose]: () => inTurn(stop),
  }
}

function launch(port: number, environment: ServiceOptions['environment']) {
  const child = fork(MAIN, [], {
    // Its own group: Ctrl-C in the terminal is ours to hear, and we tell it. Should we be killed, its IPC channel closes.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...environment, ...serviceEnvironment(port) },
  })
  const kept: string[] = []
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`
      const complaint = kept.join('; ')
      resolve(complaint === '' ? how : `${how}: ${complaint}`)
    })
  })
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      kept.push(line)
      if (kept.length > KEPT_LINES) kept.shift()
    })
  }
  const running: Running = { child, exited, isWanted: true }
  return { running, ready: untilReady(running, port) }
}

/** The demo decides these; what else the environment says (OTEL_…) is the person's to say. */
function serviceEnvironment(port: number): Record<string, string> {
  return {
    PORT: String(port),
    HOST: LOOPBACK,
    LOG_LEVEL: 'info',
    SHUTDOWN_DRAIN_SECONDS: '0',
    SHUTDOWN_GRACE_SECONDS: '5',
  }
}

/** The log's first line says that it listens, and where. The rest is read too: a full pipe would stop the service. */
function untilReady({ child, exited }: Running, port: number): Promise<Opened<number>> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => refuse(`said nothing for ${START_MS / 1000} s`), START_MS)
    const settle = (opened: Opened<number>) => {
      clearTimeout(timer)
      resolve(opened)
    }
    const refuse = (how: string) => settle({ ok: false, message: startRefused(how, port) })
    void exited.then(refuse)
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      const bound = boundPort(line)
      if (bound !== undefined) settle({ ok: true, value: bound })
    })
  })
}

function boundPort(line: string): number | undefined {
  if (!line.includes('"listening"')) return undefined
  try {
    const bound: unknown = JSON.parse(line).port
    return typeof bound === 'number' ? bound : undefined
  } catch {
    return undefined
  }
}

function startRefused(how: string, port: number): string {
  if (/\bis taken on\b/.test(how)) return portRefused({ code: 'EADDRINUSE', message: how }, port, '--pod-port')
  return `the hello service did not start (${how})`
}

async function end(running: Running): Promise<void> {
  running.isWanted = false
  running.child.kill('SIGTERM')
  const force = setTimeout(() => running.child.kill('SIGKILL'), STOP_MS)
  await running.exited
  clearTimeout(force)
}
