/** One question to one name server: UDP, and TCP when the answer does not fit. Every question has its own socket. */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { isIP } from 'node:net'
import type { AddressAnswer, AddressQuestion } from '../wire/dns-message.ts'
import { encodeAddressQuery, readAddressAnswer } from '../wire/dns-message.ts'
import type { Address } from './address.ts'
import { parseAddress } from './address.ts'
import { connectTcp } from './connect.ts'
import { aborted, createDeadline } from './deadline.ts'
import type { Failure } from './outcome.ts'
import { failure } from './outcome.ts'

export interface NameServer {
  readonly ip: string
  readonly port: number
}

/** What a server knows for sure. `addresses` is empty when the name does not exist, or has none of this type. */
export interface Known {
  readonly ok: true
  readonly exists: boolean
  readonly addresses: readonly Address[]
  readonly server: NameServer
  /** `performance.now()` when the answer arrived. */
  readonly atMs: number
}

interface Exchange {
  readonly server: NameServer
  readonly question: AddressQuestion
  readonly id: number
  readonly query: Buffer
  /** Fires when this server's time is over, or the whole lookup's. */
  readonly signal: AbortSignal
}

interface Received {
  readonly ok: true
  readonly answer: AddressAnswer
  readonly atMs: number
}

/** A failure means: ask the next server. */
export async function askServer(
  server: NameServer,
  question: AddressQuestion,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<Known | Failure> {
  using deadline = createDeadline(timeoutSeconds, signal)
  const received = await exchange(server, question, true, deadline.signal)
  if (received.ok) return known(received, server, question)
  return signal.aborted ? ended(signal, received) : received
}

/** The whole lookup is over, not just this server's time: the deadline explains the silence. */
function ended(signal: AbortSignal, found: Failure): Failure {
  const cause = aborted('resolve', signal)
  if (cause.reason === 'cancelled') return cause
  return found.reason === 'dns_timeout' ? { ...cause, message: `${cause.message}: ${found.message}` } : found
}

async function exchange(server: NameServer, question: AddressQuestion, edns: boolean, signal: AbortSignal) {
  // Random, and from a random port that the kernel chooses: a forged answer must guess both (RFC 5452).
  const id = randomInt(0x10000)
  const asked: Exchange = { server, question, id, query: encodeAddressQuery(id, question, edns), signal }
  const received = await askUdp(asked)
  if (!received.ok) return received
  const { answer } = received
  if (answer.kind === 'truncated') return await askTcp(asked)
  if (edns && answer.kind === 'error' && (answer.rcode === 'FORMERR' || answer.rcode === 'NOTIMP')) {
    return await exchange(server, question, false, signal)
  }
  return received
}

function known({ answer, atMs }: Received, server: NameServer, { name, type }: AddressQuestion): Known | Failure {
  const where = serverText(server)
  switch (answer.kind) {
    case 'addresses':
      return {
        ok: true,
        exists: true,
        addresses: answer.addresses.flatMap((ip) => parseAddress(ip) ?? []),
        server,
        atMs,
      }
    case 'no_data':
      return { ok: true, exists: true, addresses: [], server, atMs }
    case 'nxdomain':
      return { ok: true, exists: false, addresses: [], server, atMs }
    case 'lame':
      return failure(
        'resolve',
        'dns_refused',
        `${where} does not look up names for us (no recursion): asked for ${name}`,
      )
    case 'error':
      return rcodeFailure(answer.rcode, where, `${type} of ${name}`)
    case 'truncated':
      return failure('resolve', 'dns_malformed', `${where} sent a truncated answer for ${name}, over TCP too`)
    case 'foreign':
      return failure('resolve', 'dns_malformed', `${where} sent what is no answer for ${name}: ${answer.found}`)
  }
}

function rcodeFailure(rcode: string, where: string, asked: string): Failure {
  if (rcode === 'REFUSED') {
    return failure(
      'resolve',
      'dns_refused',
      `${where} refuses to answer for ${asked} (REFUSED): may this machine ask it?`,
    )
  }
  const hint = rcode === 'SERVFAIL' ? ': it could not get an answer itself, or DNSSEC failed' : ''
  return failure('resolve', 'dns_servfail', `${where} failed to look up ${asked} (${rcode})${hint}`)
}

/** Wrong datagrams that one question puts up with: forgers and floods must not keep us decoding. */
const MOST_FOREIGN = 100

/** The socket is connected, so the kernel drops what other addresses send and reports a closed port at once. */
function askUdp(exchange: Exchange): Promise<Received | Failure> {
  const { server, question, id, query, signal } = exchange
  const family = isIP(server.ip)
  return new Promise((resolve) => {
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      lookup: (ip, _options, done) => done(null, ip, family),
    })
    let foreign = 0
    let ended = false
    const end = (result: Received | Failure) => {
      if (ended) return
      ended = true
      signal.removeEventListener('abort', onAbort)
      socket.close()
      resolve(result)
    }
    const onAbort = () => end(foreign > 0 ? foreignFailure(exchange, foreign) : silence(exchange))
    const onError = (error: NodeJS.ErrnoException) => end(unreachable(server, error))
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('error', onError)
    socket.on('message', (message) => {
      const atMs = performance.now()
      const answer = readAddressAnswer(message, id, question)
      if (answer.kind !== 'foreign') return end({ ok: true, answer, atMs })
      foreign += 1
      if (foreign >= MOST_FOREIGN) end(foreignFailure(exchange, foreign))
    })
    socket.connect(server.port, server.ip, (error?: Error) => {
      if (error) onError(error)
      else if (!ended) socket.send(query, (failed) => failed && onError(failed))
    })
    if (signal.aborted) onAbort()
  })
}

