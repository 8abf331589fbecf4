// PROVISIONAL signatures
import type { Socket } from 'node:net'
import type { Failure } from './outcome.ts'
import type { Address } from './resolve.ts'

export interface Connected {
  readonly ok: true
  readonly socket: Socket
  /** `performance.now()` in the connect callback. */
  readonly atMs: number
}
/** One address, one attempt: no happy eyeballs. The socket is destroyed when the signal fires, also later: whoever holds the deadline ends it. */
export declare function connectTcp(address: Address, port: number, signal: AbortSignal): Promise<Connected | Failure>
