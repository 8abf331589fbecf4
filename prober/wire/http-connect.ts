/** HTTP CONNECT (RFC 9110 §9.3.6): the request for a tunnel and the head of its answer. */
import type { Parsed } from './parsed.ts'
import { MORE, malformed } from './parsed.ts'

export interface ConnectReply {
  readonly statusCode: number
  /** The reason phrase, printable and short. */
  readonly reason: string
}

/** The head of an answer that says yes or no; nginx and Squid stop at this size too. */
const MOST_HEAD_BYTES = 65_536
const HEAD_END = Buffer.from('\r\n\r\n')

/** undefined: something in it would break out of its line. */
export function encodeConnect(authority: string, headers: readonly (readonly [string, string])[]): Buffer | undefined {
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ]
  if (/\s/.test(authority) || lines.some((line) => /[\r\n\0]/.test(line))) return undefined
  // Not latin1, which cuts characters off to one byte: of U+010A that leaves a line break.
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8')
}

/** Interim answers (1xx) are passed over; the body, which a 2xx never has, is left unread. */
export function readConnectReply(bytes: Buffer): Parsed<ConnectReply> {
  let start = 0
  for (;;) {
    const end = bytes.indexOf(HEAD_END, start)
    if (end < 0 || end > MOST_HEAD_BYTES) return unfinished(bytes, start)
    const reply = readStatusLine(bytes.toString('latin1', start, end))
    if (reply === undefined) return malformed(`its answer starts with ${shown(bytes.subarray(start))}`)
    start = end + HEAD_END.length
    if (reply.statusCode >= 200) return { state: 'done', value: reply, bytes: start }
  }
}

/** Garbage is told from a slow answer by its first bytes: nobody waits for the deadline to learn it. */
function unfinished(bytes: Buffer, start: number): Parsed<ConnectReply> {
  if (bytes.length > MOST_HEAD_BYTES) return malformed(`its header is longer than ${MOST_HEAD_BYTES} bytes`)
  const begun = bytes.toString('latin1', start, start + 5)
  return 'HTTP/'.startsWith(begun) ? MORE : malformed(`its answer starts with ${shown(bytes.subarray(start))}`)
}

function readStatusLine(head: string): ConnectReply | undefined {
  const [, status, reason = ''] = /^HTTP\/1\.[01] ([1-9]\d\d)(?: ([^\r\n]*))?(?:\r\n|$)/.exec(head) ?? []
  if (status === undefined) return undefined
  return { statusCode: Number(status), reason: reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 80) }
}

function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1', 0, 24))
}
