/** `sonde demo`, also `npm start`: a path to a service and a prober that watches it on this machine, to watch and to break. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { formatDuration, parseDuration } from '../prober/config/duration.ts'
import { readArguments } from './arguments.ts'
import { FAULTS, type Fault, startControl, tryLine } from './demo/control.ts'
import { startEdge, startRedirect } from './demo/edge.ts'
import { LOOPBACK, listenOnLoopback, type Opened } from './demo/loopback.ts'
import { startRelay } from './demo/relay.ts'
import { createServiceProcess, type ServiceProcess } from './demo/service-process.ts'
import { createView, type DemoView, type Introduction } from './demo/view.ts'
import { pathState, pathText } from '../prober/server/path-words.ts'
import { startProber } from './prober.ts'
import { aborted, type Host } from './terminal.ts'

const PORT_FLAGS = {
  port: 9115,
  'control-port': 9116,
  'service-port': 9117,
  'gateway-port': 9118,
  'pod-port': 9119,
  'edge-port': 9443,
  'redirect-port': 9080,
} as const
type PortFlag = keyof typeof PORT_FLAGS

const FLAGS = {
  port: { type: 'string' },
  'control-port': { type: 'string' },
  'service-port': { type: 'string' },
  'gateway-port': { type: 'string' },
  'pod-port': { type: 'string' },
  'edge-port': { type: 'string' },
  'redirect-port': { type: 'string' },
  interval: { type: 'string' },
} as const

const DEFAULT_INTERVAL_SECONDS = 2
/** Of a probe; shorter still when the next one starts earlier. */
const LONGEST_TIMEOUT_SECONDS = 5

interface Settings {
  readonly ports: Readonly<Record<PortFlag, number>>
  readonly intervalSeconds: number
}

/** Everything that runs, and what it is asked to stop by. */
interface Stage {
  readonly settings: Settings
  readonly host: Host
  readonly stack: AsyncDisposableStack
  readonly end: AbortController
}

export async function demo(args: readonly string[], host: Host): Promise<number> {
  const read = readSettings(args)
  if (!read.ok) return complain(host, [read.message])
  const hungUp = new AbortController()
  using _ = host.onHangup(() => hungUp.abort())
  const interrupted = AbortSignal.any([host.interrupted(), hungUp.signal])
  const end = new AbortController()
  const stop = AbortSignal.any([interrupted, end.signal])
  await using stack = new AsyncDisposableStack()
  const problems = await setUp({ settings: read.value, host, stack, end }, stop)
  if (problems.length > 0) {
    await stack.disposeAsync()
    return complain(host, problems)
  }
  await aborted(stop)
  await stack.disposeAsync()
  if (!interrupted.aborted) return complain(host, [String(end.signal.reason)])
  host.terminal.line('The demo has ended; nothing is left behind.')
  return 0
}

/** One after the other, each put on the stack at once: wherever it ends early, what stands is taken down again. */
async function setUp(stage: Stage, stop: AbortSignal): Promise<readonly string[]> {
  const { settings, stack } = stage
  const { ports } = settings
  const pod = createPod(stage)
  const service = await startRelay(ports['service-port'], '--service-port', pod.port)
  if (!service.ok) return [service.message]
  stack.use(service.value)
  const gateway = await startRelay(ports['gateway-port'], '--gateway-port', () => service.value.port)
  if (!gateway.ok) return [gateway.message]
  stack.use(gateway.value)
  const edge = await startEdge(ports['edge-port'], () => gateway.value.port)
  if (!edge.ok) return [edge.message]
  stack.use(edge.value)
  const redirect = await startRedirect(ports['redirect-port'], edge.value.port)
  if (!redirect.ok) return [redirect.message]
  stack.use(redirect.value)
  // Last, as it takes longest: a port that is taken is known at once.
  const started = await pod.start()
  if (!started.ok) return [started.message]
  const hops = { edge: edge.value, gateway: gateway.value, service: service.value, pod }
  const control = await startControl(ports['control-port'], hops)
  if (!control.ok) return [control.message]
  stack.use(control.value)
  if (stop.aborted) return []
  const addresses = {
    edge: `https://localhost:${edge.value.port}/`,
    gateway: `http://localhost:${gateway.value.port}/`,
    service: `http://localhost:${service.value.port}/`,
    pod: `http://localhost:${pod.port()}/`,
    redirect: `http://localhost:${redirect.value.port}/`,
  }
  const configFile = await writeConfig(stack, edge.value.authorityPem, addresses, settings.intervalSeconds)
  return startWatching(stage, configFile, addresses, control.value.port)
}

const HOPS = ['edge', 'gateway', 'service', 'pod'] as const
type Addresses = Readonly<Record<(typeof HOPS)[number] | 'redirect', string>>

function createPod({ settings, host, stack, end }: Stage): ServiceProcess {
  return stack.use(
    createServiceProcess({
      port: settings.ports['pod-port'],
      environment: host.environment,
      onLost: (message) => end.abort(`${message}; the demo stops`),
    }),
  )
}

