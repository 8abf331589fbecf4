import { lookup } from 'node:dns'
import type { IpPreference } from '../config/schema.ts'
import type { Address, Resolved } from './address.ts'
import { chooseFamily } from './address.ts'
import { aborted } from './deadline.ts'
import type { Failure } from './outcome.ts'
import { failure } from './outcome.ts'

/**
 * The C library's resolver, for machines whose names our own cannot know. It occupies a thread of libuv's pool and
 * cannot be cancelled: when the signal fires we stop waiting, the thread does not.
 */
export function lookUpByGetaddrinfo(
  host: string,
  preference: IpPreference,
  signal: AbortSignal,
): Promise<Resolved | Failure> {
  return new Promise((resolve) => {
    const onAbort = () => resolve(aborted('resolve', signal))
    signal.addEventListener('abort', onAbort, { once: true })
    lookup(host, { all: true, order: 'verbatim' }, (error, found) => {
      signal.removeEventListener('abort', onAbort)
      const addresses = (found ?? []).map(
        ({ address, family }): Address => ({ ip: address, family: family === 6 ? 6 : 4 }),
      )
      resolve(error ? lookupFailure(host, error) : chooseFamily(host, addresses, preference, performance.now()))
    })
  })
}

/** EAI_AGAIN covers silence and SERVFAIL alike; a name without addresses is ENOTFOUND too. */
function lookupFailure(host: string, { code }: NodeJS.ErrnoException): Failure {
  if (code === 'ENOTFOUND') return failure('resolve', 'dns_nxdomain', `${host} is not known to this machine's resolver`)
  return failure(
    'resolve',
    'dns_servfail',
    `This machine's resolver could not look up ${host}: ${code ?? 'unknown error'}`,
  )
}
