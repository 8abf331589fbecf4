/** A DNS query as bytes: RFC 1035 §4.1, RFC 6891 §6.1. */

export interface DnsQuery {
  /** As zone files write it (`\.` and `\032` are escapes), with or without the final dot. */
  readonly name: string
  readonly type: number
  readonly class: number
  readonly recursionDesired: boolean
  readonly edns: { readonly udpPayloadBytes: number; readonly dnssecOk: boolean } | undefined
}

const HEADER_BYTES = 12
const OPT_BYTES = 11
const OPT_TYPE = 41
const RECURSION_DESIRED = 0x0100
const DNSSEC_OK = 0x8000

/** `name`: from `encodeName`. */
export function encodeQuery(id: number, query: DnsQuery, name: Buffer): Buffer {
  const { edns, recursionDesired } = query
  const bytes = Buffer.alloc(HEADER_BYTES + name.length + 4 + (edns === undefined ? 0 : OPT_BYTES))
  bytes.writeUInt16BE(id, 0)
  bytes.writeUInt16BE(recursionDesired ? RECURSION_DESIRED : 0, 2)
  bytes.writeUInt16BE(1, 4)
  name.copy(bytes, HEADER_BYTES)
  const at = HEADER_BYTES + name.length
  bytes.writeUInt16BE(query.type, at)
  bytes.writeUInt16BE(query.class, at + 2)
  if (edns === undefined) return bytes
  bytes.writeUInt16BE(1, 10)
  // The root's name is one zero byte.
  bytes.writeUInt16BE(OPT_TYPE, at + 5)
  bytes.writeUInt16BE(edns.udpPayloadBytes, at + 7)
  bytes.writeUInt16BE(edns.dnssecOk ? DNSSEC_OK : 0, at + 11)
  return bytes
}

/** RFC 1035 §2.3.4. */
const MOST_LABEL_BYTES = 63
const MOST_NAME_BYTES = 255

/** Text that is no name gives what is wrong with it. Other characters than ASCII are sent as UTF-8. */
export function encodeName(text: string): Buffer | string {
  const raw = Buffer.from(text === '.' ? '' : text, 'utf8')
  // Each label is as long as its text or shorter, and has its length in the place of the dot before it.
  const bytes = Buffer.alloc(raw.length + 2)
  let lengthAt = 0
  let end = 1
  for (let at = 0; at < raw.length; at += 1) {
    const byte = raw[at] ?? 0
    if (byte === DOT) {
      if (end === lengthAt + 1) return 'has an empty part between its dots'
      if (end - lengthAt - 1 > MOST_LABEL_BYTES) return LABEL_TOO_LONG
      bytes[lengthAt] = end - lengthAt - 1
      lengthAt = end
    } else if (byte !== BACKSLASH) bytes[end] = byte
    else if (at + 1 === raw.length) return 'ends in a backslash'
    else {
      const digits = /^\d{3}/.exec(raw.toString('latin1', at + 1, at + 4))?.[0]
      bytes[end] = digits === undefined ? (raw[at + 1] ?? 0) : Number(digits) & 0xff
      at += digits === undefined ? 1 : 3
    }
    end += 1
  }
  if (end - lengthAt - 1 > MOST_LABEL_BYTES) return LABEL_TOO_LONG
  bytes[lengthAt] = end - lengthAt - 1
  // The root's zero byte: after a final dot it stands there already.
  const name = bytes.subarray(0, bytes[lengthAt] === 0 ? lengthAt + 1 : end + 1)
  return name.length > MOST_NAME_BYTES ? `is longer than ${MOST_NAME_BYTES} bytes` : name
}

const DOT = 0x2e
const BACKSLASH = 0x5c
const LABEL_TOO_LONG = `has a part over ${MOST_LABEL_BYTES} bytes between its dots`
