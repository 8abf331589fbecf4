/** ICMP echo messages, RFC 792 p. 14 and RFC 4443 §4: type, code, checksum, identifier, sequence number, payload. */

export interface Echo {
  /** 16 bits; a datagram socket of Linux puts its own in its place. */
  readonly id: number
  /** 16 bits. */
  readonly sequence: number
  readonly payload: Uint8Array
}

export interface EchoMessage extends Echo {
  readonly kind: 'request' | 'reply'
}

export const ECHO_HEADER_BYTES = 8

type Family = 4 | 6

const ECHO_TYPES = {
  4: { request: 8, reply: 0 },
  6: { request: 128, reply: 129 },
} as const

/** ICMPv6 is summed with the addresses of the packet (RFC 4443 §2.3), which only the kernel knows: it fills that in. */
export function encodeEchoRequest(family: Family, { id, sequence, payload }: Echo): Buffer {
  const message = Buffer.alloc(ECHO_HEADER_BYTES + payload.length)
  message[0] = ECHO_TYPES[family].request
  message.writeUInt16BE(id, 4)
  message.writeUInt16BE(sequence, 6)
  message.set(payload, ECHO_HEADER_BYTES)
  if (family === 4) message.writeUInt16BE(internetChecksum(message), 2)
  return message
}

/**
 * undefined: no echo, or one whose bytes were changed on the way. The payload is a view of `message`. Checksums of
 * ICMPv6 are the kernel's to verify.
 */
export function decodeEcho(family: Family, message: Uint8Array): EchoMessage | undefined {
  if (family === 4 && internetChecksum(message) !== 0) return undefined
  return decodeQuotedEcho(family, message)
}

/** As an ICMP error quotes it, which may be cut off after 8 bytes: its checksum then fits nothing (RFC 1812 §4.3.2.3). */
export function decodeQuotedEcho(family: Family, message: Uint8Array): EchoMessage | undefined {
  if (message.length < ECHO_HEADER_BYTES || message[1] !== 0) return undefined
  const { request, reply } = ECHO_TYPES[family]
  if (message[0] !== request && message[0] !== reply) return undefined
  return {
    kind: message[0] === request ? 'request' : 'reply',
    id: wordAt(message, 4),
    sequence: wordAt(message, 6),
    payload: message.subarray(ECHO_HEADER_BYTES),
  }
}

/** RFC 1071: 0 over a message that holds its own checksum. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += wordAt(bytes, at)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

/** What follows the IPv4 header, which a raw socket hands over, too (RFC 791 §3.1: IHL counts words of 32 bits). */
export function withoutIpv4Header(packet: Uint8Array): Uint8Array | undefined {
  const headerBytes = ((packet[0] ?? 0) & 0x0f) * 4
  const isIpv4 = (packet[0] ?? 0) >> 4 === 4
  return isIpv4 && headerBytes >= 20 && packet.length >= headerBytes ? packet.subarray(headerBytes) : undefined
}

/** A byte after the end counts as 0. */
function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
