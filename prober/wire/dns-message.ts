/** DNS messages of address lookups (RFC 1035, RFC 6891): a query made, an answer judged. dns-packet does the bytes. */
import { decode, encode, RECURSION_DESIRED } from 'dns-packet'
import type { Answer, DecodedPacket } from 'dns-packet'

export interface AddressQuestion {
  /** Without the trailing dot. */
  readonly name: string
  readonly type: 'A' | 'AAAA'
}

/**
 * - `addresses`: of the name or of the end of its CNAME chain, in the answer's order, never empty
 * - `no_data`: the name exists, but has none of this type
 * - `lame`: no error, no answer and no recursion: the server does not look names up for us
 * - `foreign`: not the answer to this query: other ID or question, a query, or no DNS at all
 */
export type AddressAnswer =
  | { readonly kind: 'addresses'; readonly addresses: readonly [string, ...string[]] }
  | { readonly kind: 'no_data' | 'nxdomain' | 'truncated' | 'lame' }
  | { readonly kind: 'error'; readonly rcode: string }
  | { readonly kind: 'foreign'; readonly found: string }

/** The largest answer over UDP that survives any path: IPv6's minimum MTU less headers (DNS flag day 2020). */
const UDP_PAYLOAD_BYTES = 1232

/** `edns: false` is for servers from before 1999 that take the OPT record for a format error. */
export function encodeAddressQuery(id: number, { name, type }: AddressQuestion, edns: boolean): Buffer {
  const options = {
    type: 'OPT' as const,
    name: '.',
    udpPayloadSize: UDP_PAYLOAD_BYTES,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  }
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ name, type, class: 'IN' }],
    ...(edns ? { additionals: [options] } : {}),
  })
}

/** Never throws, whatever the bytes are. */
export function readAddressAnswer(message: Uint8Array, id: number, question: AddressQuestion): AddressAnswer {
  const other = otherHeader(message, id)
  // Before decoding, which takes long for a message that was made to: a stranger may send many.
  if (other !== undefined) return { kind: 'foreign', found: other }
  let packet: DecodedPacket & { readonly rcode?: string }
  try {
    packet = decode(Buffer.from(message.buffer, message.byteOffset, message.byteLength))
  } catch (error) {
    return foreignUnlessTruncated(message, error)
  }
  if (isOfOtherQuestion(packet, question)) return { kind: 'foreign', found: 'another question' }
  if (packet.flag_tc) return { kind: 'truncated' }
  const rcode = packet.rcode ?? 'NOERROR'
  if (rcode === 'NXDOMAIN') return { kind: 'nxdomain' }
  if (rcode !== 'NOERROR') return { kind: 'error', rcode }
  const [first, ...rest] = addressesOf(packet.answers ?? [], question)
  if (first !== undefined) return { kind: 'addresses', addresses: [first, ...rest] }
  return { kind: isLame(packet) ? 'lame' : 'no_data' }
}

const HEADER_BYTES = 12
/** QR and TC, in the third byte of the header. */
const RESPONSE = 0x80
const TRUNCATED = 0x02

function otherHeader(message: Uint8Array, id: number): string | undefined {
  const [high = 0, low = 0, flags = 0] = message
  if (message.length < HEADER_BYTES) return `${message.length} bytes, less than a header`
  if (high * 256 + low !== id) return 'another ID'
  return (flags & RESPONSE) === 0 ? 'a query' : undefined
}

/** Some servers cut a truncated message in the middle of a record. */
function foreignUnlessTruncated([, , flags = 0]: Uint8Array, error: unknown): AddressAnswer {
  if ((flags & TRUNCATED) !== 0) return { kind: 'truncated' }
  return { kind: 'foreign', found: error instanceof Error ? error.message : String(error) }
}

function isOfOtherQuestion(packet: DecodedPacket, { name, type }: AddressQuestion): boolean {
  const [asked, ...more] = packet.questions ?? []
  // Errors such as FORMERR may come without the question.
  if (asked === undefined && (packet.answers ?? []).length === 0) return false
  const same = asked !== undefined && more.length === 0 && asked.type === type && sameName(asked.name, name)
  return !same || (asked.class ?? 'IN') !== 'IN'
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

/** More links than any sane zone has; glibc and BIND stop sooner. */
const CNAME_LINKS = 16

/** RFC 1034 §3.6.2: the records may stand in any order, so the chain is walked by name. */
function addressesOf(answers: readonly Answer[], { name, type }: AddressQuestion): string[] {
  let at = name.toLowerCase()
  for (let link = 0; link <= CNAME_LINKS; link += 1) {
    const found = answers.filter((answer) => answer.type === type && sameName(answer.name, at))
    if (found.length > 0) return found.flatMap((answer) => (isText(answer) ? [answer.data] : []))
    const alias = answers.find((answer) => answer.type === 'CNAME' && sameName(answer.name, at))
    if (alias === undefined || !isText(alias)) return []
    at = alias.data.toLowerCase()
  }
  return []
}

function isText(answer: Answer): answer is Answer & { readonly data: string } {
  return 'data' in answer && typeof answer.data === 'string'
}

/** As Go judges it; an authority that has no such record says so with AA, a resolver offers RA. */
function isLame(packet: DecodedPacket): boolean {
  return !packet.flag_aa && !packet.flag_ra && (packet.answers ?? []).length === 0
}
