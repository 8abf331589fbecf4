/**
 * Where users arrive: TLS ends here, each request goes on to the gateway. A stand-in for an ingress that can be told to
 * misbehave as ingresses do.
 */
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type Authority, createAuthority, type Identity } from './authority.ts'
import { type Listening, LOOPBACK, listenOnLoopback, type Opened } from './loopback.ts'
import { createRelay, type RelayServer } from './relay.ts'

export const CERTIFICATES = ['valid', 'expired', 'wrong-name'] as const
export type EdgeCertificate = (typeof CERTIFICATES)[number]

export interface Edge extends RelayServer {
  /** What verifies the edge's certificate. */
  readonly authorityPem: string
  /** From the next connection on. */
  serve(certificate: EdgeCertificate): void
}

const DAY_MS = 86_400_000

export async function startEdge(port: number, upstreamPort: () => number): Promise<Opened<Edge>> {
  const authority = await createAuthority('CN=Sonde demo CA')
  const identities = await issueAll(authority)
  const relay = createRelay(upstreamPort, 'https')
  const server = createHttpsServer(tlsOptions(identities.valid), relay.handle)
  const listening = await listenOnLoopback(server, port, '--edge-port')
  if (!listening.ok) return listening
  const edge: Edge = {
    ...relay,
    ...listening.value,
    authorityPem: authority.certPem,
    serve: (certificate) => server.setSecureContext(tlsOptions(identities[certificate])),
  }
  return { ok: true, value: edge }
}

/** Plain http in front of it: where people who type no scheme arrive. */
export function startRedirect(port: number, edgePort: number): Promise<Opened<Listening>> {
  const server = createHttpServer((incoming, response) => {
    const location = `https://localhost:${edgePort}${incoming.url?.startsWith('/') ? incoming.url : '/'}`
    response.writeHead(301, { location, connection: 'close', 'content-length': 0 }).end()
  })
  return listenOnLoopback(server, port, '--redirect-port')
}

async function issueAll(authority: Authority): Promise<Readonly<Record<EdgeCertificate, Identity>>> {
  const now = Date.now()
  const own = { subject: 'CN=localhost', dnsNames: ['localhost'], ips: [LOOPBACK] }
  const past = { notBefore: new Date(now - 92 * DAY_MS), notAfter: new Date(now - 2 * DAY_MS) }
  const [valid, expired, elsewhere] = await Promise.all([
    authority.issue({ ...own, notAfter: new Date(now + 90 * DAY_MS) }),
    authority.issue({ ...own, ...past }),
    authority.issue({ subject: 'CN=elsewhere.example', dnsNames: ['elsewhere.example'] }),
  ])
  return { valid, expired, 'wrong-name': elsewhere }
}

function tlsOptions({ certPem, keyPem }: Identity) {
  return { cert: certPem, key: keyPem, minVersion: 'TLSv1.2' as const }
}
