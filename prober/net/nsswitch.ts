/** The `hosts:` line of /etc/nsswitch.conf, nsswitch.conf(5): where names are looked up, and in which order. */

export interface NameSources {
  /** What we do ourselves, in order. */
  readonly order: readonly ('files' | 'dns')[]
  /** Asks for a module of the C library that we cannot stand in for (LDAP, NIS, WINS, …). */
  readonly foreign: boolean
  /** mdns, mdns4_minimal, …: `.local` names belong to multicast DNS. */
  readonly multicast: boolean
}

/** Also what a machine without the file has: musl never looks at it. */
const USUAL: NameSources = { order: ['files', 'dns'], foreign: false, multicast: false }

/**
 * `resolve` (systemd-resolved) also answers DNS at the address in resolv.conf. `myhostname` knows this machine's own
 * name, which /etc/hosts or DNS know in practice, and `localhost`, which we answer ourselves.
 */
const NEEDLESS = new Set(['files', 'dns', 'resolve', 'myhostname'])

export function parseNsswitch(text: string): NameSources {
  const line = /^[ \t]*hosts:(.*)$/m.exec(text.replace(/#.*$/gm, ''))?.[1]
  if (line === undefined) return USUAL
  // `[NOTFOUND=return]` and its kin steer modules that we ask in one way only.
  const sources = line
    .replace(/\[[^\]]*\]/g, ' ')
    .split(/\s+/)
    .filter((source) => source !== '')
  const ours = sources.map((source) => (source === 'resolve' ? 'dns' : source))
  return {
    order: [...new Set(ours)].filter((source) => source === 'files' || source === 'dns'),
    foreign: sources.some((source) => !NEEDLESS.has(source) && !source.startsWith('mdns')),
    multicast: sources.some((source) => source.startsWith('mdns')),
  }
}

/** Whether only the C library's getaddrinfo can answer for this name as this machine is set up. */
export function needsGetaddrinfo(name: string, { foreign, multicast }: NameSources): boolean {
  return foreign || (multicast && /\.local\.?$/i.test(name))
}
