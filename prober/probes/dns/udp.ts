/** One question in one datagram. It is not sent again: one attempt means one attempt. */
import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import type { Address } from '../../net/address.ts'
import { unfitSource } from '../../net/connect.ts'
import { aborted } from '../../net/deadline.ts'
import { type Failure, failure, type Phase, type Reason } from '../../net/outcome.ts'
import { inTurn } from '../../net/turn.ts'
import { readReply } from '../../wire/dns-reply.ts'
import { hostPortText } from '../host-port.ts'
import type { PhaseClock } from '../stopwatch.ts'
import { type Heard, unreadable } from './heard.ts'
import type { Question } from './question.ts'

export interface UdpWay {
  readonly address: Address
  readonly port: number
  readonly sourceIp: string | undefined
  /** Larger answers than this were not asked for. */
  readonly mostBytes: number
}

/** Without EDNS: RFC 1035 §4.2.1. */
export const PLAIN_UDP_BYTES = 512

/** Wrong datagrams that one question puts up with: forgers and floods must not keep us decoding. */
const MOST_FOREIGN = 100

/**
 * The socket is connected, so that the kernel drops what others send and tells of a closed port at once. The clock comes
 * in `connect` and is left in `processing`.
 */
export function askUdp(question: Question, way: UdpWay, clock: PhaseClock, signal: AbortSignal) {
  const unfit = way.sourceIp === undefined ? undefined : unfitSource(way.sourceIp, way.address)
  if (unfit !== undefined) return Promise.resolve(unfit)
  return new Promise<Heard | Failure>((resolve, reject) => {
    const { address, port, sourceIp } = way
    // Random, and from a random port that the kernel chooses: a forged answer must guess both (RFC 5452).
    const query = question.encode(randomInt(0x10000))
    const socket = createSocket(address.family === 6 ? UDP6 : UDP4)
    let phase: Phase = 'connect'
    let foreign = 0
    let ended = false
    const end = (result: Heard | Failure) => {
      if (ended) return
      ended = true
      signal.removeEventListener('abort', onAbort)
      socket.close()
      // The judging waits until all that arrived in this turn of the event loop has got its time stamp.
      inTurn(resolve, result)
    }
    const onAbort = () => end(foreign > 0 ? onlyForeign(foreign, signal) : aborted(phase, signal))
    const onError = (error: NodeJS.ErrnoException) => end(udpFailure(error, phase, way))
    const onConnected = (error?: Error) => {
      if (error) return onError(error)
      if (ended) return
      phase = 'processing'
      clock.enter(phase)
      socket.send(query, (failed) => failed && onError(failed))
    }
    const onMessage = (message: Buffer, atMs: number) => {
      const heard = hear(message, query, way, atMs)
      if (heard !== undefined) return end(heard)
      foreign += 1
      if (foreign >= MOST_FOREIGN) end(onlyForeign(foreign, signal))
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('close', dropListeners)
    socket.on('error', onError)
    socket.on('message', (message) => {
      try {
        onMessage(message, performance.now())
      } catch (bug) {
        // A fault of ours ends this probe, not the process.
        reject(bug)
        onAbort()
      }
    })
    if (sourceIp !== undefined) socket.bind({ address: sourceIp, port: 0, exclusive: true })
    if (signal.aborted) onAbort()
    // An address that is not ours has closed the socket already.
    if (!ended) socket.connect(port, address.ip, onConnected)
  })
}

type Looked = (error: Error | null, ip: string, family: 4 | 6) => void

/** The address is known: Node would ask getaddrinfo for it. */
const UDP4 = { type: 'udp4', lookup: (ip: string, _: unknown, done: Looked) => done(null, ip, 4) } as const
const UDP6 = { type: 'udp6', lookup: (ip: string, _: unknown, done: Looked) => done(null, ip, 6) } as const

function dropListeners(this: Socket): void {
  this.removeAllListeners()
}

/** undefined: it is no answer to this question. */
function hear(message: Buffer, query: Buffer, { mostBytes }: UdpWay, atMs: number): Heard | Failure | undefined {
  const read = readReply(message, query)
  if (read.kind === 'foreign') return undefined
  // As for the library, which has no room for more: the rest is cut off.
  if (message.length > mostBytes || read.kind === 'cut') return { ok: true, reply: undefined, atMs }
  return read.kind === 'reply' ? { ok: true, reply: read.reply, atMs } : unreadable('processing', read.found)
}

function onlyForeign(count: number, signal: AbortSignal): Failure {
  const cause = aborted('processing', signal)
  if (signal.aborted && cause.reason === 'cancelled') return cause
  const what = `${count} ${count === 1 ? 'datagram that is' : 'datagrams that are'} no answer to the question`
  return failure('processing', 'response_malformed', `The server sent ${what}: another ID or question, or no DNS`)
}

/** ICMP's messages, as the kernel hands them to a connected socket, and its own complaints. */
const ERRORS: Readonly<Record<string, readonly [Reason, string]>> = {
  ECONNREFUSED: ['connect_refused', 'no name server listens on that UDP port, or a firewall rejects it'],
  EHOSTUNREACH: ['connect_unreachable', 'there is no route to this host'],
  ENETUNREACH: ['connect_unreachable', 'there is no route to this network; does this machine speak its IP version?'],
  EHOSTDOWN: ['connect_unreachable', 'the host is down'],
  EACCES: ['connect_failed', 'a local firewall or policy forbids it (EACCES)'],
  EPERM: ['connect_failed', 'a local firewall or policy forbids it (EPERM)'],
  EMFILE: ['connect_failed', 'this process has no free file descriptor; raise its limit (ulimit -n)'],
}

function udpFailure(error: NodeJS.ErrnoException, phase: Phase, { address, port, sourceIp }: UdpWay): Failure {
  const code = error.code ?? error.message
  if (code === 'EADDRNOTAVAIL' && sourceIp !== undefined) {
    const hint = 'write one of its own as source_ip_address, or leave it out'
    return failure(phase, 'connect_no_source', `This machine has no address ${sourceIp} to send from: ${hint}`)
  }
  const [reason, found] = ERRORS[code] ?? (['connect_failed', code] as const)
  return failure(phase, reason, `${hostPortText({ host: address.ip, port })} cannot be asked: ${found}`)
}
