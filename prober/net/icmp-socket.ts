/**
 * ICMP echo without root: the kernel's datagram socket for ICMP, which it gives to the groups in
 * net.ipv4.ping_group_range; a raw one where that is closed and we have CAP_NET_RAW.
 */
import { decodeEcho, decodeQuotedEcho, encodeEchoRequest, withoutIpv4Header } from '../wire/icmp-echo.ts'
import {
  AF_INET,
  AF_INET6,
  type ControlData,
  decodeControl,
  encodeSocketAddress,
  type PacketError,
  timeNs,
} from '../wire/socket-message.ts'
import type { Address } from './address.ts'
import { callFailure, notPermitted, notSupported, packetFailure, sourceFailure } from './icmp-error.ts'
import { errnoName, type Kernel, loadKernel, type NoKernel } from './kernel.ts'
import { type Failure, failure } from './outcome.ts'
import { createReadiness, type Readiness } from './readiness.ts'

export interface IcmpOptions {
  readonly address: Address
  readonly sourceIp: string | undefined
  /** 0: the kernel's. */
  readonly ttl: number
  readonly dontFragment: boolean
  /** What each request carries; a reply that carries something else is not ours. */
  readonly payload: Buffer
}

export interface EchoReply {
  readonly sequence: number
  /** `performance.now()` at the moment when the kernel had it, however late we are. */
  readonly atMs: number
  /** IP TTL or hop limit; undefined: the kernel does not tell. */
  readonly hopLimit: number | undefined
}

/** Called in the order of what came; a duplicate reply comes twice. */
export interface IcmpListener {
  onReply(reply: EchoReply): void
  /** `sequence`: undefined where the kernel does not say which request it was. */
  onError(error: PacketError, sequence: number | undefined): void
}

export interface IcmpSocket extends Disposable {
  readonly ok: true
  readonly kind: SocketKind
  /** `atMs`: `performance.now()` just before the kernel got it. */
  send(sequence: number): { readonly ok: true; readonly atMs: number } | Failure
}

export type SocketKind = 'datagram' | 'raw'

export interface IcmpSockets {
  /** Hears nothing but answers of this address to this socket. */
  open(options: IcmpOptions, listener: IcmpListener): IcmpSocket | Failure
  /** Whether `open` may open anything now. */
  permission(): IcmpPermission
}

export type IcmpPermission = { readonly ok: true; readonly kind: SocketKind } | Failure

/** Loads what it needs with the first call, so that who never pings pays nothing. */
export function createIcmpSockets(load: () => Kernel | NoKernel = loadKernel): IcmpSockets {
  let loaded: Machinery | NoKernel | undefined
  /** 16 bits, other ones for each socket: raw sockets to one target see each other's replies. */
  let lastId = process.pid
  const machinery = () => {
    loaded ??= machineryOf(load())
    return loaded
  }
  return {
    open(options, listener) {
      const parts = machinery()
      if ('missing' in parts) return notSupported(parts.missing)
      lastId += 1
      return openSocket(parts, lastId & 0xffff, options, listener)
    },
    permission() {
      const parts = machinery()
      if ('missing' in parts) return notSupported(parts.missing)
      const opened = openDescriptor(parts.kernel, { ip: '127.0.0.1', family: 4 })
      if (opened.ok) parts.kernel.close(opened.fd)
      return opened
    },
  }
}

/** What `sonde check` and `sonde serve` warn of at start. */
export function icmpPermission(): IcmpPermission {
  return createIcmpSockets().permission()
}

interface Machinery {
  readonly kernel: Kernel
  readonly readiness: Readiness
  readonly receive: (fd: number, flags: number) => Received
  /** Milliseconds since the kernel received a packet. */
  readonly lagMs: (receivedAtNs: bigint | undefined) => number
}

function machineryOf(kernel: Kernel | NoKernel): Machinery | NoKernel {
  if ('missing' in kernel) return kernel
  return { kernel, readiness: createReadiness(kernel), receive: createReceiver(kernel), lagMs: createLag(kernel) }
}

