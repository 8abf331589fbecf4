/** What both probers look at: one plain and several TLS servers with a known behaviour per path. */
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib'
import { createAuthority, type Identity } from '../../cli/demo/authority.ts'
import type { World } from './side-by-side.ts'

const DAY_MS = 86_400_000
const TEXT = 'Hello World! This text is long enough to be compressed. '.repeat(20)

export async function startHttpServers(folder: string): Promise<World> {
  const authority = await createAuthority('CN=Parity Root,O=Sonde')
  const intermediate = await authority.intermediate('CN=Parity Intermediate')
  const second = await intermediate.intermediate('CN=Parity Second Intermediate')
  const stranger = await createAuthority('CN=localhost')
  const names = { subject: 'CN=localhost,O=Parity', dnsNames: ['localhost', 'parity.example'], ips: ['127.0.0.1'] }
  const good = await intermediate.issue(names)
  const chain = { cert: `${good.certPem}\n${intermediate.certPem}`, key: good.keyPem }
  const deep = await second.issue(names)
  const longChain = { cert: [deep.certPem, second.certPem, intermediate.certPem].join('\n'), key: deep.keyPem }
  const early = await authority.issue({
    ...names,
    notBefore: new Date(Date.now() + DAY_MS),
    notAfter: new Date(Date.now() + 9 * DAY_MS),
  })
  const expired = await authority.issue({
    ...names,
    notBefore: new Date(Date.now() - 9 * DAY_MS),
    notAfter: new Date(Date.now() - DAY_MS),
  })
  const wrongName = await authority.issue({ subject: 'CN=elsewhere', dnsNames: ['elsewhere.example'] })
  const unknown = await stranger.issue(names)
  const pem = ({ certPem, keyPem }: Identity) => ({ cert: certPem, key: keyPem })
  const open: (Server | TcpServer)[] = []
  const sockets = new Set<Socket>()
  const listen = async (server: Server | TcpServer) => {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    })
    open.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }
  const refused = await listen(createTcpServer())
  const ports = {
    http: await listen(createServer(answer)),
    https: await listen(createTlsServer(chain, answer)),
    h2: await listen(
      createSecureServer(
        { ...chain, allowHTTP1: false },
        answer as unknown as Parameters<typeof createSecureServer>[1],
      ) as unknown as TcpServer,
    ),
    h2Tls12: await listen(
      createSecureServer(
        { ...chain, maxVersion: 'TLSv1.2' },
        answer as unknown as Parameters<typeof createSecureServer>[1],
      ) as unknown as TcpServer,
    ),
    tls13: await listen(createTlsServer({ ...chain, minVersion: 'TLSv1.3' }, answer)),
    tls12: await listen(createTlsServer({ ...chain, maxVersion: 'TLSv1.2' }, answer)),
    chacha: await listen(
      createTlsServer({ ...chain, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' }, answer),
    ),
    tls11: await listen(
      createTlsServer({ ...chain, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, answer),
    ),
    longChain: await listen(createTlsServer(longChain, answer)),
    leafOnly: await listen(createTlsServer(pem(good), answer)),
    early: await listen(createTlsServer(pem(early), answer)),
    expired: await listen(createTlsServer(pem(expired), answer)),
    wrongName: await listen(createTlsServer(pem(wrongName), answer)),
    selfSigned: await listen(createTlsServer(pem(unknown), answer)),
    clientCert: await listen(
      createTlsServer({ ...chain, ca: authority.certPem, requestCert: true, rejectUnauthorized: true }, answer),
    ),
    silent: await listen(createTcpServer(() => undefined)),
    resets: await listen(createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()))),
    garbage: await listen(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))),
    refused,
  }
  await new Promise((resolve) => open[0]?.close(resolve))
  const client = await authority.issue({ subject: 'CN=prober' })
  const files = {
    'ca.pem': authority.certPem,
    'client.pem': client.certPem,
    'client.key': client.keyPem,
    'body.txt': 'from a file',
    'password.txt': 's3cret\n',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return {
    names: ports,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await Promise.all(open.slice(1).map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
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
