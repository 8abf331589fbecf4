/**
 * ICMP echo without root: the kernel's datagram socket for ICMP, which it gives to the groups in
 * net.ipv4.ping_group_range; a raw one where that is closed and we have CAP_NET_RAW.
 */
import { decodeEcho, decodeQuotedEcho, encodeEchoRequest, withoutIpv4Header } from '../wire/icmp-echo.ts'
import { AF_INET, AF_INET6, type PacketError, timeNs } from '../wire/socket-message.ts'
import type { Address } from './address.ts'
import { callFailure, notPermitted, notSupported, packetFailure } from './icmp-error.ts'
import { type Descriptor, type IcmpOptions, setUp, type SocketKind, sourceOfOtherFamily } from './icmp-options.ts'
import { errnoName, type Kernel, loadKernel, type NoKernel } from './kernel.ts'
import type { Failure } from './outcome.ts'
import { createReceiver, type Packet, type Received } from './packet-receiver.ts'
import { createReadiness, type Readiness } from './readiness.ts'

export interface EchoOptions extends IcmpOptions {
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

export interface IcmpSockets {
  /** Hears nothing but answers of this address to this socket. */
  open(options: EchoOptions, listener: IcmpListener): IcmpSocket | Failure
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

function openSocket(parts: Machinery, id: number, options: EchoOptions, listener: IcmpListener): IcmpSocket | Failure {
  const { kernel, readiness } = parts
  const { address, payload } = options
  const wrongSource = sourceOfOtherFamily(options)
  if (wrongSource !== undefined) return wrongSource
  const opened = openDescriptor(kernel, address)
  if (!opened.ok) return opened
  const { fd, kind } = opened
  const problem = setUp(kernel, opened, id, options) ?? listen(parts, opened, id, options, listener)
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

function listen(
  parts: Machinery,
  { fd, kind }: Descriptor,
  id: number,
  { address, payload }: EchoOptions,
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

function createLag(kernel: Kernel): Machinery['lagMs'] {
  const timespec = Buffer.alloc(16)
  return (receivedAtNs) => {
    if (receivedAtNs === undefined) return 0
    kernel.clock(timespec)
    return Math.max(0, Number(timeNs(timespec) - receivedAtNs) / 1e6)
  }
}
