/** A name looked up in DNS: search list, both families at once, servers in turn. */
import type { IpPreference } from '../config/schema.ts'
import type { Resolved } from './address.ts'
import { noAddress } from './address.ts'
import { aborted } from './deadline.ts'
import type { Known, NameServer } from './dns-exchange.ts'
import { askServer, serverText } from './dns-exchange.ts'
import type { Failure, Reason } from './outcome.ts'
import { failure } from './outcome.ts'
import type { ResolvConf } from './resolv-conf.ts'
import { candidateNames } from './resolv-conf.ts'

export interface DnsLookup {
  /** As the user wrote it. */
  readonly host: string
  readonly preference: IpPreference
  readonly conf: ResolvConf
  /** In the order to ask them. */
  readonly servers: readonly NameServer[]
}

/** RFC 1035 §2.3.4, without the root's byte and the last dot. */
export const MOST_NAME_BYTES = 253

/** No use in asking for the next name: nobody is there to answer, or the time is up. */
const FINAL: ReadonlySet<Reason> = new Set(['dns_timeout', 'dns_unreachable', 'cancelled'])

export async function lookUpInDns(lookup: DnsLookup, signal: AbortSignal): Promise<Resolved | Failure> {
  const names = candidateNames(lookup.host, lookup.conf).filter((name) => name.length <= MOST_NAME_BYTES)
  const failures: Failure[] = []
  for (const name of names) {
    const found = await lookUpName(name, lookup, signal)
    if (found.ok || FINAL.has(found.reason)) return found
    failures.push(found)
  }
  return verdict(failures, lookup.host, names)
}

/** A server's failure outweighs every "no": the name may well exist. Of the rest, having no address says more. */
function verdict(failures: readonly Failure[], host: string, names: readonly string[]): Failure {
  const unsure = failures.find(({ reason }) => reason !== 'dns_nxdomain' && reason !== 'dns_no_address')
  const told = unsure ?? failures.find(({ reason }) => reason === 'dns_no_address') ?? failures.at(0)
  if (told === undefined) return failure('resolve', 'dns_nxdomain', `${host} is too long with every search suffix`)
  if (told.reason !== 'dns_nxdomain' || names.length === 1) return told
  return failure('resolve', 'dns_nxdomain', `${told.message}; asked for ${names.join(', ')}`)
}

async function lookUpName(name: string, lookup: DnsLookup, signal: AbortSignal): Promise<Resolved | Failure> {
  const { preferred, fallback } = lookup.preference
  // Once the preferred family has an address, the other question ends with this block.
  using both = childSignal(signal)
  const firstAnswer = askServers(name, preferred, lookup, both.signal)
  const otherAnswer = fallback ? askServers(name, preferred === 6 ? 4 : 6, lookup, both.signal) : undefined
  const first = await firstAnswer
  const found = resolved(first, 0)
  if (found !== undefined || otherAnswer === undefined) return found ?? nothing(name, lookup, [first])
  const other = await otherAnswer
  return resolved(other, first.ok ? first.atMs : 0) ?? nothing(name, lookup, [first, other])
}

/** `noSoonerMs`: the other family's answer may have been there first, but it took the preferred one's to decide. */
function resolved(known: Known | Failure, noSoonerMs: number): Resolved | undefined {
  if (!known.ok) return undefined
  const [first, ...rest] = known.addresses
  return first === undefined
    ? undefined
    : { ok: true, addresses: [first, ...rest], atMs: Math.max(known.atMs, noSoonerMs) }
}

/** That a name does not exist is true for both families (RFC 8020), so one such answer outweighs the other's failure. */
function nothing(name: string, { preference }: DnsLookup, answers: readonly (Known | Failure)[]): Failure {
  const failed = answers.find((answer) => !answer.ok)
  const known = answers.filter((answer) => answer.ok)
  const denied = known.find(({ exists }) => !exists)
  if (denied !== undefined && known.every(({ exists }) => !exists) && failed?.reason !== 'cancelled') {
    const where = serverText(denied.server)
    return failure('resolve', 'dns_nxdomain', `${name} does not exist, says the name server ${where} (NXDOMAIN)`)
  }
  return failed ?? noAddress(name, preference)
}

/** Every server in turn, and all of them again for each attempt, until one knows. */
async function askServers(
  name: string,
  family: 4 | 6,
  { conf, servers }: DnsLookup,
  signal: AbortSignal,
): Promise<Known | Failure> {
  const question = { name, type: family === 6 ? 'AAAA' : 'A' } as const
  const failures: Failure[] = []
  for (let attempt = 0; attempt < conf.attempts && !signal.aborted; attempt += 1) {
    for (const server of servers) {
      const answer = await askServer(server, question, conf.timeoutSeconds, signal)
      if (answer.ok || answer.reason === 'cancelled') return answer
      failures.push(answer)
      if (signal.aborted) break
    }
  }
  // What a server said tells more than another one's silence.
  const said = failures.find(({ reason }) => !FINAL.has(reason))
  return said ?? failures.at(-1) ?? aborted('resolve', signal)
}

/** Ends when its parent does, or when it is disposed. */
function childSignal(parent: AbortSignal): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const follow = () => controller.abort(parent.reason)
  if (parent.aborted) follow()
  else parent.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      parent.removeEventListener('abort', follow)
      controller.abort()
    },
  }
}
