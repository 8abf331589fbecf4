/**
 * Names to addresses, with a resolver of our own: getaddrinfo runs on libuv's few threads, where one dead name server
 * makes every other lookup wait and the measured DNS time a fiction. There is no cache: a probe measures DNS.
 */
import { platform } from 'node:os'
import type { IpPreference } from '../config/schema.ts'
import type { Address, Resolved } from './address.ts'
import { chooseFamily, parseAddress } from './address.ts'
import { aborted } from './deadline.ts'
import type { NameServer } from './dns-exchange.ts'
import { lookUpInDns, MOST_NAME_BYTES } from './dns-lookup.ts'
import { lookUpByGetaddrinfo } from './getaddrinfo.ts'
import { hostKey, parseHosts } from './hosts-file.ts'
import { needsGetaddrinfo, parseNsswitch } from './nsswitch.ts'
import type { Failure } from './outcome.ts'
import { failure } from './outcome.ts'
import type { ResolvConf } from './resolv-conf.ts'
import { parseResolvConf } from './resolv-conf.ts'
import { createSystemFile } from './system-file.ts'

export type { Address, Resolved } from './address.ts'

/** `host`: a name in ASCII (URL turns IDN into it) or an IP literal, in brackets or not. */
export type Resolver = (host: string, preference: IpPreference, signal: AbortSignal) => Promise<Resolved | Failure>

/** Files to read instead of the system's. */
export interface ResolverOptions {
  readonly resolvConf?: string
  readonly hosts?: string
  readonly nsswitch?: string
  readonly nameserverPort?: number
}

/** Where resolv.conf does not tell the truth (macOS: split DNS of VPNs) or does not exist. */
const NOT_BY_RESOLV_CONF: readonly string[] = ['darwin', 'win32']

export function createResolver(options: ResolverOptions = {}): Resolver {
  const hosts = createSystemFile(options.hosts ?? '/etc/hosts', parseHosts)
  const nsswitch = createSystemFile(options.nsswitch ?? '/etc/nsswitch.conf', parseNsswitch)
  const resolvConf = createSystemFile(options.resolvConf ?? '/etc/resolv.conf', parseResolvConf)
  const trusted = options.resolvConf !== undefined || !NOT_BY_RESOLV_CONF.includes(platform())
  const usual = parseNsswitch('')
  let lookups = 0

  async function lookUpName(host: string, preference: IpPreference, signal: AbortSignal): Promise<Resolved | Failure> {
    const sources = nsswitch() ?? usual
    const conf = resolvConf()
    if (!trusted || conf === undefined || needsGetaddrinfo(host, sources)) {
      return await lookUpByGetaddrinfo(host, preference, signal)
    }
    let told: Failure | undefined
    for (const source of sources.order) {
      const local = source === 'files' ? hosts()?.get(hostKey(host)) : localhost(host)
      if (local !== undefined) return chooseFamily(host, local, preference, performance.now())
      if (source === 'files') continue
      lookups += 1
      const servers = serversInOrder(conf, options.nameserverPort ?? 53, lookups)
      const found = await lookUpInDns({ host, preference, conf, servers }, signal)
      if (found.ok || signal.aborted) return found
      told = found
    }
    return told ?? failure('resolve', 'dns_nxdomain', `${host} is not in /etc/hosts, and nsswitch.conf names no DNS`)
  }

  return async (host, preference, signal) => {
    if (signal.aborted) return aborted('resolve', signal)
    const literal = parseAddress(host)
    if (literal !== undefined) return chooseFamily(host, [literal], preference, performance.now())
    return nameFailure(host) ?? (await lookUpName(host, preference, signal))
  }
}

/** Asks this server only: neither /etc/hosts nor a search list, as the name is meant for that server. */
export function resolverAt(server: NameServer): Resolver {
  const conf: ResolvConf = { ...parseResolvConf(''), search: [], ndots: 0 }
  return async (host, preference, signal) => {
    if (signal.aborted) return aborted('resolve', signal)
    const literal = parseAddress(host)
    if (literal !== undefined) return chooseFamily(host, [literal], preference, performance.now())
    return nameFailure(host) ?? (await lookUpInDns({ host, preference, conf, servers: [server] }, signal))
  }
}

/** `options rotate`: each lookup starts with the next server. */
function serversInOrder({ servers, rotate }: ResolvConf, port: number, lookups: number): NameServer[] {
  const first = rotate ? lookups % servers.length : 0
  return [...servers.slice(first), ...servers.slice(0, first)].map((ip) => ({ ip, port }))
}

/** RFC 6761 §6.3: these names never leave the machine; also when /etc/hosts does not hold them. */
function localhost(host: string): readonly Address[] | undefined {
  if (!/^(.*\.)?localhost\.?$/i.test(host)) return undefined
  return [
    { ip: '127.0.0.1', family: 4 },
    { ip: '::1', family: 6 },
  ]
}

function nameFailure(host: string): Failure | undefined {
  const wrong = whatIsWrong(host.replace(/\.$/, ''))
  if (wrong === undefined) return undefined
  const shown = host.length > 80 ? `${host.slice(0, 80)}…` : host
  return failure('resolve', 'dns_nxdomain', `${JSON.stringify(shown)} cannot exist: it ${wrong}`)
}

/** RFC 1035 §2.3.4; characters as DNS has them in practice: anything that prints, `_` too. */
function whatIsWrong(name: string): string | undefined {
  if (name.length > MOST_NAME_BYTES) return `is longer than ${MOST_NAME_BYTES} bytes`
  if (!/^[\x21-\x7e]+$/.test(name)) return 'has characters that no name in DNS has'
  const odd = name.split('.').some((label) => label.length === 0 || label.length > 63)
  return odd ? 'has an empty part between its dots, or one over 63 bytes' : undefined
}
