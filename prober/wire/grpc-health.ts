/** grpc.health.v1 (grpc/proto/health.proto) in gRPC's frames: the request of Health/Check and the reading of its answer. */

/** What a message is carried in: a flag of one byte, a length of four, the message (gRPC over HTTP/2, Length-Prefixed-Message). */
export interface GrpcFrame {
  /** 0: as it is, 1: compressed; nothing else is defined. */
  readonly flag: number
  /** As announced, also when not so much has come yet. */
  readonly lengthBytes: number
  /** undefined: not complete yet. */
  readonly message: Buffer | undefined
}

const FRAME_HEAD_BYTES = 5

/** `service` is field 1, a string. proto3 leaves out what is empty. */
export function encodeCheckRequest(service: string): Buffer {
  const name = Buffer.from(service, 'utf8')
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([FIELD_1_BYTES, ...varint(name.length)]), name])
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

/** undefined: the head of the frame is not complete yet. */
export function readFrame(bytes: Buffer): GrpcFrame | undefined {
  if (bytes.length < FRAME_HEAD_BYTES) return undefined
  const lengthBytes = bytes.readUInt32BE(1)
  const end = FRAME_HEAD_BYTES + lengthBytes
  const message = bytes.length < end ? undefined : bytes.subarray(FRAME_HEAD_BYTES, end)
  return { flag: bytes.readUInt8(0), lengthBytes, message }
}

/** How many bytes the frame at the beginning of `bytes` takes in all. */
export function frameBytes({ lengthBytes }: GrpcFrame): number {
  return FRAME_HEAD_BYTES + lengthBytes
}

/** Protobuf's wire types (encoding, "Message Structure"). */
const VARINT = 0
const EIGHT_BYTES = 1
const LENGTH = 2
const GROUP_START = 3
const GROUP_END = 4
const FOUR_BYTES = 5
const FIELD_1_BYTES = (1 << 3) | LENGTH
const FIELD_1_VARINT = (1 << 3) | VARINT

/** protobuf-go gives up here, too: a message of nothing but starts of groups would nest for ever. */
const DEEPEST_NESTING = 10_000

/**
 * The number of HealthCheckResponse.status (field 1, an enum: 32 bits, signed; 0 when it is left out; the last one
 * counts). Unknown fields are passed over. undefined: the bytes are no protobuf.
 */
export function decodeCheckResponse(message: Uint8Array): number | undefined {
  const groups: number[] = []
  let status = 0
  let at = 0
  while (at < message.length) {
    const tag = readVarint(message, at)
    if (tag === undefined || tag.low < 8 || tag.high !== 0) return undefined
    at = tag.end
    if (tag.low === FIELD_1_VARINT && groups.length === 0) {
      const value = readVarint(message, at)
      if (value === undefined) return undefined
      status = value.low | 0
      at = value.end
    } else {
      const end = skipField(message, at, tag.low, groups)
      if (end === undefined) return undefined
      at = end
    }
  }
  return groups.length === 0 ? status : undefined
}

/** Where the value ends. `groups`: the numbers of those that are open. */
function skipField(message: Uint8Array, at: number, tag: number, groups: number[]): number | undefined {
  const field = tag >>> 3
  switch (tag & 7) {
    case VARINT:
      return readVarint(message, at)?.end
    case EIGHT_BYTES:
      return within(message, at + 8)
    case FOUR_BYTES:
      return within(message, at + 4)
    case LENGTH: {
      const length = readVarint(message, at)
      if (length === undefined || length.high !== 0) return undefined
      return within(message, length.end + length.low)
    }
    case GROUP_START:
      return groups.push(field) > DEEPEST_NESTING ? undefined : at
    case GROUP_END:
      return groups.pop() === field ? at : undefined
    default:
      return undefined
  }
}

function within(message: Uint8Array, end: number): number | undefined {
  return end <= message.length ? end : undefined
}

interface Varint {
  /** Bits 0 to 31. */
  readonly low: number
  /** Bits 32 to 63. */
  readonly high: number
  readonly end: number
}

/** Seven bits a byte, least significant first; at most ten bytes, of which the tenth holds one bit. */
function readVarint(message: Uint8Array, start: number): Varint | undefined {
  let low = 0
  let high = 0
  for (let index = 0; index < 10; index += 1) {
    const byte = message[start + index]
    if (byte === undefined || (index === 9 && byte > 1)) return undefined
    const bits = byte & 0x7f
    if (index < 5) low |= bits << (7 * index)
    if (index === 4) high = bits >>> 4
    if (index > 4) high |= bits << (7 * index - 32)
    if (byte < 0x80) return { low: low >>> 0, high: high >>> 0, end: start + index + 1 }
  }
  return undefined
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return [...bytes, rest]
}
