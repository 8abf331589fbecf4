/** A small world that every dashboard has something to show of: services, a path, Sonde, and the real Prometheus. */
import { writeFile } from 'node:fs/promises'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createAuthority } from '../../../cli/demo/authority.ts'
import { ruleGroups } from '../../../monitoring/rules.ts'
import { loadConfig } from '../../../prober/config/load.ts'
import { makeFolder } from '../../parity/side-by-side.ts'
import { startProgram } from '../../programs.ts'
import { serveHttp, type TestServer } from '../../servers/http.ts'
import { startSonde } from '../../servers/sonde.ts'
import { startPrometheus } from '../prometheus-programs.ts'
import type { Chosen } from './questions.ts'

export interface Stage extends AsyncDisposable {
  readonly prometheusUrl: string
  /** From the next answer on: `slow` and failing at the edge, as a bad release would be. */
  disturb(isDisturbed: boolean): void
}

/** Where there is no All. */
export const CHOSEN: Readonly<Record<string, Chosen>> = {
  'sonde-prober': { job: 'sonde' },
  'sonde-hello': { job: 'hello' },
}

/** Sonde asks, and Prometheus reads, this often: a minute here is half an hour elsewhere. */
const INTERVAL = '1s'
const SLOW_MS = 120
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning']

export async function startStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await makeFolder())
  const service = stack.use(await startService())
  const state = { isDisturbed: false }
  const authority = await createAuthority()
  const identity = await authority.issue({ subject: 'CN=localhost', dnsNames: ['localhost'], ips: ['127.0.0.1'] })
  const edge = stack.use(await serveHttp(forward(service.port, state), { identity }))
  const flaky = stack.use(await serveHttp(everyFifthFails()))
  const config = configOf({ edge, flaky, servicePort: service.port, authorityFile: join(folder.path, 'ca.pem') })
  const configFile = join(folder.path, 'sonde.yml')
  await writeFile(join(folder.path, 'ca.pem'), authority.certPem)
  await writeFile(configFile, stringify(config))
  const sonde = stack.use(await startSonde(configFile, { timeoutOffsetSeconds: 0.1 }))
  await writeFile(join(folder.path, 'rules.yml'), await rules(configFile))
  const scrape = scrapes(new URL(sonde.urls[0] ?? '').host, service.port, edge.port)
  await writeFile(join(folder.path, 'prometheus.yml'), stringify(scrape))
  const prometheus = stack.use(await startPrometheus(folder.path, join(folder.path, 'prometheus.yml')))
  const owned = stack.move()
  return {
    prometheusUrl: `http://127.0.0.1:${prometheus.port}`,
    disturb(isDisturbed) {
      state.isDisturbed = isDisturbed
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function startService() {
  const program = await startProgram(process.execPath, [...NODE_FLAGS, 'service/main.ts'], {
    ready: /"msg":"listening"/,
    cwd: join(import.meta.dirname, '../../..'),
    env: { PORT: '0', HOST: '127.0.0.1' },
  })
  const port = Number(/"port":(\d+)/.exec(program.output())?.[1])
  return { port, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() }
}

/** A stand-in for an ingress. */
function forward(port: number, state: { readonly isDisturbed: boolean }) {
  return (incoming: IncomingMessage, response: ServerResponse) => {
    const { method, url, headers } = incoming
    const ask = () =>
      request({ port, host: '127.0.0.1', method, path: url, headers, agent: false }, (answer) => {
        response.writeHead(state.isDisturbed ? 502 : (answer.statusCode ?? 502), answer.headers)
        answer.pipe(response)
      })
        .on('error', () => response.destroy())
        .end()
    setTimeout(ask, state.isDisturbed ? SLOW_MS : 0)
  }
}

function everyFifthFails() {
  let asked = 0
  return (_request: IncomingMessage, response: ServerResponse) => {
    asked += 1
    response.writeHead(asked % 5 === 0 ? 503 : 200).end('now and then')
  }
}

interface Places {
  readonly edge: TestServer
  readonly flaky: TestServer
  readonly servicePort: number
  readonly authorityFile: string
}

function configOf({ edge, flaky, servicePort, authorityFile }: Places) {
  const address = `https://localhost:${edge.port}/`
  const http = { preferred_ip_protocol: 'ip4', tls_config: { ca_file: authorityFile }, trace: { sample_ratio: 1 } }
  const target = (name: string, at: string) => ({ name, address: at, module: 'web', interval: INTERVAL })
  return {
    modules: { web: { prober: 'http', timeout: '800ms', http }, port: { prober: 'tcp', timeout: '800ms' } },
    targets: [
      target('shop', address),
      { ...target('flaky', flaky.url), retry: { attempts: 1, pause: '10ms' } },
      target('gone', 'http://127.0.0.1:1/'),
      { ...target('database', `127.0.0.1:${flaky.port}`), module: 'port' },
    ],
    paths: [
      {
        name: 'hello',
        url: address,
        module: 'web',
        interval: INTERVAL,
        hops: [{ name: 'edge' }, { name: 'service', address: `http://127.0.0.1:${servicePort}` }],
      },
    ],
    slo: [
      { name: 'shop', objective: 99, targets: ['shop'] },
      { name: 'all', objective: 60 },
    ],
    monitoring: { scrape_interval: INTERVAL, alerts: { for: '2s' } },
  }
}

async function rules(configFile: string): Promise<string> {
  const loaded = await loadConfig(configFile)
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return stringify({ groups: ruleGroups(loaded.config) })
}

/** Scheduled targets by `/metrics`, the same edge pulled by `/probe`, and the service. */
function scrapes(sonde: string, servicePort: number, edgePort: number) {
  return {
    global: { scrape_interval: INTERVAL, scrape_timeout: INTERVAL, evaluation_interval: INTERVAL },
    rule_files: ['rules.yml'],
    scrape_configs: [
      {
        job_name: 'sonde',
        honor_labels: true,
        scrape_protocols: ['OpenMetricsText1.0.0'],
        static_configs: [{ targets: [sonde] }],
      },
      {
        job_name: 'pulled',
        metrics_path: '/probe',
        params: { module: ['web'], target: [`https://localhost:${edgePort}/`] },
        static_configs: [{ targets: [sonde] }],
        relabel_configs: [{ target_label: 'instance', replacement: 'shop pulled' }],
      },
      { job_name: 'hello', static_configs: [{ targets: [`127.0.0.1:${servicePort}`] }] },
    ],
  }
}
