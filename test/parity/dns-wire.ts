/** Messages of RFC 1035, built by hand, so that a test server can also send what no library would write. */

export const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff])
export const u32 = (value: number) => Buffer.concat([u16(Math.floor(value / 65_536)), u16(value % 65_536)])

/** `\.` is a dot inside a label, `\ddd` any byte; latin1. */
export function name(text: string): Buffer {
  const labels = text === '.' ? [] : (text.match(/(?:\\\d{3}|\\.|[^.\\])+/g) ?? [])
  const parts = labels.map((label) => {
    const bytes = Buffer.from(
      label.replace(/\\(\d{3}|.)/g, (_, escaped: string) => unescaped(escaped)),
      'latin1',
    )
    return Buffer.concat([Buffer.from([bytes.length]), bytes])
  })
  return Buffer.concat([...parts, Buffer.from([0])])
}

function unescaped(escaped: string): string {
  return escaped.length === 3 ? String.fromCharCode(Number(escaped)) : escaped
}

/** To the name at this offset; 12: that of the question. RFC 1035 §4.1.4. */
export const pointer = (offset = 12) => u16(0xc000 | offset)

export interface WireRecord {
  /** Default: the name that was asked for. */
  readonly owner?: Buffer
  readonly code: number
  /** Default: IN. */
  readonly class?: number
  readonly ttl?: number
  readonly rdata: Buffer
}

function record({ owner = pointer(), code, class: of = 1, ttl = 300, rdata }: WireRecord): Buffer {
  return Buffer.concat([owner, u16(code), u16(of), u32(ttl), u16(rdata.length), rdata])
}

export interface Question {
  readonly id: number
  /** Labels joined by dots, as they came, in lower case. */
  readonly name: string
  readonly code: number
  readonly class: number
  readonly recursionDesired: boolean
  /** The question as it came. */
  readonly bytes: Buffer
}

export function readQuestion(message: Buffer): Question {
  const labels: string[] = []
  let at = 12
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return {
    id: message.readUInt16BE(0),
    name: labels.join('.').toLowerCase(),
    code: message.readUInt16BE(at + 1),
    class: message.readUInt16BE(at + 3),
    recursionDesired: ((message[2] ?? 0) & 1) === 1,
    bytes: message.subarray(12, at + 5),
  }
}

export interface Reply {
  readonly rcode?: number
  /** Of the header beside QR, RD and rcode. */
  readonly flags?: number
  readonly id?: number
  readonly question?: Buffer
  readonly answers?: readonly WireRecord[]
  readonly authority?: readonly WireRecord[]
  readonly additional?: readonly WireRecord[]
}

export const FLAG = {
  response: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionAvailable: 0x0080,
  authenticated: 0x0020,
}

export function writeReply(asked: Question, reply: Reply): Buffer {
  const {
    rcode = 0,
    flags = FLAG.response | FLAG.recursionAvailable,
    answers = [],
    authority = [],
    additional = [],
  } = reply
  const recursion = asked.recursionDesired ? 0x0100 : 0
  return Buffer.concat([
    u16(reply.id ?? asked.id),
    u16(flags | recursion | rcode),
    ...[1, answers.length, authority.length, additional.length].map(u16),
    reply.question ?? asked.bytes,
    ...[...answers, ...authority, ...additional].map(record),
  ])
}
