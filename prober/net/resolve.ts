// PROVISIONAL signatures
import type { IpPreference } from '../config/schema.ts'
import type { Failure } from './outcome.ts'

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

export type Resolver = (host: string, preference: IpPreference, signal: AbortSignal) => Promise<Resolved | Failure>

export declare function createResolver(options?: {
  readonly resolvConf?: string
  readonly hosts?: string
  readonly nsswitch?: string
  readonly nameserverPort?: number
}): Resolver
