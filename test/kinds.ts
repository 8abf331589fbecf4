/** Every kind of probe in a row of its own: how its modules and targets are written, its servers, and what it owes. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { WebSocketServer } from 'ws'
import { createAuthority, type Identity } from '../cli/demo/authority.ts'
import type { ProbeMetricName } from '../prober/metrics/catalogue.ts'
import type { Phase } from '../prober/net/outcome.ts'
import type { Prober } from '../prober/probes/result.ts'
import { daysFromNow } from './certificates.ts'
import { serveDns, zone } from './servers/dns.ts'
import { type Behaviour, serveRaw, silent } from './servers/hostile.ts'
import { answer, listening, serveHttp } from './servers/http.ts'

/** Where a server is: a port on 127.0.0.1, or a path. */
export interface Place extends AsyncDisposable {
  readonly at: number | string
  /** undefined: this server does not count. */
  readonly openConnections?: () => number
}

export type Block = Readonly<Record<string, unknown>>

/** What a module of this kind looks like in a file. */
interface Modules {
  readonly plain: Block
  /** Waits for an answer after the connection stands: what a silent server is asked. */
  readonly asking: Block
  readonly tls: (options: Block) => Block
}

/** Reason by phase in which a server can be silent. */
type Silence = Partial<Record<Phase, string>>

/** What a kind cannot do, and why; a test of it is then not declared. */
type Capability = 'name' | 'connect' | 'refusal' | 'tls' | 'silence'

export interface Kind {
  readonly prober: Prober
  readonly modules: Modules
  readonly target: (at: Place['at'], overTls: boolean) => string
  readonly healthy: () => Promise<Place>
  /** Of a server that takes the connection and then says nothing. */
  readonly waits: Phase
  readonly silence: Silence
  /** Of a server that resets the connection once it was asked. */
  readonly reset: string
  /** Names beside those that every probe has: always; with a success only. */
  readonly always: readonly ProbeMetricName[]
  readonly onSuccess?: readonly ProbeMetricName[]
  readonly alpn?: readonly string[]
  readonly lacks: Partial<Record<Capability, string>>
}

const authority = await createAuthority()
export const NAME = 'a.test'
export const TRUSTING = { ca: authority.certPem, server_name: NAME }
export const identity = await authority.issue({ subject: `CN=${NAME}`, dnsNames: [NAME] })
export const expired = await authority.issue({
  subject: `CN=${NAME}`,
  dnsNames: [NAME],
  notBefore: daysFromNow(-30),
  notAfter: daysFromNow(-1),
})

const EXPECT = [{ send: 'hello' }, { expect: 'never' }]
const hostPort = (at: Place['at']) => `127.0.0.1:${at}`

