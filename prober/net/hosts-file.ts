/** /etc/hosts, hosts(5). */
import { isIP } from 'node:net'
import type { Address } from './address.ts'

/** Names in lower case, without a trailing dot. */
export type HostsFile = ReadonlyMap<string, readonly Address[]>

export function parseHosts(text: string): HostsFile {
  const hosts = new Map<string, Address[]>()
  for (const line of text.split('\n')) {
    const [ip = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/)
    const family = isIP(ip)
    if (family !== 4 && family !== 6) continue
    for (const name of names.map(hostKey)) {
      const addresses = hosts.get(name)
      if (addresses === undefined) hosts.set(name, [{ ip, family }])
      else if (!addresses.some((address) => address.ip === ip)) addresses.push({ ip, family })
    }
  }
  return hosts
}

export function hostKey(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