async function askTcp(exchange: Exchange): Promise<Received | Failure> {
  const { server, question, id, query, signal } = exchange
  const address = { ip: server.ip, family: isIP(server.ip) === 6 ? 6 : 4 } as const
  const connected = await connectTcp(address, server.port, signal)
  if (signal.aborted) return silence(exchange)
  if (!connected.ok) return failure('resolve', 'dns_unreachable', `A long answer needs TCP, but: ${connected.message}`)
  const { socket } = connected
  try {
    // RFC 1035 §4.2.2: two bytes of length before every message.
    socket.write(Buffer.concat([Buffer.from([query.length >> 8, query.length & 0xff]), query]))
    let bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0)
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, chunk as Buffer])
      if (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
        const message = bytes.subarray(2, 2 + bytes.readUInt16BE(0))
        return { ok: true, answer: readAddressAnswer(message, id, question), atMs: performance.now() }
      }
    }
    return failure(
      'resolve',
      'dns_malformed',
      `${serverText(server)} closed its TCP connection in the middle of an answer`,
    )
  } catch (error) {
    return signal.aborted ? silence(exchange) : unreachable(server, error as NodeJS.ErrnoException)
  } finally {
    socket.destroy()
  }
}

function silence({ server, question }: Exchange): Failure {
  return failure(
    'resolve',
    'dns_timeout',
    `${serverText(server)} has not answered for ${question.name} (${question.type})`,
  )
}

function foreignFailure({ server, question }: Exchange, count: number): Failure {
  const what = `${count} ${count === 1 ? 'datagram that is' : 'datagrams that are'} no answer for ${question.name}`
  return failure('resolve', 'dns_malformed', `${serverText(server)} sent ${what}`)
}

function unreachable(server: NameServer, error: NodeJS.ErrnoException): Failure {
  const found = error.code === 'ECONNREFUSED' ? 'no name server listens there' : (error.code ?? error.message)
  return failure('resolve', 'dns_unreachable', `The name server ${serverText(server)} cannot be reached: ${found}`)
}

export function serverText({ ip, port }: NameServer): string {
  if (port === 53) return ip
  return isIP(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`
}
