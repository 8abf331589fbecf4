/** An ICMP socket made ready: what it tells us, what it filters, how its packets travel, from where and to whom. */
import { echoFilter, INSTRUCTION_BYTES } from '../wire/packet-filter.ts'
import { encodeSocketAddress } from '../wire/socket-message.ts'
import type { Address } from './address.ts'
import { callFailure, sourceFailure } from './icmp-error.ts'
import type { Kernel } from './kernel.ts'
import { type Failure, failure } from './outcome.ts'

export type SocketKind = 'datagram' | 'raw'

export interface IcmpOptions {
  readonly address: Address
  readonly sourceIp: string | undefined
  /** 0: the kernel's. */
  readonly ttl: number
  readonly dontFragment: boolean
}

export interface Descriptor {
  readonly ok: true
  readonly fd: number
  readonly kind: SocketKind
}

export function sourceOfOtherFamily({ address, sourceIp }: IcmpOptions): Failure | undefined {
  if (sourceIp === undefined || sourceIp.includes(':') === (address.family === 6)) return undefined
  const message = `Cannot ping ${address.ip} from ${sourceIp}: write an IPv${address.family} address`
  return failure('setup', 'connect_no_source', message)
}

/** Levels and names of options: linux/in.h, linux/in6.h, linux/icmp.h. */
const ON = word(1)
const SOL_SOCKET = 1
const SOL_RAW = 255
const SOL_ICMPV6 = 58
/** Takes struct sock_fprog: how many instructions, and where they stand. */
const SO_ATTACH_FILTER = 26
const PROGRAM_BYTES = 16
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
  6: { level: SOL_ICMPV6, value: allButBit(129) },
} as const

/** `id`: of the echoes that a raw socket is to see. */
export function setUp(kernel: Kernel, { fd, kind }: Descriptor, id: number, options: IcmpOptions): Failure | undefined {
  const { address, ttl } = options
  const names = OPTIONS[address.family]
  // Without these three less is known, as in a sandbox that lacks them; the probe goes on.
  kernel.setOption(fd, SOL_SOCKET, SO_TIMESTAMPNS, ON)
  kernel.setOption(fd, names.level, names.receiveErrors, ON)
  kernel.setOption(fd, names.level, names.receiveTtl, ON)
  if (kind === 'raw') setFilters(kernel, fd, id, address)
  const limited = ttl > 0 ? kernel.setOption(fd, names.level, names.ttl, word(ttl)) : 0
  const answered = limited < 0 ? limited : setFragments(kernel, fd, options)
  if (answered < 0) return callFailure('setup', answered, address)
  return bindTo(kernel, fd, options) ?? connectTo(kernel, fd, address)
}

/** A raw socket gets replies to everybody who pings this address, and large ones of theirs would crowd out ours. */
function setFilters(kernel: Kernel, fd: number, id: number, { family }: Address): void {
  const { level, value } = FILTERS[family]
  kernel.setOption(fd, level, FILTER, value)
  const filter = echoFilter(family, id)
  // One buffer, so that the instructions are still there when the kernel reads them.
  const program = Buffer.concat([Buffer.alloc(PROGRAM_BYTES), filter])
  program.writeUInt16LE(filter.length / INSTRUCTION_BYTES, 0)
  program.writeBigUInt64LE(kernel.pointerTo(program) + BigInt(PROGRAM_BYTES), 8)
  kernel.setOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, program.subarray(0, PROGRAM_BYTES))
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
