/** One question over a connection of its own, with or without TLS: two bytes of length before a message (RFC 1035 §4.2.2). */
import { randomInt } from 'node:crypto'
import type { Socket } from 'node:net'
import { aborted } from '../../net/deadline.ts'
import { type Failure, failure, type Phase } from '../../net/outcome.ts'
import { classifyTlsError } from '../../net/tls.ts'
import { inTurn } from '../../net/turn.ts'
import { readReply } from '../../wire/dns-reply.ts'
import type { PhaseClock } from '../stopwatch.ts'
import { type Heard, heardAlone } from './heard.ts'
import type { Question } from './question.ts'

const LENGTH_BYTES = 2
const HEADER_BYTES = 12

/** What has come so far. */
interface Incoming {
  phase: Phase
  /** Length and message, as far as they have come; grows to its size once that is known. */
  bytes: Buffer
  filled: number
}

/** The clock is left in `transfer`. Owns the socket: it is destroyed at the end in every case. */
export function askStream(
  socket: Socket,
  question: Question,
  clientCertificate: boolean,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<Heard | Failure> {
  return new Promise((resolve, reject) => {
    const query = question.encode(randomInt(0x10000))
    const incoming: Incoming = { phase: 'processing', bytes: Buffer.alloc(LENGTH_BYTES), filled: 0 }
    let ended = false
    const end = (result: Heard | Failure) => {
      if (ended) return
      ended = true
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      // Whatever the socket said of its end: it was our deadline that ended it.
      inTurn(resolve, signal.aborted && !result.ok ? tooLate(incoming, signal) : result)
    }
    const onAbort = () => end(tooLate(incoming, signal))
    const onClose = () => end(closed(incoming, 'closed'))
    const onError = (error: Error) => end(streamFailure(error, incoming, clientCertificate))
    if (signal.aborted) return onAbort()
    // A socket that ended before we listened tells nobody again.
    if (socket.errored) return onError(socket.errored)
    if (socket.destroyed || socket.readableEnded) return onClose()
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('error', onError)
    socket.once('end', onClose)
    socket.once('close', onClose)
    const onData = (chunk: Buffer, atMs: number) => {
      if (incoming.filled === 0) clock.enter('transfer', atMs)
      incoming.phase = 'transfer'
      const wrong = take(incoming, chunk)
      if (wrong !== undefined) return end(wrong)
      if (incoming.filled < LENGTH_BYTES || incoming.filled < incoming.bytes.length) return
      const read = readReply(incoming.bytes.subarray(LENGTH_BYTES), query)
      end(heardAlone(read, atMs, 'transfer'))
    }
    socket.on('data', (chunk: Buffer) => {
      try {
        onData(chunk, performance.now())
      } catch (bug) {
        // A fault of ours ends this probe, not the process.
        reject(bug)
        onAbort()
      }
    })
    const length = Buffer.allocUnsafe(LENGTH_BYTES)
    length.writeUInt16BE(query.length)
    socket.write(Buffer.concat([length, query]))
  })
}

/** What is sent beyond the announced length is nobody's. */
function take(incoming: Incoming, chunk: Buffer): Failure | undefined {
  let rest = chunk
  if (incoming.filled < LENGTH_BYTES) {
    rest = rest.subarray(append(incoming, rest))
    if (incoming.filled < LENGTH_BYTES) return undefined
    const size = incoming.bytes.readUInt16BE(0)
    if (size < HEADER_BYTES) {
      const message = `The server announces an answer of ${size} bytes, less than any has: is this port one of DNS?`
      return failure('transfer', 'response_malformed', message)
    }
    incoming.bytes = Buffer.concat([incoming.bytes], LENGTH_BYTES + size)
  }
  append(incoming, rest)
  return undefined
}

function append(incoming: Incoming, chunk: Buffer): number {
  const copied = chunk.copy(incoming.bytes, incoming.filled)
  incoming.filled += copied
  return copied
}

/** Only now does a server of TLS 1.3 say what it thinks of our certificate. */
function streamFailure(error: NodeJS.ErrnoException, incoming: Incoming, clientCertificate: boolean): Failure {
  const late = incoming.filled === 0 ? classifyTlsError(error, clientCertificate) : undefined
  return late ?? closed(incoming, error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 'reset' : 'closed')
}

function closed({ phase, bytes, filled }: Incoming, how: 'closed' | 'reset'): Failure {
  if (filled === 0) return failure(phase, 'response_reset', `The server ${how} the connection without an answer`)
  const size = filled < LENGTH_BYTES ? 'its length' : `${bytes.length - LENGTH_BYTES} bytes`
  const got = Math.max(0, filled - LENGTH_BYTES)
  return failure(phase, 'response_reset', `The server ${how} the connection after ${got} bytes of an answer of ${size}`)
}

function tooLate({ phase, bytes, filled }: Incoming, signal: AbortSignal): Failure {
  const silent = aborted('processing', signal)
  if (phase === 'processing' || silent.reason === 'cancelled') return { ...silent, phase }
  const got = Math.max(0, filled - LENGTH_BYTES)
  const size = filled < LENGTH_BYTES ? 'unknown length' : `${bytes.length - LENGTH_BYTES} bytes`
  const message = `The answer began, but only ${got} bytes of ${size} had come by the deadline`
  return { ...silent, phase, message }
}