const SOCK_DGRAM = 2
const SOCK_RAW = 3
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const IPPROTO_ICMP = 1
const IPPROTO_ICMPV6 = 58

interface Descriptor {
  readonly ok: true
  readonly fd: number
  readonly kind: SocketKind
}

function openDescriptor(kernel: Kernel, address: Address): Descriptor | Failure {
  const [domain, protocol] = address.family === 4 ? [AF_INET, IPPROTO_ICMP] : [AF_INET6, IPPROTO_ICMPV6]
  const flags = SOCK_NONBLOCK | SOCK_CLOEXEC
  const datagram = kernel.socket(domain, SOCK_DGRAM | flags, protocol)
  if (datagram >= 0) return { ok: true, fd: datagram, kind: 'datagram' }
  const raw = kernel.socket(domain, SOCK_RAW | flags, protocol)
  if (raw >= 0) return { ok: true, fd: raw, kind: 'raw' }
  const isForbidden = ['EPERM', 'EACCES'].includes(errnoName(raw))
  return isForbidden ? notPermitted(process.getgid?.()) : callFailure('setup', raw, address)
}

function openSocket(parts: Machinery, id: number, options: IcmpOptions, listener: IcmpListener): IcmpSocket | Failure {
  const { kernel, readiness } = parts
  const { address, payload } = options
  const wrongSource = sourceOfOtherFamily(options)
  if (wrongSource !== undefined) return wrongSource
  const opened = openDescriptor(kernel, address)
  if (!opened.ok) return opened
  const { fd, kind } = opened
  const problem = setUp(kernel, opened, options) ?? listen(parts, opened, id, options, listener)
  if (problem !== undefined) {
    kernel.close(fd)
    return problem
  }
  return {
    ok: true,
    kind,
    send(sequence) {
      const request = encodeEchoRequest(address.family, { id, sequence, payload })
      const atMs = performance.now()
      const sent = sendOnce(kernel, fd, request)
      return sent >= 0 ? { ok: true, atMs } : sendFailure(parts, fd, sent, address)
    },
    [Symbol.dispose]() {
      readiness.unwatch(fd)
      kernel.close(fd)
    },
  }
}

/** The first call may tell what became of an earlier packet, and then sends nothing; `onError` tells that, too. */
function sendOnce(kernel: Kernel, fd: number, request: Buffer): number {
  const sent = kernel.send(fd, request)
  const isOfEarlier = sent < 0 && ['EHOSTUNREACH', 'ENETUNREACH', 'ECONNREFUSED'].includes(errnoName(sent))
  return isOfEarlier ? kernel.send(fd, request) : sent
}

/** Of a packet that is too large the error queue tells what would fit. */
function sendFailure({ receive }: Machinery, fd: number, errno: number, address: Address): Failure {
  const packet = errnoName(errno) === 'EMSGSIZE' ? receive(fd, MSG_ERRQUEUE) : undefined
  const error = typeof packet === 'object' ? packet.control.error : undefined
  return error === undefined ? callFailure('rtt', errno, address) : packetFailure(error, address)
}

function sourceOfOtherFamily({ address, sourceIp }: IcmpOptions): Failure | undefined {
  if (sourceIp === undefined || sourceIp.includes(':') === (address.family === 6)) return undefined
  const message = `Cannot ping ${address.ip} from ${sourceIp}: write an IPv${address.family} address`
  return failure('setup', 'connect_no_source', message)
}

/** Levels and names of options: linux/in.h, linux/in6.h, linux/icmp.h. */
const ON = word(1)
const SOL_SOCKET = 1
const SOL_RAW = 255
const SO_TIMESTAMPNS = 35
const PMTUDISC_DONT = word(0)
const PMTUDISC_DO = word(2)
const OPTIONS = {
  4: { level: 0, ttl: 2, mtuDiscover: 10, receiveErrors: 11, receiveTtl: 12 },
  6: { level: 41, ttl: 16, mtuDiscover: 23, receiveErrors: 25, receiveTtl: 51 },
} as const
const IPV6_DONTFRAG = 62
/** ICMP_FILTER and ICMPV6_FILTER: bits of the types that a raw socket does not see, here all but echo replies. */
const FILTER = 1
const FILTERS = {
  4: { level: SOL_RAW, value: word(~1) },
  6: { level: IPPROTO_ICMPV6, value: allButBit(129) },
} as const

