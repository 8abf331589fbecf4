/** What both probers look at: one plain and several TLS servers with a known behaviour per path. */
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createSecureServer, type SecureServerOptions } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type Server } from 'node:net'
import { join } from 'node:path'
import type { TlsOptions } from 'node:tls'
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib'
import { createAuthority, type Identity } from '../../cli/demo/authority.ts'
import { listening } from '../servers/http.ts'
import { closedPort } from '../servers/tcp.ts'
import type { World } from './side-by-side.ts'

const DAY_MS = 86_400_000
const TEXT = 'Hello World! This text is long enough to be compressed. '.repeat(20)

export async function startHttpServers(folder: string): Promise<World> {
  const identities = await createIdentities()
  const { ca, client } = identities
  const files = {
    'ca.pem': ca,
    'client.pem': client.cert,
    'client.key': client.key,
    'body.txt': 'from a file',
    'password.txt': 's3cret\n',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const stack = new AsyncDisposableStack()
  const names: Record<string, number> = { refused: await closedPort() }
  for (const [name, server] of Object.entries(serversWith(identities))) {
    names[name] = stack.use(await listening(server, 'https')).port
  }
  return { names, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function createIdentities() {
  const authority = await createAuthority('CN=Parity Root,O=Sonde')
  const intermediate = await authority.intermediate('CN=Parity Intermediate')
  const second = await intermediate.intermediate('CN=Parity Second Intermediate')
  const stranger = await createAuthority('CN=localhost')
  const names = { subject: 'CN=localhost,O=Parity', dnsNames: ['localhost', 'parity.example'], ips: ['127.0.0.1'] }
  const good = await intermediate.issue(names)
  return {
    ca: authority.certPem,
    client: pem(await authority.issue({ subject: 'CN=prober' })),
    chain: pem(good, intermediate),
    leafOnly: pem(good),
    longChain: pem(await second.issue(names), second, intermediate),
    early: pem(await authority.issue({ ...names, notBefore: daysFromNow(1), notAfter: daysFromNow(9) })),
    expired: pem(await authority.issue({ ...names, notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) })),
    wrongName: pem(await authority.issue({ subject: 'CN=elsewhere', dnsNames: ['elsewhere.example'] })),
    selfSigned: pem(await stranger.issue(names)),
  }
}

function pem(identity: Identity, ...issuers: readonly { readonly certPem: string }[]) {
  return { cert: [identity, ...issuers].map(({ certPem }) => certPem).join('\n'), key: identity.keyPem }
}

const daysFromNow = (days: number) => new Date(Date.now() + days * DAY_MS)

function serversWith(identities: Awaited<ReturnType<typeof createIdentities>>): Readonly<Record<string, Server>> {
  const { ca, chain, leafOnly, longChain, early, expired, wrongName, selfSigned } = identities
  const tls = (options: TlsOptions) => createTlsServer(options, answer)
  return {
    http: createServer(answer),
    https: tls(chain),
    h2: http2({ ...chain, allowHTTP1: false }),
    h2Tls12: http2({ ...chain, maxVersion: 'TLSv1.2' }),
    tls13: tls({ ...chain, minVersion: 'TLSv1.3' }),
    tls12: tls({ ...chain, maxVersion: 'TLSv1.2' }),
    chacha: tls({ ...chain, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' }),
    tls11: tls({ ...chain, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    longChain: tls(longChain),
    leafOnly: tls(leafOnly),
    early: tls(early),
    expired: tls(expired),
    wrongName: tls(wrongName),
    selfSigned: tls(selfSigned),
    clientCert: tls({ ...chain, ca, requestCert: true, rejectUnauthorized: true }),
    silent: createTcpServer(() => undefined),
    resets: createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
    garbage: createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
  }
}

function http2(options: SecureServerOptions): Server {
  return createSecureServer(options, answer as unknown as Parameters<typeof createSecureServer>[1])
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void

const send =
  (status: number, headers: Readonly<Record<string, string>> = {}, body: string | Buffer = TEXT): Answer =>
  (response) => {
    response.writeHead(status, headers)
    response.end(body)
  }
const encoded = (encoding: string, body: Buffer) =>
  send(200, { 'content-encoding': encoding, 'content-length': String(body.length) }, body)

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/ok': send(200, { 'content-length': String(TEXT.length), 'x-served-by': 'parity' }),
  '/chunked': send(200),
  '/empty': send(204, {}, ''),
  '/missing': send(404),
  '/error': send(503),
  '/modified': send(200, { 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' }),
  '/json': send(200, { 'content-type': 'application/json' }, '{"status":"UP","replicas":3}'),
  '/gzip': encoded('gzip', gzipSync(TEXT)),
  '/br': encoded('br', brotliCompressSync(TEXT)),
  '/deflate': encoded('deflate', deflateRawSync(TEXT)),
  '/moved': send(302, { location: '/ok' }, ''),
  '/moved-twice': send(301, { location: '/moved' }, ''),
  '/loop': send(302, { location: '/loop' }, ''),
  '/loop-with-body': send(302, { location: '/loop-with-body' }),
  '/two-values': (response) => {
    response.writeHead(
      200,
      [
        ['x-part', 'one'],
        ['x-part', 'two'],
        ['content-length', '0'],
      ].flat(),
    )
    response.end()
  },
  '/echo': (response, request) => {
    const { host, 'x-api': api, authorization } = request.headers
    response.end(JSON.stringify({ method: request.method, host, api, authorization }))
  },
  '/agent': (response, request) => {
    response.end(request.headers['user-agent'])
  },
  '/echo-body': (response, request) => {
    request.pipe(response)
  },
  '/private': (response, request) => {
    const allowed = request.headers.authorization === `Basic ${Buffer.from('prober:s3cret').toString('base64')}`
    response.writeHead(allowed ? 200 : 401).end(TEXT)
  },
  '/slow-body': (response) => {
    response.writeHead(200, { 'content-length': '10' })
    response.write('12345')
  },
  '/cut-short': (response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('12345', () => setImmediate(() => response.socket?.destroy()))
  },
}

const answer: RequestListener = (request, response) => {
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  if (path.startsWith('/path/')) response.end(request.url)
  else (ANSWERS[path] ?? send(404))(response, request)
}