export const KINDS: readonly Kind[] = [
  {
    prober: 'http',
    modules: { plain: {}, asking: {}, tls: (tls_config) => ({ tls_config }) },
    target: (at, overTls) => `${overTls ? 'https' : 'http'}://${hostPort(at)}/`,
    healthy: () => placed(serveHttp(answer(200, 'hello'))),
    waits: 'processing',
    silence: { tls: 'tls_timeout', processing: 'response_timeout' },
    reset: 'processing response_reset',
    always: [
      'probe_http_duration_seconds',
      'probe_http_status_code',
      'probe_http_content_length',
      'probe_http_uncompressed_body_length',
      'probe_http_redirects',
      'probe_http_ssl',
      'probe_http_version',
      'probe_failed_due_to_regex',
    ],
    lacks: {},
  },
  {
    prober: 'tcp',
    modules: {
      plain: {},
      asking: { query_response: EXPECT },
      tls: (tls_config) => ({ tls: true, tls_config, query_response: EXPECT }),
    },
    target: hostPort,
    healthy: () => placed(serveRaw(silent)),
    waits: 'dialogue',
    silence: { tls: 'tls_timeout', dialogue: 'dialogue_timeout' },
    reset: 'dialogue dialogue_reset',
    always: ['probe_tcp_duration_seconds'],
    onSuccess: ['probe_failed_due_to_regex', 'probe_failed_due_to_bytes'],
    lacks: {},
  },
  {
    prober: 'unix',
    modules: {
      plain: {},
      asking: { query_response: EXPECT },
      tls: (tls_config) => ({ tls: true, tls_config, query_response: EXPECT }),
    },
    target: (at) => `${at}`,
    healthy: () => serveUnix(silent),
    waits: 'dialogue',
    silence: { tls: 'tls_timeout', dialogue: 'dialogue_timeout' },
    reset: 'dialogue dialogue_reset',
    always: ['probe_unix_duration_seconds'],
    onSuccess: ['probe_failed_due_to_regex', 'probe_failed_due_to_bytes'],
    lacks: {
      name: 'a path is not looked up',
      connect: 'the kernel connects at once, or says that the queue is full',
    },
  },
  {
    prober: 'dns',
    modules: {
      plain: { query_name: NAME, transport_protocol: 'tcp' },
      asking: { query_name: NAME, transport_protocol: 'tcp' },
      tls: (tls_config) => ({ query_name: NAME, transport_protocol: 'tcp', dns_over_tls: true, tls_config }),
    },
    target: hostPort,
    healthy: () => placed(serveDns(zone({ [NAME]: ['192.0.2.1'] }))),
    waits: 'processing',
    silence: { tls: 'tls_timeout', processing: 'response_timeout' },
    reset: 'processing response_reset',
    always: [
      'probe_dns_duration_seconds',
      'probe_dns_answer_rrs',
      'probe_dns_authority_rrs',
      'probe_dns_additional_rrs',
      'probe_dns_query_succeeded',
      'probe_dns_query_info',
    ],
    onSuccess: ['probe_dns_authenticated'],
    lacks: {},
  },
  {
    prober: 'icmp',
    modules: { plain: {}, asking: { packet_count: 100, packet_interval: '1h' }, tls: () => ({}) },
    target: () => '127.0.0.1',
    healthy: () => Promise.resolve({ at: 'the kernel', [Symbol.asyncDispose]: () => Promise.resolve() }),
    waits: 'rtt',
    silence: {},
    reset: '',
    always: ['probe_icmp_duration_seconds', 'probe_icmp_packets_sent', 'probe_icmp_packets_received'],
    onSuccess: ['probe_icmp_reply_hop_limit', 'probe_icmp_loss_ratio'],
    lacks: {
      connect: 'ICMP has no connection',
      refusal: 'ICMP has no port that could refuse',
      tls: 'ICMP has no handshake',
      silence: 'no address of loopback is silent: test/e2e/icmp.test.ts asks one behind a router',
    },
  },
  {
    prober: 'grpc',
    modules: { plain: {}, asking: {}, tls: (tls_config) => ({ tls: true, tls_config }) },
    target: hostPort,
    healthy: () => placed(listening(createHttp2Server().on('stream', sayServing), 'http')),
    waits: 'processing',
    silence: { tls: 'tls_timeout', processing: 'response_timeout' },
    reset: 'processing response_reset',
    always: [
      'probe_grpc_duration_seconds',
      'probe_grpc_ssl',
      'probe_grpc_status_code',
      'probe_grpc_healthcheck_response',
    ],
    alpn: ['h2'],
    lacks: {},
  },
  {
    prober: 'websocket',
    modules: { plain: {}, asking: {}, tls: (tls_config) => ({ http_config: { tls_config } }) },
    target: (at, overTls) => `${overTls ? 'wss' : 'ws'}://${hostPort(at)}/`,
    healthy: serveWebsocket,
    waits: 'processing',
    silence: { tls: 'tls_timeout', processing: 'response_timeout' },
    reset: 'processing response_reset',
    always: [
      'probe_websocket_connection_upgraded',
      'probe_websocket_status_code',
      'probe_websocket_failed_due_to_regex',
      'probe_websocket_duration_seconds',
    ],
    lacks: {},
  },
]

async function placed(serving: Promise<AsyncDisposable & { port: number; openConnections?: () => number }>) {
  const server = await serving
  const { port: at, openConnections } = server
  const dispose = () => server[Symbol.asyncDispose]()
  return { at, ...(openConnections === undefined ? {} : { openConnections }), [Symbol.asyncDispose]: dispose }
}

async function serveUnix(behave: Behaviour, tls?: Identity): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'sonde-unix-'))
  const path = join(folder, 's')
  const open = new Set<Socket>()
  const guarded = (socket: Socket) => {
    socket.on('error', () => undefined)
    behave(socket)
  }
  const options = tls === undefined ? undefined : { cert: tls.certPem, key: tls.keyPem }
  const server: Server = options === undefined ? createServer(guarded) : createTlsServer(options, guarded)
  server
    .on('tlsClientError', () => undefined)
    .on('connection', (socket: Socket) => {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
    })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    at: path,
    openConnections: () => open.size,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

/** grpc.health.v1: HealthCheckResponse { status: SERVING } in a frame of 2 bytes. */
function sayServing(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 1]))
}

async function serveWebsocket(): Promise<Place> {
  const server = await serveHttp(answer(426))
  const sockets = new WebSocketServer({ noServer: true })
  server.onUpgrade((request, socket) => sockets.handleUpgrade(request, socket, Buffer.alloc(0), () => undefined))
  return await placed(Promise.resolve(server))
}

/** A server of this kind that behaves like that, over TLS with an identity. */
export function serve({ prober, alpn }: Kind, behave: Behaviour, own?: Identity): Promise<Place> {
  return prober === 'unix' ? serveUnix(behave, own) : placed(serveRaw(behave, own, alpn))
}
