/** Where a person tells the demo what to break: `curl -X POST http://localhost:9116/expire`. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Edge } from './edge.ts'
import { type Listening, listenOnLoopback, type Opened } from './loopback.ts'
import type { Relay } from './relay.ts'
import type { ServiceProcess } from './service-process.ts'

const LONGEST_DELAY_MS = 10_000
const DEFAULT_DELAY_MS = 300

export const FAULTS = {
  '/expire': 'the edge serves a certificate that has expired',
  '/wrong-name': 'the edge serves a certificate for another name',
  '/slow?hop=gateway&ms=300': 'the gateway, or the edge or the service, holds every request for so long',
  '/break?hop=gateway': 'that hop answers 503 by itself',
  '/down': 'the pod stops; what stands before it stays',
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

/** What can be broken, from the outside in. */
export interface Breakable {
  readonly edge: Edge
  readonly gateway: Relay
  readonly service: Relay
  readonly pod: ServiceProcess
}

const RELAYS = ['edge', 'gateway', 'service'] as const
type RelayName = (typeof RELAYS)[number]

export function startControl(port: number, stage: Breakable): Promise<Opened<Listening>> {
  const server = createServer((request, response) => {
    void answer(request, stage).then((reply) => send(response, reply))
  })
  return listenOnLoopback(server, port, '--control-port')
}

async function answer(request: IncomingMessage, stage: Breakable): Promise<Reply> {
  const refusal = refuseStrangers(request)
  if (refusal !== undefined) return refusal
  const url = URL.parse(request.url ?? '/', 'http://localhost')
  const known = Object.keys(FAULTS).find((fault) => fault.split('?')[0] === url?.pathname)
  if (url === null || known === undefined) return { status: 404, text: usage() }
  if (request.method !== 'POST') return { status: 405, text: usage() }
  return apply(url, stage)
}

/** A page in this machine's browser reaches loopback too: it sends an Origin, or by rebinding a foreign Host. */
function refuseStrangers({ headers }: IncomingMessage): Reply | undefined {
  const isLocal = /^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(headers.host ?? '')
  return isLocal && headers.origin === undefined ? undefined : { status: 403, text: 'only for tools on this machine\n' }
}

/** One fault at a time: what was broken before is mended first, so that each shows what its answer promises. */
async function apply(url: URL, stage: Breakable): Promise<Reply> {
  const delayMs = readDelayMs(url.searchParams.get('ms'))
  if (url.pathname === '/slow' && delayMs === undefined) return { status: 400, text: DELAY_WANTED }
  const hop = readHop(url.searchParams.get('hop'))
  if (hop === undefined) return { status: 400, text: HOP_WANTED }
  const mended = await mend(stage)
  if (mended.status !== 200) return mended
  switch (url.pathname) {
    case '/expire':
      stage.edge.serve('expired')
      return done('the edge now serves a certificate that expired two days ago: expect tls_expired')
    case '/wrong-name':
      stage.edge.serve('wrong-name')
      return done('the edge now serves a certificate for elsewhere.example: expect tls_name_mismatch')
    case '/slow':
      return slow(delayMs ?? DEFAULT_DELAY_MS, hop, stage)
    case '/break':
      stage[hop].fail(true)
      return done(`the ${hop} now answers 503 by itself: expect http_status there and further out, and it blamed`)
    case '/down':
      await stage.pod.stop()
      return done('the pod is stopped: expect connect_refused there, http_status (502) further out, and the pod blamed')
    default:
      return mended
  }
}

const DELAY_WANTED = `ms: write a whole number from 0 to ${LONGEST_DELAY_MS}, as in ms=300\n`
const HOP_WANTED = `hop: write one of ${RELAYS.join(', ')}, as in hop=gateway\n`

function readDelayMs(text: string | null): number | undefined {
  const ms = text === null ? DEFAULT_DELAY_MS : Number(text)
  return text !== '' && Number.isInteger(ms) && ms >= 0 && ms <= LONGEST_DELAY_MS ? ms : undefined
}

function readHop(text: string | null): RelayName | undefined {
  return text === null ? 'gateway' : RELAYS.find((name) => name === text)
}

function slow(ms: number, hop: RelayName, stage: Breakable): Reply {
  stage[hop].delay(ms / 1000)
  return done(
    `the ${hop} now holds every request for ${ms} ms: expect it in the processing there and further out, and from the fourth beat on the ${hop} blamed for being slow; from its start on the demo takes eight beats to learn what is usual`,
  )
}

async function mend({ edge, gateway, service, pod }: Breakable): Promise<Reply> {
  edge.serve('valid')
  for (const relay of [edge, gateway, service]) {
    relay.delay(0)
    relay.fail(false)
  }
  const started = await pod.start()
  return started.ok ? done('all is well again: expect ok') : { status: 500, text: `${started.message}\n` }
}

function done(text: string): Reply {
  return { status: 200, text: `${text}\n` }
}

function usage(): string {
  const lines = Object.entries(FAULTS).map(([fault, meaning]) => `  POST ${fault.padEnd(25)} ${meaning}\n`)
  return `What can be broken here; each mends the others first:\n${lines.join('')}`
}

function send(response: ServerResponse, { status, text }: Reply): void {
  const allow = status === 405 ? { allow: 'POST' } : {}
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close', ...allow }).end(text)
}
