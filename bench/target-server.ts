/**
 * The probed servers, in a process of their own so that their work is on nobody's account:
 * every path over HTTP and HTTPS (TLS 1.3, ECDSA P-256), TCP, DNS over UDP, gRPC health.
 */
import { createSocket } from 'node:dgram'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { createAuthority } from '../cli/demo/authority.ts'

const BODY = 'Hello World!'

const listener: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': String(BODY.length) }).end(BODY)
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve))
  return (server.address() as AddressInfo).port
}

/** grpc.health.v1.HealthCheckResponse{status: SERVING}, in a frame that is not compressed. */
const SERVING = Buffer.from([0, 0, 0, 0, 2, 8, 1])

function createHealthServer() {
  const server = createHttp2Server()
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined)
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.resume().end(SERVING)
  })
  return server
}

const LOCALHOST_TTL_60 = Buffer.from('c00c00010001' + '0000003c' + '0004' + '7f000001', 'hex')

/** The question again, as an answer (QR, RD, RA) with one A record whose name is a pointer to it. */
async function listenDns(): Promise<number> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const answer = Buffer.concat([query, LOCALHOST_TTL_60])
    answer.writeUInt16BE(0x8180, 2)
    answer.writeUInt16BE(1, 6)
    socket.send(answer, port, address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return socket.address().port
}

const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=localhost', dnsNames: ['localhost'], ips: ['127.0.0.1'] })
const tls = { cert: identity.certPem, key: identity.keyPem, minVersion: 'TLSv1.3' } as const
const ports = {
  http: await listen(createServer(listener)),
  https: await listen(createTlsServer(tls, listener)),
  tcp: await listen(createTcpServer((socket) => void socket.on('error', () => undefined).resume())),
  dns: await listenDns(),
  grpc: await listen(createHealthServer()),
}
process.stdout.write(`${JSON.stringify({ ports, caPem: authority.certPem })}\n`)
