/** The way to a target: its name looked up, connected, TLS done. Each step tells the clock when it ended. */
import type { Socket } from 'node:net'
import type { IpPreference, TlsConfig } from '../config/schema.ts'
import { connectTcp } from '../net/connect.ts'
import type { Failure, Phase } from '../net/outcome.ts'
import type { Address } from '../net/resolve.ts'
import { startTls, type TlsContext, type TlsFacts } from '../net/tls.ts'
import type { Network } from './probe.ts'
import type { PhaseClock } from './stopwatch.ts'

/** What was learnt on the way, also when it ended early. */
export interface Findings {
  /** Of the target, also behind a proxy. */
  address: Address | undefined
  lookupSeconds: number | undefined
  tls: TlsFacts | undefined
}

export function noFindings(): Findings {
  return { address: undefined, lookupSeconds: undefined, tls: undefined }
}

export interface ReachParts {
  readonly network: Network
  readonly clock: PhaseClock
  readonly signal: AbortSignal
}

export interface Found {
  readonly ok: true
  readonly address: Address
}

/** `host` in ASCII, an IP literal in brackets or not. The clock is left in `next`. */
export async function lookUp(
  host: string,
  ip: IpPreference,
  findings: Findings,
  { network, clock, signal }: ReachParts,
  next: Phase = 'connect',
): Promise<Found | Failure> {
  const startedMs = performance.now()
  clock.enter('resolve', startedMs)
  const resolved = await network.resolve(host, ip, signal)
  findings.lookupSeconds = ((resolved.ok ? resolved.atMs : performance.now()) - startedMs) / 1000
  if (!resolved.ok) return resolved
  clock.enter(next, resolved.atMs)
  const address = resolved.addresses[0]
  findings.address = address
  return { ok: true, address }
}

export interface Reached {
  readonly ok: true
  readonly socket: Socket
}

/** The clock is left in `next`, at the moment when the connection stood. */
export async function dial(
  address: Address,
  port: number,
  sourceIp: string | undefined,
  next: Phase,
  { clock, signal }: ReachParts,
): Promise<Reached | Failure> {
  clock.enter('connect')
  const connected = await connectTcp(address, port, signal, sourceIp)
  if (!connected.ok) return connected
  clock.enter(next, connected.atMs)
  return { ok: true, socket: connected.socket }
}

export interface TlsWish {
  readonly context: TlsContext
  /** Sent as SNI and checked against the certificate. */
  readonly serverName: string
  readonly alpn: readonly string[]
  readonly tls: TlsConfig
}

/** The clock is left in `next`; a socket whose handshake failed is gone. */
export async function secure(
  socket: Socket,
  { context, serverName, alpn, tls }: TlsWish,
  next: Phase,
  findings: Findings,
  { clock, signal }: ReachParts,
): Promise<Reached | Failure> {
  clock.enter('tls')
  const { insecureSkipVerify } = tls
  const established = await startTls(socket, { context, serverName, alpn, insecureSkipVerify }, signal)
  findings.tls = established.facts
  if (!established.ok) {
    const { ok, phase, reason, message } = established
    return { ok, phase, reason, message }
  }
  clock.enter(next, established.atMs)
  return { ok: true, socket: established.socket }
}