function setUp(kernel: Kernel, { fd, kind }: Descriptor, options: IcmpOptions): Failure | undefined {
  const { address, ttl } = options
  const names = OPTIONS[address.family]
  // Without these three less is known, as in a sandbox that lacks them; the probe goes on.
  kernel.setOption(fd, SOL_SOCKET, SO_TIMESTAMPNS, ON)
  kernel.setOption(fd, names.level, names.receiveErrors, ON)
  kernel.setOption(fd, names.level, names.receiveTtl, ON)
  if (kind === 'raw') kernel.setOption(fd, FILTERS[address.family].level, FILTER, FILTERS[address.family].value)
  const limited = ttl > 0 ? kernel.setOption(fd, names.level, names.ttl, word(ttl)) : 0
  const answered = limited < 0 ? limited : setFragments(kernel, fd, options)
  if (answered < 0) return callFailure('setup', answered, address)
  return bindTo(kernel, fd, options) ?? connectTo(kernel, fd, address)
}

/** Left alone, Linux sets DF to find the path MTU: then who allows fragments gets none. In IPv6 only we may fragment. */
function setFragments(kernel: Kernel, fd: number, { address, dontFragment }: IcmpOptions): number {
  const { level, mtuDiscover } = OPTIONS[address.family]
  if (!dontFragment) return address.family === 4 ? kernel.setOption(fd, level, mtuDiscover, PMTUDISC_DONT) : 0
  if (address.family === 6) kernel.setOption(fd, level, IPV6_DONTFRAG, ON)
  return kernel.setOption(fd, level, mtuDiscover, PMTUDISC_DO)
}

function bindTo(kernel: Kernel, fd: number, { address, sourceIp }: IcmpOptions): Failure | undefined {
  if (sourceIp === undefined) return undefined
  const source = socketAddress(kernel, { ip: sourceIp, family: address.family })
  const answered = typeof source === 'number' ? source : kernel.bind(fd, source)
  return answered < 0 ? sourceFailure(sourceIp, answered) : undefined
}

/** The kernel then hands over what comes from this address only, and a missing route is known before anything is sent. */
function connectTo(kernel: Kernel, fd: number, address: Address): Failure | undefined {
  const peer = socketAddress(kernel, address)
  const answered = typeof peer === 'number' ? peer : kernel.connect(fd, peer)
  return answered < 0 ? callFailure('setup', answered, address) : undefined
}

const ENODEV = 19

/** An errno where there is no interface of the name after `%`. */
function socketAddress(kernel: Kernel, address: Address): Buffer | number {
  const zone = address.ip.split('%')[1]
  if (zone === undefined) return encodeSocketAddress(address)
  const index = /^\d+$/.test(zone) ? Number(zone) : kernel.interfaceIndex(zone)
  return index > 0 && index <= 0xffff_ffff ? encodeSocketAddress(address, index) : -ENODEV
}

function listen(
  parts: Machinery,
  { fd, kind }: Descriptor,
  id: number,
  { address, payload }: IcmpOptions,
  listener: IcmpListener,
): Failure | undefined {
  const isOwn = (found: number) => kind === 'datagram' || found === id
  const takeReply = ({ bytes, control }: Packet) => {
    const message = kind === 'raw' && address.family === 4 ? withoutIpv4Header(bytes) : bytes
    const echo = message === undefined ? undefined : decodeEcho(address.family, message)
    if (echo?.kind !== 'reply' || !isOwn(echo.id) || !payload.equals(echo.payload)) return
    const { receivedAtNs, hopLimit } = control
    listener.onReply({ sequence: echo.sequence, atMs: performance.now() - parts.lagMs(receivedAtNs), hopLimit })
  }
  const takeError = ({ bytes, control: { error } }: Packet) => {
    const echo = decodeQuotedEcho(address.family, bytes)
    if (error === undefined || echo?.kind !== 'request' || !isOwn(echo.id)) return
    listener.onError(error, echo.sequence)
  }
  const answered = parts.readiness.watch(fd, ({ readable, failed }) => {
    if (failed) fetchErrors(parts, fd, takeError, listener)
    if (!readable) return
    const packet = parts.receive(fd, 0)
    if (typeof packet !== 'number') takeReply(packet)
  })
  return answered < 0 ? callFailure('setup', answered, address) : undefined
}