async function startWatching(
  { settings, host, stack }: Stage,
  configFile: string,
  addresses: Addresses,
  controlPort: number,
): Promise<readonly string[]> {
  const taken = await refusalOf(settings.ports.port)
  if (taken !== undefined) return [taken]
  // Results may come before the page's address is known, and the view shows that first.
  const early: ((view: DemoView) => void)[] = []
  let view: DemoView | undefined
  const shown = (show: (view: DemoView) => void) => (view === undefined ? early.push(show) : show(view))
  const started = await startProber({
    configFile,
    listenAddresses: [`${LOOPBACK}:${settings.ports.port}`],
    timeoutOffsetSeconds: 0.5,
    historyLimit: 100,
    environment: host.environment,
    onRun: ({ name, hop }, { result }) => shown((view) => view.show(hop?.name ?? name, result)),
    onPath({ path, watch }) {
      const row = { name: path.name, state: pathState(watch.verdict()), text: pathText(watch) }
      shown((view) => view.showPath(row))
    },
  })
  if (!started.ok) return started.messages
  stack.use(started.prober)
  const page = started.prober.urls.map((url) => `${url.replace(LOOPBACK, 'localhost')}/`).join(' ')
  view = createView(host.terminal, introduction(page, addresses, controlPort), Object.keys(addresses))
  stack.use(view)
  for (const show of early) show(view)
  return []
}

/** The prober names `serve`'s flag for a busy port; here it has another. Asked first, and at once given back. */
async function refusalOf(port: number): Promise<string | undefined> {
  const trial = await listenOnLoopback(createServer(), port, '--port')
  if (!trial.ok) return trial.message
  await trial.value[Symbol.asyncDispose]()
  return undefined
}

function introduction(page: string, { edge, service }: Addresses, controlPort: number): Introduction {
  const tried = (fault: Fault) => [tryLine(controlPort, fault), FAULTS[fault]] as const
  return {
    places: [
      ['status page', page],
      ['the edge', edge],
      ['the service', service],
    ],
    tries: (['/expire', '/slow?hop=gateway&ms=300', '/break?hop=gateway', '/down', '/mend'] as const).map(tried),
  }
}

async function writeConfig(
  stack: AsyncDisposableStack,
  authorityPem: string,
  addresses: Addresses,
  intervalSeconds: number,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sonde-demo-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const authorityFile = join(folder, 'authority.pem')
  const configFile = join(folder, 'sonde.yml')
  await writeFile(authorityFile, authorityPem)
  await writeFile(configFile, configYaml(authorityFile, addresses, intervalSeconds))
  return configFile
}

export function configYaml(authorityFile: string, addresses: Addresses, intervalSeconds: number): string {
  const timeout = formatDuration(Math.min(intervalSeconds, LONGEST_TIMEOUT_SECONDS))
  const http = { preferred_ip_protocol: 'ip4', tls_config: { ca_file: authorityFile }, trace: { sample_ratio: 1 } }
  const common = { module: 'http_2xx', interval: formatDuration(intervalSeconds) }
  const [outermost, ...inner] = HOPS
  const hops = [{ name: outermost }, ...inner.map((name) => ({ name, address: addresses[name] }))]
  return stringify({
    modules: { http_2xx: { prober: 'http', timeout, http } },
    // Empty where the person names no collector: then nothing is sent. The service reads the same variable.
    telemetry: { otlp: { endpoint: `\${env:OTEL_EXPORTER_OTLP_ENDPOINT:-}` } },
    targets: [{ name: 'redirect', address: addresses.redirect, ...common }],
    paths: [{ name: 'hello', url: addresses[outermost], ...common, hops }],
    slo: [{ name: 'hello', targets: [`hello/${outermost}`] }],
    // Faster than one would want it of real services: whoever breaks something waits for the alert.
    monitoring: {
      prober_url: `http://localhost:${PORT_FLAGS.port}`,
      scrape_interval: '5s',
      alerts: { for: '10s', keep_firing_for: '30s' },
    },
  })
}

/** Of a demo without flags: what examples/prometheus/ is made from. */
export function usualConfigYaml(): string {
  const at = (scheme: string, flag: PortFlag) => `${scheme}://localhost:${PORT_FLAGS[flag]}/`
  const addresses = {
    edge: at('https', 'edge-port'),
    gateway: at('http', 'gateway-port'),
    service: at('http', 'service-port'),
    pod: at('http', 'pod-port'),
    redirect: at('http', 'redirect-port'),
  }
  return configYaml('authority.pem', addresses, DEFAULT_INTERVAL_SECONDS)
}

function readSettings(args: readonly string[]): Opened<Settings> {
  const read = readArguments(args, FLAGS)
  if (!read.ok) return read
  if (read.positionals.length > 0) return { ok: false, message: `unexpected ${JSON.stringify(read.positionals[0])}` }
  const ports: Record<PortFlag, number> = { ...PORT_FLAGS }
  for (const flag of Object.keys(PORT_FLAGS) as PortFlag[]) {
    const text = read.values[flag]
    if (text === undefined) continue
    if (!/^\d{1,5}$/.test(String(text)) || Number(text) > 65_535) {
      return {
        ok: false,
        message: `--${flag}: found ${JSON.stringify(text)}; write a port from 0 (any free one) to 65535`,
      }
    }
    ports[flag] = Number(text)
  }
  const interval = readInterval(read.values.interval)
  return interval.ok ? { ok: true, value: { ports, intervalSeconds: interval.value } } : interval
}

function readInterval(text: string | true | undefined): Opened<number> {
  if (text === undefined) return { ok: true, value: DEFAULT_INTERVAL_SECONDS }
  const parsed = parseDuration(String(text))
  if (!parsed.ok) return { ok: false, message: `--interval: ${parsed.message}` }
  const isRight = parsed.value >= 1 && parsed.value <= 3600
  return isRight ? parsed : { ok: false, message: `--interval: found ${text}; write one from 1s to 1h` }
}

function complain(host: Host, messages: readonly string[]): number {
  for (const message of messages) host.terminal.complain(`sonde demo: ${message}`)
  return 1
}
