/** Both probers as real processes with the same configuration, and the servers that they probe. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Pool } from 'undici'
import { findProgram, freePort, type RunningProgram, startProgram } from '../test/programs.ts'

const ROOT = join(import.meta.dirname, '..')
/** USER_HZ: /proc counts CPU time in hundredths of a second on every Linux that Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100

export interface Contender {
  readonly pid: number
  readonly port: number
  readonly pool: Pool
}

export interface Ground extends AsyncDisposable {
  readonly blackbox: Contender
  readonly sonde: Contender
  readonly questions: Readonly<Record<Kind, Question>>
}

/** What is probed; each has a module of its name. */
export const KINDS = ['http', 'https', 'tcp', 'dns', 'grpc'] as const
export type Kind = (typeof KINDS)[number]

/** What docs/operations.md advises for hundreds of probes a second. */
const FOR_HUNDREDS = ['--min-semi-space-size=64', '--max-semi-space-size=64']

export async function prepareGround(nodeFlags: readonly string[] = FOR_HUNDREDS): Promise<Ground> {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'sonde-bench-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const started = async (...args: Parameters<typeof startProgram>) => stack.use(await startProgram(...args))
  const servers = await started(process.execPath, [join(import.meta.dirname, 'target-server.ts')], { ready: /\}\n/ })
  const { caPem, ports } = JSON.parse(servers.output()) as { caPem: string; ports: Record<Kind, number> }
  await writeFile(join(folder, 'ca.pem'), caPem)
  const config = join(folder, 'blackbox.yml')
  await writeFile(config, modules(join(folder, 'ca.pem')))
  const blackboxProgram = findProgram('blackbox_exporter')
  if (blackboxProgram === undefined)
    throw new Error('blackbox_exporter is not in PATH; see CONTRIBUTING.md, "Benchmarks"')
  const blackboxPort = await freePort()
  const blackbox = await started(
    blackboxProgram,
    [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${blackboxPort}`],
    { ready: /Listening on/ },
  )
  const sonde = await started(
    process.execPath,
    [...nodeFlags, join(ROOT, 'cli/sonde.js'), `--config.file=${config}`, '--web.listen-address=127.0.0.1:0'],
    { ready: /127\.0\.0\.1:\d+/ },
  )
  const sondePort = Number(/127\.0\.0\.1:(\d+)/.exec(sonde.output())?.[1])
  const contender = (program: RunningProgram, port: number): Contender => {
    const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 64, pipelining: 1 })
    stack.defer(() => pool.close())
    return { pid: program.pid, port, pool }
  }
  return {
    blackbox: contender(blackbox, blackboxPort),
    sonde: contender(sonde, sondePort),
    questions: {
      http: { module: 'http', target: `http://127.0.0.1:${ports.http}/ok` },
      https: { module: 'https', target: `https://127.0.0.1:${ports.https}/ok` },
      tcp: { module: 'tcp', target: `127.0.0.1:${ports.tcp}` },
      dns: { module: 'dns', target: `127.0.0.1:${ports.dns}` },
      grpc: { module: 'grpc', target: `127.0.0.1:${ports.grpc}` },
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function modules(caFile: string): string {
  return `modules:
  http: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4 } }
  https: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, tls_config: { ca_file: ${caFile} } } }
  tcp: { prober: tcp, timeout: 5s, tcp: { preferred_ip_protocol: ip4 } }
  dns: { prober: dns, timeout: 5s, dns: { preferred_ip_protocol: ip4, query_name: www.example.org, query_type: A } }
  grpc: { prober: grpc, timeout: 5s, grpc: { preferred_ip_protocol: ip4 } }
  black_hole: { prober: tcp, timeout: 1s, tcp: { preferred_ip_protocol: ip4 } }
`
}

export const CLIENTS = ['prometheus', 'plain'] as const
export type Client = (typeof CLIENTS)[number]

/** `prometheus`: what Prometheus 3.5 sends with each scrape. `plain`: nothing, so that nobody compresses. */
const HEADERS: Readonly<Record<Client, Readonly<Record<string, string>>>> = {
  prometheus: {
    accept:
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'accept-encoding': 'gzip',
    'user-agent': 'Prometheus/3.5.3',
    'x-prometheus-scrape-timeout-seconds': '10',
  },
  plain: {},
}

export interface Question {
  readonly module: string
  readonly target: string
  readonly client?: Client
}

export async function probe({ pool }: Contender, { module, target, client = 'prometheus' }: Question): Promise<string> {
  const path = `/probe?module=${module}&target=${encodeURIComponent(target)}`
  const { statusCode, headers, body } = await pool.request({ method: 'GET', path, headers: HEADERS[client] })
  const bytes = Buffer.from(await body.arrayBuffer())
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString()
  if (statusCode !== 200 || !text.includes('\nprobe_success 1\n'))
    throw new Error(`the probe failed (${statusCode}):\n${text}`)
  return text
}

/** CPU seconds, user and system, of all threads since the process started (fields 14 and 15 of /proc/PID/stat). */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
