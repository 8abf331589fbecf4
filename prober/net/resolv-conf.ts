/** /etc/resolv.conf, resolv.conf(5): which servers to ask, and which names to make of a short one. */
import { isIP } from 'node:net'

export interface ResolvConf {
  /** IP addresses, maybe with a zone (`fe80::1%eth0`). */
  readonly servers: readonly string[]
  readonly search: readonly string[]
  /** A name with at least this many dots is tried as it stands first. */
  readonly ndots: number
  readonly timeoutSeconds: number
  readonly attempts: number
  readonly rotate: boolean
}

/** resolv.conf(5) says so too: no `nameserver` line means the one on this machine. */
const LOCAL_SERVERS = ['127.0.0.1', '::1']
/** RES_MAXNDOTS, RES_MAXRETRANS and RES_MAXRETRY of glibc's resolv.h. */
const MOST = { ndots: 15, timeout: 30, attempts: 5 } as const
/** MAXNS of glibc: further servers are not asked. */
const MOST_SERVERS = 3

export function parseResolvConf(text: string): ResolvConf {
  const servers: string[] = []
  let search: readonly string[] = []
  let options: readonly string[] = []
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/)
    // `domain` and `search` replace each other: the last one counts.
    if (keyword === 'nameserver') servers.push(...values.slice(0, 1).filter((server) => isIP(server) !== 0))
    else if (keyword === 'search') search = values.map(withoutDot).filter(isSuffix)
    else if (keyword === 'domain') search = values.slice(0, 1).map(withoutDot).filter(isSuffix)
    else if (keyword === 'options') options = [...options, ...values]
  }
  return {
    servers: servers.length > 0 ? servers.slice(0, MOST_SERVERS) : LOCAL_SERVERS,
    search,
    ndots: option(options, 'ndots', 0, MOST.ndots) ?? 1,
    timeoutSeconds: option(options, 'timeout', 1, MOST.timeout) ?? 5,
    attempts: option(options, 'attempts', 1, MOST.attempts) ?? 2,
    rotate: options.includes('rotate'),
  }
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '')
}

/** An empty label would end the name in the middle of a query (RFC 1035 §3.1). */
function isSuffix(name: string): boolean {
  return name.split('.').every((label) => /^[\x21-\x7e]{1,63}$/.test(label))
}

function option(options: readonly string[], name: string, least: number, most: number): number | undefined {
  const text = options.findLast((candidate) => candidate.startsWith(`${name}:`))?.slice(name.length + 1) ?? ''
  return /^\d+$/.test(text) ? Math.min(Math.max(Number(text), least), most) : undefined
}

/** The full names to ask for, in order; as glibc and Go do it, a trailing dot asks for the name itself only. */
export function candidateNames(name: string, { search, ndots }: ResolvConf): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const dots = name.split('.').length - 1
  const suffixed = search.map((suffix) => `${name}.${suffix}`)
  return dots >= ndots ? [name, ...suffixed] : [...suffixed, name]
}
