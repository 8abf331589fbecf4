/**
 * What Linux's socket calls take and give beside the payload: socket addresses and control messages, as its 64-bit
 * little-endian platforms lay them out (sys/socket.h, netinet/in.h, linux/errqueue.h).
 */
import { addressBytes, ipv6Text } from './ip-address.ts'

export interface SocketAddress {
  readonly family: 4 | 6
  readonly ip: string
}

export const AF_INET = 2
export const AF_INET6 = 10

/** sockaddr_in or sockaddr_in6 with port 0. `scopeId`: index of the interface of a link-local address. */
export function encodeSocketAddress({ family, ip }: SocketAddress, scopeId = 0): Buffer {
  const bytes = addressBytes(ip)
  if (family === 4) {
    const address = Buffer.alloc(16)
    address.writeUInt16LE(AF_INET, 0)
    address.set(bytes, 4)
    return address
  }
  const address = Buffer.alloc(28)
  address.writeUInt16LE(AF_INET6, 0)
  // An IPv4-mapped address comes without its prefix, RFC 4291 §2.5.5.2.
  if (bytes.length === 4) address.fill(0xff, 18, 20)
  address.set(bytes, 24 - bytes.length)
  address.writeUInt32LE(scopeId, 24)
  return address
}

/** Why the kernel or a router gave a packet up: sock_extended_err. */
export interface PacketError {
  /** An errno, as EHOSTUNREACH. */
  readonly errno: number
  /** Whether an ICMP message says so, rather than this machine's kernel. */
  readonly byIcmp: boolean
  readonly icmpType: number
  readonly icmpCode: number
  /** The path MTU, where the packet was too large. */
  readonly info: number
  /** Who said so. */
  readonly offender: string | undefined
}

export interface ControlData {
  /** When the kernel received the packet, Unix time. */
  readonly receivedAtNs: bigint | undefined
  /** IP TTL or hop limit. */
  readonly hopLimit: number | undefined
  readonly error: PacketError | undefined
}

const SOL_IP = 0
const SOL_SOCKET = 1
const SOL_IPV6 = 41
const SO_TIMESTAMPNS = 35
const IP_TTL = 2
const IP_RECVERR = 11
const IPV6_RECVERR = 25
const IPV6_HOPLIMIT = 52

/** cmsghdr: length (8 bytes), level (4), type (4); data and the next header are aligned to 8. */
const HEADER_BYTES = 16

export function decodeControl(control: Buffer): ControlData {
  let receivedAtNs: bigint | undefined
  let hopLimit: number | undefined
  let error: PacketError | undefined
  for (let at = 0; at + HEADER_BYTES <= control.length; ) {
    const length = Number(control.readBigUInt64LE(at))
    if (length < HEADER_BYTES || at + length > control.length) break
    const kind = control.readInt32LE(at + 8) * 1000 + control.readInt32LE(at + 12)
    const data = control.subarray(at + HEADER_BYTES, at + length)
    if (kind === SOL_SOCKET * 1000 + SO_TIMESTAMPNS && data.length >= 16) receivedAtNs = timeNs(data)
    else if (isHopLimit(kind) && data.length >= 4) hopLimit = data.readInt32LE(0)
    else if (isError(kind) && data.length >= 16) error = packetError(data)
    at += Math.ceil(length / 8) * 8
  }
  return { receivedAtNs, hopLimit, error }
}

function isHopLimit(kind: number): boolean {
  return kind === SOL_IP * 1000 + IP_TTL || kind === SOL_IPV6 * 1000 + IPV6_HOPLIMIT
}

function isError(kind: number): boolean {
  return kind === SOL_IP * 1000 + IP_RECVERR || kind === SOL_IPV6 * 1000 + IPV6_RECVERR
}

/** struct timespec. */
export function timeNs(bytes: Buffer): bigint {
  return bytes.readBigInt64LE(0) * 1_000_000_000n + bytes.readBigInt64LE(8)
}

/** SO_EE_ORIGIN_ICMP and SO_EE_ORIGIN_ICMP6. */
const BY_ICMP: readonly (number | undefined)[] = [2, 3]

function packetError(data: Buffer): PacketError {
  return {
    errno: data.readUInt32LE(0),
    byIcmp: BY_ICMP.includes(data[4]),
    icmpType: data[5] ?? 0,
    icmpCode: data[6] ?? 0,
    info: data.readUInt32LE(8),
    offender: decodeIp(data.subarray(16)),
  }
}

/** Of a sockaddr_in or sockaddr_in6. */
function decodeIp(address: Buffer): string | undefined {
  if (address.length >= 8 && address.readUInt16LE(0) === AF_INET) return address.subarray(4, 8).join('.')
  if (address.length < 24 || address.readUInt16LE(0) !== AF_INET6) return undefined
  return ipv6Text(address.subarray(8, 24))
}
