/**
 * The probed servers, in a process of their own so that their work is on nobody's account:
 * every path over HTTP and HTTPS (TLS 1.3, ECDSA P-256).
 */
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { createAuthority } from '../cli/demo/authority.ts'

const BODY = 'Hello World!'

const listener: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': String(BODY.length) }).end(BODY)
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve))
  return (server.address() as AddressInfo).port
}

const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=localhost', dnsNames: ['localhost'], ips: ['127.0.0.1'] })
const http = await listen(createServer(listener))
const https = await listen(
  createTlsServer({ cert: identity.certPem, key: identity.keyPem, minVersion: 'TLSv1.3' }, listener),
)
process.stdout.write(`${JSON.stringify({ http, https, caPem: authority.certPem })}\n`)
