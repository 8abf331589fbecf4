/** Name servers that say exactly these bytes: what no library would write. */
import { createSocket } from 'node:dgram'

export interface UdpServer extends AsyncDisposable {
  readonly port: number
  /** Datagrams that came, in order. */
  readonly queries: readonly Buffer[]
}

/** Sends back what `answering` gives, in this order; nothing for silence. */
export async function serveUdp(
  answering: (query: Buffer) => readonly Buffer[],
  host = '127.0.0.1',
): Promise<UdpServer> {
  const queries: Buffer[] = []
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', (query, from) => {
    queries.push(query)
    for (const reply of answering(query)) socket.send(reply, from.port, from.address)
  })
  await new Promise<void>((resolve, reject) => socket.once('error', reject).bind(0, host, resolve))
  return {
    port: socket.address().port,
    queries,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

/** 192.0.2.1 for the name that was asked for. */
export const A_RECORD = Buffer.from('c00c000100010000003c0004c0000201', 'hex')
/** The OPT record of an answer with the DO bit, 1232 bytes. */
export const OPT_RECORD = Buffer.from('00002904d0000080000000', 'hex')

export interface Answer {
  readonly id?: number
  /** Default: an answer, recursion desired and available. */
  readonly flags?: number
  readonly answer?: readonly Buffer[]
  readonly authority?: readonly Buffer[]
  readonly additional?: readonly Buffer[]
  /** Instead of how many there are. */
  readonly answerCount?: number
  /** Default: as it was asked. */
  readonly question?: Buffer
}

export const FLAGS = 0x8180
export const TRUNCATED = 0x0200
export const AUTHENTICATED = 0x0020

export function answerTo(query: Buffer, answer: Answer = {}): Buffer {
  const { id, flags = FLAGS, answer: answers = [A_RECORD], authority = [], additional = [] } = answer
  const question = answer.question ?? questionOf(query)
  const head = Buffer.alloc(12)
  head.writeUInt16BE(id ?? query.readUInt16BE(0), 0)
  head.writeUInt16BE(flags, 2)
  head.writeUInt16BE(question.length > 0 ? 1 : 0, 4)
  head.writeUInt16BE(answer.answerCount ?? answers.length, 6)
  head.writeUInt16BE(authority.length, 8)
  head.writeUInt16BE(additional.length, 10)
  return Buffer.concat([head, question, ...answers, ...authority, ...additional])
}

/** Name, type and class, as bytes. */
export function questionOf(query: Buffer): Buffer {
  let end = 12
  while ((query[end] ?? 0) !== 0) end += 1 + (query[end] ?? 0)
  return query.subarray(12, end + 5)
}

/** With its length before it, as over TCP. */
export function framed(message: Buffer, announced = message.length): Buffer {
  return Buffer.concat([Buffer.from([announced >> 8, announced & 0xff]), message])
}
