/** gRPC health servers on port 0: grpc-js as the real one, and node:http2 for those who break the rules. */
import type { Server as TcpOrTlsServer } from 'node:net'
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Identity } from '../../cli/demo/authority.ts'
import { listening, type TestServer } from './http.ts'

export interface HealthServer extends AsyncDisposable {
  readonly port: number
  readonly calls: readonly { readonly request: string; readonly metadata: Metadata; readonly deadlineMs: number }[]
}

const raw = (value: Buffer) => value

const HEALTH: ServiceDefinition = {
  Check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: raw,
    requestDeserialize: raw,
    responseSerialize: raw,
    responseDeserialize: raw,
  },
}

/** Serving status by service, as the number in the protocol; unknown ones are NOT_FOUND. `undefined`: no health service at all. */
export async function serveHealth(
  services: Readonly<Record<string, number>> | undefined,
  identity?: Identity,
  host = '127.0.0.1',
): Promise<HealthServer> {
  const calls: HealthServer['calls'][number][] = []
  const server = new Server()
  const implementation: UntypedServiceImplementation = {
    Check: (
      call: { request: Buffer; metadata: Metadata; getDeadline(): Date | number },
      answer: (error: { code: number; details: string } | null, message?: Buffer) => void,
    ) => {
      const request = call.request.subarray(2).toString('utf8')
      calls.push({ request, metadata: call.metadata, deadlineMs: Number(call.getDeadline()) })
      const serving = services?.[request]
      if (serving === undefined) answer({ code: status.NOT_FOUND, details: `unknown service ${request} ☹` })
      else answer(null, Buffer.from(serving === 0 ? [] : [8, serving]))
    },
  }
  if (services !== undefined) server.addService(HEALTH, implementation)
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`${host}:0`, credentials(identity), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  return { port, calls, [Symbol.asyncDispose]: async () => server.forceShutdown() }
}

function credentials(identity: Identity | undefined): ServerCredentials {
  if (identity === undefined) return ServerCredentials.createInsecure()
  const pair = { private_key: Buffer.from(identity.keyPem), cert_chain: Buffer.from(identity.certPem) }
  return ServerCredentials.createSsl(null, [pair])
}

export interface Http2Behaviour {
  readonly onSession?: (session: ServerHttp2Session) => void
  readonly onStream?: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void
}

export function serveHttp2({ onSession, onStream }: Http2Behaviour, identity?: Identity): Promise<TestServer> {
  const server =
    identity === undefined ? createServer() : createSecureServer({ cert: identity.certPem, key: identity.keyPem })
  server.on('session', (session: ServerHttp2Session) => {
    session.on('error', () => undefined)
    onSession?.(session)
  })
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => undefined)
    stream.resume()
    onStream?.(stream, headers)
  })
  return listening(server as unknown as TcpOrTlsServer, identity === undefined ? 'http' : 'https')
}

/** A message in its frame. */
export function framed(message: readonly number[], flag = 0, lengthBytes = message.length): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt8(flag)
  head.writeUInt32BE(lengthBytes, 1)
  return Buffer.concat([head, Buffer.from(message)])
}

export interface RawAnswer {
  readonly head?: Readonly<Record<string, string | number>>
  /** undefined: the head is all there is. */
  readonly body?: Buffer
  readonly trailers?: Readonly<Record<string, string>>
}

const HEAD = { ':status': 200, 'content-type': 'application/grpc' } as const

export function respond(stream: ServerHttp2Stream, { head = {}, body, trailers }: RawAnswer): void {
  const headers = { ...HEAD, ...head }
  if (body === undefined) {
    stream.respond(headers, { endStream: true })
    return
  }
  stream.respond(headers, { waitForTrailers: trailers !== undefined })
  if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(body)
}
