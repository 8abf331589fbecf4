import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDeadline } from '../../../prober/net/deadline.ts'
import { createResolver } from '../../../prober/net/resolve.ts'
import type { Resolver } from '../../../prober/net/resolve.ts'

export const ANY = { preferred: 6, fallback: true } as const
export const ONLY_4 = { preferred: 4, fallback: false } as const
export const ONLY_6 = { preferred: 6, fallback: false } as const

export interface Machine extends Disposable {
  readonly resolver: Resolver
  write(file: 'resolv.conf' | 'hosts' | 'nsswitch.conf', text: string): void
}

/** A machine with these files under /etc, and its name servers on this port. */
export function machine(port: number, files: { readonly [file: string]: string } = {}): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-resolve-'))
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text)
  write('resolv.conf', 'nameserver 127.0.0.1\n')
  write('hosts', '')
  write('nsswitch.conf', 'hosts: files dns\n')
  for (const [file, text] of Object.entries(files)) write(file, text)
  return {
    resolver: createResolver({
      resolvConf: join(folder, 'resolv.conf'),
      hosts: join(folder, 'hosts'),
      nsswitch: join(folder, 'nsswitch.conf'),
      nameserverPort: port,
    }),
    write,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

/** The addresses, joined by commas, or the reason why there are none. */
export async function lookUp(resolver: Resolver, host: string, preference: Parameters<Resolver>[1] = ANY, seconds = 5) {
  using deadline = createDeadline(seconds)
  const found = await resolver(host, preference, deadline.signal)
  return found.ok ? found.addresses.map(({ ip }) => ip).join() : found.reason
}
