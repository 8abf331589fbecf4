/** What tcp and unix do alike once they know where to: TLS from the first byte or later, and the dialogue. */
import type { Socket } from 'node:net'
import type { StreamOptions } from '../../config/schema.ts'
import type { Failure, Outcome, Phase } from '../../net/outcome.ts'
import type { TlsContext } from '../../net/tls.ts'
import type { Probing } from '../probing.ts'
import { type Reached, type ReachParts, secure } from '../reach.ts'
import type { StreamFacts } from '../result.ts'
import { converse } from './dialogue.ts'

/** A result in the making. */
export type StreamFindings = { -readonly [Key in keyof StreamFacts]: StreamFacts[Key] }

export function noStreamFindings(): StreamFindings {
  return {
    connected: false,
    failedDueToRegex: false,
    failedDueToBytes: false,
    expectInfo: undefined,
    failedStep: undefined,
  }
}

export interface Prepared {
  readonly ok: true
  /** undefined: no TLS is wanted. */
  readonly context: TlsContext | undefined
}

/** Before connecting, since it may read files, and no connection should stand idle meanwhile. */
export async function prepareTls(options: StreamOptions, { network, signal }: Probing): Promise<Prepared | Failure> {
  const isWanted = options.useTls || options.queryResponse.some(({ startTls }) => startTls)
  return isWanted ? await network.tlsContexts(options.tls, signal) : { ok: true, context: undefined }
}

/** What the time after connecting is spent on. */
export function phaseAfterConnect({ useTls, queryResponse }: StreamOptions): Phase {
  if (useTls) return 'tls'
  return queryResponse.length > 0 ? 'dialogue' : 'other'
}

export interface StreamWish {
  readonly options: StreamOptions
  readonly context: TlsContext | undefined
  /** Sent as SNI and checked against the certificate. */
  readonly serverName: string
}

/** Over a socket that stands; it and all TLS over it are destroyed at the end. */
export async function talk(
  socket: Socket,
  wish: StreamWish,
  facts: StreamFindings,
  probing: Probing,
): Promise<Outcome> {
  const sockets = [socket]
  const overTls = async (lower: Socket): Promise<Reached | Failure> => {
    const reached = await startTls(lower, wish, probing)
    if (reached.ok) sockets.push(reached.socket)
    return reached
  }
  try {
    const reached: Reached | Failure = wish.options.useTls ? await overTls(socket) : { ok: true, socket }
    if (!reached.ok) return reached
    facts.connected = true
    const { log, signal } = probing
    log.debug('Successfully dialed')
    const { queryResponse } = wish.options
    if (queryResponse.length === 0) return { ok: true }
    const clientCertificate = wish.context?.clientCertificate ?? false
    return await converse(reached.socket, queryResponse, facts, { log, signal, clientCertificate, secure: overTls })
  } finally {
    for (const each of sockets.reverse()) each.destroy()
  }
}

async function startTls(
  socket: Socket,
  { options, context, serverName }: StreamWish,
  { network, watch, signal, findings, log }: Probing,
): Promise<Reached | Failure> {
  if (context === undefined) throw new Error('TLS was not prepared')
  log.debug('Starting TLS', { server_name: serverName })
  const parts: ReachParts = { network, clock: watch, signal }
  const next = options.queryResponse.length > 0 ? 'dialogue' : 'other'
  return await secure(socket, { context, serverName, alpn: [], tls: options.tls }, next, findings, parts)
}
