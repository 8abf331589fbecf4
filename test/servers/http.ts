/** Real HTTP servers on port 0 for tests: count what reaches them and close whatever is still open. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Identity } from '../../cli/demo/authority.ts'

export interface TestServer extends AsyncDisposable {
  readonly port: number
  /** `http://127.0.0.1:port` or https. */
  readonly url: string
  /** Connections that are open now. */
  openConnections(): number
  /** Takes over connections that ask to upgrade. */
  onUpgrade(listener: (request: IncomingMessage, socket: Socket) => void): void
  connections(): number
}

export interface HttpServerOptions {
  /** Speaks TLS with it. */
  readonly identity?: Identity
  /** HTTP/2 by ALPN beside HTTP/1.1; needs an identity. */
  readonly http2?: boolean
  readonly host?: string
  /** PEM of the authority whose client certificates are demanded. */
  readonly clientCa?: string
}

export function serveHttp(listener: RequestListener, options: HttpServerOptions = {}): Promise<TestServer> {
  return listening(httpServer(listener, options), options.identity === undefined ? 'http' : 'https', options.host)
}

function httpServer(listener: RequestListener, { identity, http2, clientCa }: HttpServerOptions): Server {
  if (identity === undefined) return createServer(listener)
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  const tls = { cert: identity.certPem, key: identity.keyPem, ...mutual }
  if (!http2) return createTlsServer(tls, listener)
  const handler = listener as unknown as Parameters<typeof createSecureServer>[1]
  return createSecureServer({ ...tls, allowHTTP1: true }, handler)
}

export async function listening(server: Server, scheme: string, host = '127.0.0.1'): Promise<TestServer> {
  const open = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections += 1
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
  })
  server.listen(0, host)
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    openConnections: () => open.size,
    onUpgrade: (listener) => void server.on('upgrade', listener),
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

/** A listener that answers always the same. */
export function answer(status: number, body: string | Buffer = '', headers: Record<string, string | string[]> = {}) {
  return (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, headers).end(body)
  }
}

/** The body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