const MSG_ERRQUEUE = 0x2000
const MOST_ERRORS = 16

/** All that wait; where none does, what makes the socket fail is fetched by an ordinary read, or it would for ever. */
function fetchErrors(
  { receive }: Machinery,
  fd: number,
  takeError: (packet: Packet) => void,
  listener: IcmpListener,
): void {
  for (let count = 0; count < MOST_ERRORS; count += 1) {
    const packet = receive(fd, MSG_ERRQUEUE)
    if (typeof packet !== 'number') takeError(packet)
    else if (count > 0) return
    else {
      const pending = receive(fd, 0)
      if (typeof pending === 'number' && errnoName(pending) !== 'EAGAIN')
        listener.onError(localError(pending), undefined)
      return
    }
  }
}

function localError(errno: number): PacketError {
  return { errno: Math.abs(errno), byIcmp: false, icmpType: 0, icmpCode: 0, info: 0, offender: undefined }
}

/** `bytes` and what is in `control` are the receiver's own memory, good until the next call. */
interface Packet {
  readonly bytes: Buffer
  readonly control: ControlData
}

/** Or an errno. */
type Received = Packet | number

/** No IP packet is larger. */
const MOST_BYTES = 65_536
const MOST_CONTROL_BYTES = 512
/** struct msghdr: where its fields stand; behind it we put the struct iovec to which it points. */
const MSGHDR = { iov: 16, iovCount: 24, control: 32, controlBytes: 40, bytes: 56 } as const
const IOVEC = { base: MSGHDR.bytes, length: MSGHDR.bytes + 8, bytes: 16 } as const

/**
 * One place for every packet of the process: it is read and understood before the next one comes. The kernel writes
 * through pointers, so each buffer must be one that the function below holds.
 */
function createReceiver(kernel: Kernel): Machinery['receive'] {
  const bytes = Buffer.alloc(MOST_BYTES)
  const control = Buffer.alloc(MOST_CONTROL_BYTES)
  const header = Buffer.alloc(MSGHDR.bytes + IOVEC.bytes)
  header.writeBigUInt64LE(kernel.pointerTo(bytes), IOVEC.base)
  header.writeBigUInt64LE(BigInt(MOST_BYTES), IOVEC.length)
  header.writeBigUInt64LE(kernel.pointerTo(header) + BigInt(IOVEC.base), MSGHDR.iov)
  header.writeBigUInt64LE(1n, MSGHDR.iovCount)
  header.writeBigUInt64LE(kernel.pointerTo(control), MSGHDR.control)
  return (fd, flags) => {
    header.writeBigUInt64LE(BigInt(MOST_CONTROL_BYTES), MSGHDR.controlBytes)
    const count = kernel.recvmsg(fd, header, flags)
    if (count < 0) return count
    const controlBytes = Number(header.readBigUInt64LE(MSGHDR.controlBytes))
    return { bytes: bytes.subarray(0, count), control: decodeControl(control.subarray(0, controlBytes)) }
  }
}

function createLag(kernel: Kernel): Machinery['lagMs'] {
  const timespec = Buffer.alloc(16)
  return (receivedAtNs) => {
    if (receivedAtNs === undefined) return 0
    kernel.clock(timespec)
    return Math.max(0, Number(timeNs(timespec) - receivedAtNs) / 1e6)
  }
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

/** ICMPv6 has 256 types, 32 to a word. */
function allButBit(bit: number): Buffer {
  const bytes = Buffer.alloc(32, 0xff)
  bytes[bit >> 3] = 0xff ^ (1 << (bit & 7))
  return bytes
}
