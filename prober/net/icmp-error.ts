/** What goes wrong with ICMP sockets and packets, in reasons and words. */
import type { PacketError } from '../wire/socket-message.ts'
import type { Address } from './address.ts'
import { errnoName } from './kernel.ts'
import { type Failure, failure, type Phase, type Reason } from './outcome.ts'

const SYSCTL = 'net.ipv4.ping_group_range'
const REMEDY = `run sysctl -w ${SYSCTL}="0 2147483647"; in Kubernetes set the pod’s securityContext.sysctls to [{name: ${SYSCTL}, value: "0 2147483647"}]; or grant CAP_NET_RAW`

/** `groupId`: undefined where the system has no groups. */
export function notPermitted(groupId: number | undefined): Failure {
  const who = groupId === undefined ? 'its group' : `its group ${groupId}`
  const message = `This process may not open an ICMP socket: ${who} is outside ${SYSCTL}, and it lacks CAP_NET_RAW; ${REMEDY}`
  return failure('setup', 'icmp_not_permitted', message)
}

export function notSupported(missing: string): Failure {
  const message = `Cannot open an ICMP socket: this Node.js ${missing}; ICMP needs Linux on x64 or arm64 and Node.js 26.1 or newer, which npm install brings`
  return failure('setup', 'icmp_not_permitted', message)
}

/** Of socket(2), bind(2), connect(2), send(2), by errno. */
const CALL_ERRORS: Readonly<Record<string, readonly [Reason, string]>> = {
  ENETUNREACH: ['icmp_unreachable', 'no route to this network; does this machine speak its IP version?'],
  EHOSTUNREACH: ['icmp_unreachable', 'no route to this host'],
  EHOSTDOWN: ['icmp_unreachable', 'the host is down'],
  ENETDOWN: ['icmp_unreachable', 'the network is down'],
  ENODEV: ['icmp_unreachable', 'there is no network interface of that name'],
  EAFNOSUPPORT: ['icmp_unreachable', 'this machine does not speak its IP version'],
  EADDRNOTAVAIL: ['icmp_unreachable', 'this machine has no address to send from'],
  EMSGSIZE: [
    'icmp_too_large',
    'the packet is too large; lower payload_size, or allow fragments (dont_fragment: false)',
  ],
  EACCES: ['connect_failed', 'a local firewall forbids it, or it is a broadcast address (EACCES)'],
  EPERM: ['connect_failed', 'a local firewall or policy forbids it (EPERM)'],
  EMFILE: ['connect_failed', 'this process has no free file descriptor; raise its limit (ulimit -n)'],
  EAGAIN: ['connect_failed', 'the kernel’s send buffer is full (EAGAIN)'],
  ENOBUFS: ['connect_failed', 'the queue of the network interface is full (ENOBUFS)'],
}

export function callFailure(phase: Phase, errno: number, { ip }: Address): Failure {
  const name = errnoName(errno)
  const [reason, found] = CALL_ERRORS[name] ?? (['connect_failed', `the operating system says ${name}`] as const)
  return failure(phase, reason, `${ip} cannot be pinged: ${found}`)
}

export function sourceFailure(sourceIp: string, errno: number): Failure {
  const name = errnoName(errno)
  if (name !== 'EADDRNOTAVAIL' && name !== 'ENODEV') {
    return failure('setup', 'connect_failed', `Cannot send from ${sourceIp}: the operating system says ${name}`)
  }
  return failure('setup', 'connect_no_source', `Cannot send from ${sourceIp}: it is none of this machine’s addresses`)
}

/** RFC 792 and RFC 1812 §5.2.7.1: codes of type 3. */
const UNREACHABLE_4: readonly string[] = [
  'the network cannot be reached',
  'the host cannot be reached',
  'the host does not speak ICMP',
  'the host refuses',
  'the packet is too large',
  'the source route failed',
  'the network is unknown',
  'the host is unknown',
  'the source is isolated',
  'the network is prohibited',
  'the host is prohibited',
  'the network cannot be reached for this type of service',
  'the host cannot be reached for this type of service',
  'a firewall prohibits it',
  'the precedence of the host is violated',
  'the precedence is too low',
]
/** RFC 4443 §3.1: codes of type 1. */
const UNREACHABLE_6: readonly string[] = [
  'there is no route',
  'a firewall prohibits it',
  'the address is beyond the scope of the source',
  'the host cannot be reached',
  'the host refuses',
  'the source address is forbidden',
  'the route is one to reject',
]
const TYPES = {
  4: { unreachable: 3, timeExceeded: 11, texts: UNREACHABLE_4 },
  6: { unreachable: 1, timeExceeded: 3, texts: UNREACHABLE_6 },
} as const

/** What a router, the target or our own kernel said instead of a reply. */
export function packetFailure(error: PacketError, address: Address): Failure {
  const { errno, byIcmp, info, offender } = error
  if (errnoName(errno) === 'EMSGSIZE') {
    const message = `The packet to ${address.ip} is too large: ${mtuText(info, offender, byIcmp)}; lower payload_size`
    return failure('rtt', 'icmp_too_large', message)
  }
  if (!byIcmp) return callFailure('rtt', errno, address)
  const who = offender === address.ip ? 'It' : (offender ?? 'A router')
  return failure('rtt', 'icmp_unreachable', `${address.ip} did not answer. ${who} said: ${spoken(error, address)}`)
}

function mtuText(mtu: number, offender: string | undefined, byIcmp: boolean): string {
  const where = byIcmp && offender !== undefined ? `${offender} passes on` : 'the way takes'
  return mtu > 0 ? `${where} at most ${mtu} bytes` : `${where} only smaller ones`
}

function spoken({ errno, icmpType, icmpCode }: PacketError, { family }: Address): string {
  const { unreachable, timeExceeded, texts } = TYPES[family]
  const code = `(ICMP type ${icmpType}, code ${icmpCode})`
  if (icmpType === timeExceeded) return `the packet’s time to live ran out on the way; raise ttl ${code}`
  const text = icmpType === unreachable ? texts[icmpCode] : undefined
  return `${text ?? errnoName(errno)} ${code}`
}
