import { isIP } from 'node:net'
import type { IpPreference } from '../config/schema.ts'
import { addressBytes } from '../wire/ip-address.ts'
import type { Failure } from './outcome.ts'
import { failure } from './outcome.ts'

export interface Address {
  readonly ip: string
  readonly family: 4 | 6
}

export interface Resolved {
  readonly ok: true
  /** Of one family, the chosen one, in the order of the answer; never empty. The first is the one to dial. */
  readonly addresses: readonly [Address, ...Address[]]
  /** `performance.now()` when the deciding answer arrived. */
  readonly atMs: number
}

/**
 * An IP literal, in brackets or not, maybe with a zone (`[fe80::1%eth0]`); undefined: it is a name.
 * IPv4-mapped IPv6 (`::ffff:192.0.2.1`) is the IPv4 address in it, as for Go: nothing else speaks to it.
 */
export function parseAddress(host: string): Address | undefined {
  const ip = host.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(ip)
  if (family === 4) return { ip, family }
  if (family !== 6) return undefined
  const bytes = addressBytes(ip)
  return bytes.length === 4 ? { ip: bytes.join('.'), family: 4 } : { ip, family }
}

/** The preferred family when it has an address, else the other one where fallback allows it; as Go's LookupIP. */
export function chooseFamily(
  host: string,
  addresses: readonly Address[],
  { preferred, fallback }: IpPreference,
  atMs: number,
): Resolved | Failure {
  const wanted = addresses.filter(({ family }) => family === preferred)
  const [first, ...rest] = wanted.length > 0 || !fallback ? wanted : addresses
  if (first !== undefined) return { ok: true, addresses: [first, ...rest], atMs }
  return noAddress(host, { preferred, fallback })
}

export function noAddress(host: string, { preferred, fallback }: IpPreference): Failure {
  if (fallback) return failure('resolve', 'dns_no_address', `${host} exists, but has no IPv4 and no IPv6 address`)
  const hint = 'see preferred_ip_protocol and ip_protocol_fallback'
  return failure(
    'resolve',
    'dns_no_address',
    `${host} has no IPv${preferred} address, and no other is allowed: ${hint}`,
  )
}
