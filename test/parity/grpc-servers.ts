/** grpc.health.v1 by grpc-js, whose answer hangs on the service that is asked about; and servers that are none. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import { createAuthority, type Identity } from '../../cli/demo/authority.ts'
import { answer, serveHttp } from '../servers/http.ts'
import { closedPort, serveTcp, type TcpServer } from '../servers/tcp.ts'
import { serveTls } from '../servers/tls.ts'
import { HAS_IPV6, type World } from './side-by-side.ts'

const DAY_MS = 86_400_000
/** A HealthCheckResponse of this status: field 1, varint. */
const serving = (status: number) => Buffer.from([8, status])

const ANSWERS: Readonly<Record<string, Buffer>> = {
  '': serving(1),
  up: serving(1),
  down: serving(2),
  unknown: serving(0),
  'service-unknown': serving(3),
  'other-number': serving(7),
  'more-fields': Buffer.concat([Buffer.from([0x12, 2, 0x68, 0x69]), serving(1), Buffer.from([0x18, 5])]),
  'empty-answer': Buffer.alloc(0),
  garbage: Buffer.from([0xff, 0xff, 0xff, 0xff]),
  'grüße.und.ein.sehr.langer.Name.der.mehr.als.einhundertachtundzwanzig.Bytes.lang.ist.damit.auch.die.Laenge.des.Feldes.zwei.Bytes.braucht':
    serving(1),
}

const REFUSALS: Readonly<Record<string, status>> = {
  denied: status.PERMISSION_DENIED,
  unauthenticated: status.UNAUTHENTICATED,
  internal: status.INTERNAL,
  exhausted: status.RESOURCE_EXHAUSTED,
  deadline: status.DEADLINE_EXCEEDED,
}

export async function startGrpcServers(folder: string): Promise<World> {
  const authority = await createAuthority('CN=gRPC Root')
  const names = { subject: 'CN=localhost', dnsNames: ['localhost'], ips: ['127.0.0.1'] }
  const good = await authority.issue(names)
  const expired = await authority.issue({ ...names, notBefore: daysAgo(9), notAfter: daysAgo(1) })
  const elsewhere = await authority.issue({ subject: 'CN=elsewhere', dnsNames: ['elsewhere.example'] })
  const client = await authority.issue({ subject: 'CN=prober' })
  const files = { 'ca.pem': authority.certPem, 'client.pem': client.certPem, 'client.key': client.keyPem }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const stack = new AsyncDisposableStack()
  const health = (credentials: ServerCredentials, host?: string) => serveHealth(stack, credentials, host)
  const portOf = async (server: Promise<Pick<TcpServer, 'port'> & AsyncDisposable>) => stack.use(await server).port
  const ports = {
    plain: await health(ServerCredentials.createInsecure()),
    six: HAS_IPV6 ? await health(ServerCredentials.createInsecure(), '[::1]') : 0,
    tls: await health(secured(good)),
    expired: await health(secured(expired)),
    elsewhere: await health(secured(elsewhere)),
    demanding: await health(secured(good, authority.certPem)),
    other: await serveOther(stack),
    http: await portOf(serveHttp(answer(200, 'hello'))),
    missing: await portOf(serveHttp(answer(404))),
    https: await portOf(serveTls(good, { onSecure: (socket) => socket.end('hello') })),
    silent: await portOf(serveTcp((socket) => socket.resume())),
    closes: await portOf(serveTcp((socket) => socket.end())),
    resets: await portOf(serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()))),
    garbage: await portOf(serveTcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))),
    closed: await closedPort(),
  }
  return { names: ports, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

function secured({ certPem, keyPem }: Identity, clientCa?: string): ServerCredentials {
  const pair = { cert_chain: Buffer.from(certPem), private_key: Buffer.from(keyPem) }
  return ServerCredentials.createSsl(
    clientCa === undefined ? null : Buffer.from(clientCa),
    [pair],
    clientCa !== undefined,
  )
}

const asBytes = (message: Buffer) => message
const METHOD = { requestStream: false, responseStream: false } as const
const CODECS = {
  requestSerialize: asBytes,
  requestDeserialize: asBytes,
  responseSerialize: asBytes,
  responseDeserialize: asBytes,
}

function serveHealth(stack: AsyncDisposableStack, credentials: ServerCredentials, host?: string): Promise<number> {
  return serve(stack, '/grpc.health.v1.Health/Check', check, credentials, host)
}

/** Speaks gRPC, but has no health service. */
function serveOther(stack: AsyncDisposableStack): Promise<number> {
  return serve(stack, '/other.v1.Other/Call', check, ServerCredentials.createInsecure())
}

type Check = (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => void

async function serve(
  stack: AsyncDisposableStack,
  path: string,
  handler: Check,
  credentials: ServerCredentials,
  host = '127.0.0.1',
): Promise<number> {
  const server = new Server()
  server.addService({ Check: { path, ...METHOD, ...CODECS } }, { Check: handler })
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`${host}:0`, credentials, (error, bound) => (error === null ? resolve(bound) : reject(error))),
  )
  stack.defer(() => server.forceShutdown())
  return port
}

function check({ request, metadata }: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void {
  const service = serviceOf(request)
  const answer = ANSWERS[service] ?? answerToMetadata(service, metadata)
  if (service === 'silent') return
  if (answer !== undefined) callback(null, answer)
  else callback({ code: REFUSALS[service] ?? status.NOT_FOUND, details: `no answer about "${service}" (100%)` })
}

function answerToMetadata(service: string, metadata: Metadata): Buffer | undefined {
  const sent = (name: string) => metadata.get(name).map(String).join(',')
  const isKnown = sent('authorization') === 'Bearer abc' && /^one, ?two$/.test(sent('x-tenant'))
  if (service === 'needs-token') return isKnown ? serving(1) : undefined
  if (service === 'needs-bytes') return sent('trace-bin') === 'abc' ? serving(1) : undefined
  return undefined
}

/** Field 1 of a HealthCheckRequest, a string; its length may take two bytes. */
function serviceOf(request: Buffer): string {
  if (request.length === 0) return ''
  return request.toString('utf8', (request[1] ?? 0) > 127 ? 3 : 2)
}

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS)
