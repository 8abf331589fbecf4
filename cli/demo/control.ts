/** Where a person tells the demo what to break: `curl -X POST http://localhost:9116/expire`. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Edge } from './edge.ts'
import { type Listening, listenOnLoopback, type Opened } from './loopback.ts'
import type { ServiceProcess } from './service-process.ts'

const LONGEST_DELAY_MS = 10_000
const DEFAULT_DELAY_MS = 300

export const FAULTS = {
  '/expire': 'the edge serves a certificate that has expired',
  '/wrong-name': 'the edge serves a certificate for another name',
  '/slow?ms=300': 'the edge holds every request for so long',
  '/down': 'the service stops; the edge stays',
  '/mend': 'all is well again',
} as const
export type Fault = keyof typeof FAULTS

export function tryLine(port: number, fault: Fault): string {
  const url = `http://localhost:${port}${fault}`
  return `curl -X POST ${fault.includes('?') ? `'${url}'` : url}`
}

interface Reply {
  readonly status: number
  readonly text: string
}

export function startControl(port: number, edge: Edge, service: ServiceProcess): Promise<Opened<Listening>> {
  const server = createServer((request, response) => {
    void answer(request, edge, service).then((reply) => send(response, reply))
  })
  return listenOnLoopback(server, port, '--control-port')
}

async function answer(request: IncomingMessage, edge: Edge, service: ServiceProcess): Promise<Reply> {
  const refusal = refuseStrangers(request)
  if (refusal !== undefined) return refusal
  const url = URL.parse(request.url ?? '/', 'http://localhost')
  const known = Object.keys(FAULTS).find((fault) => fault.split('?')[0] === url?.pathname)
  if (url === null || known === undefined) return { status: 404, text: usage() }
  if (request.method !== 'POST') return { status: 405, text: usage() }
  return apply(url, edge, service)
}

/** A page in this machine's browser reaches loopback too: it sends an Origin, or by rebinding a foreign Host. */
function refuseStrangers({ headers }: IncomingMessage): Reply | undefined {
  const isLocal = /^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(headers.host ?? '')
  return isLocal && headers.origin === undefined ? undefined : { status: 403, text: 'only for tools on this machine\n' }
}

/** One fault at a time: what was broken before is mended first, so that each shows what its answer promises. */
async function apply(url: URL, edge: Edge, service: ServiceProcess): Promise<Reply> {
  const delayMs = readDelayMs(url.searchParams.get('ms'))
  if (url.pathname === '/slow' && delayMs === undefined) return { status: 400, text: DELAY_WANTED }
  const mended = await mend(edge, service)
  if (mended.status !== 200) return mended
  switch (url.pathname) {
    case '/expire':
      edge.serve('expired')
      return done('the edge now serves a certificate that expired two days ago: expect tls_expired')
    case '/wrong-name':
      edge.serve('wrong-name')
      return done('the edge now serves a certificate for elsewhere.example: expect tls_name_mismatch')
    case '/slow':
      return slow(delayMs ?? DEFAULT_DELAY_MS, edge)
    case '/down':
      await service.stop()
      return done('the service is stopped: expect connect_refused there and http_status (502) at the edge')
    default:
      return mended
  }
}

const DELAY_WANTED = `ms: write a whole number from 0 to ${LONGEST_DELAY_MS}, as in ms=300\n`

function readDelayMs(text: string | null): number | undefined {
  const ms = text === null ? DEFAULT_DELAY_MS : Number(text)
  return text !== '' && Number.isInteger(ms) && ms >= 0 && ms <= LONGEST_DELAY_MS ? ms : undefined
}

function slow(ms: number, edge: Edge): Reply {
  edge.delay(ms / 1000)
  return done(`the edge now holds every request for ${ms} ms: expect it in the edge's processing, not in the service's`)
}

async function mend(edge: Edge, service: ServiceProcess): Promise<Reply> {
  edge.serve('valid')
  edge.delay(0)
  const started = await service.start()
  return started.ok ? done('all is well again: expect ok') : { status: 500, text: `${started.message}\n` }
}

function done(text: string): Reply {
  return { status: 200, text: `${text}\n` }
}

function usage(): string {
  const lines = Object.entries(FAULTS).map(([fault, meaning]) => `  POST ${fault.padEnd(13)} ${meaning}\n`)
  return `What can be broken here; each mends the others first:\n${lines.join('')}`
}

function send(response: ServerResponse, { status, text }: Reply): void {
  const allow = status === 405 ? { allow: 'POST' } : {}
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close', ...allow }).end(text)
}
