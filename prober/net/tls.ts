// PROVISIONAL signatures
import type { Socket } from 'node:net'
import type { SecureContext, TLSSocket } from 'node:tls'
import type { TlsConfig } from '../config/schema.ts'
import type { Certificate } from './certificate.ts'
import type { Failure, Outcome } from './outcome.ts'

export interface TlsFacts {
  /** As Go names it: `TLS 1.3`. */
  readonly version: string
  /** IANA name, as Go prints it: `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string
  readonly alpn: string | undefined
  readonly serverName: string
  /** What the server sent, leaf first. */
  readonly peerChain: readonly Certificate[]
  /** Leaf to trust anchor; undefined when no chain verified. */
  readonly verifiedChain: readonly Certificate[] | undefined
  readonly verification: Outcome
}

/** Makes a SecureContext per TLS configuration once and again only when a file it came from has changed. */
export type TlsContexts = (
  config: TlsConfig,
) => Promise<{ readonly ok: true; readonly context: SecureContext } | Failure>
export declare function createTlsContexts(): TlsContexts

export interface TlsEstablished {
  readonly ok: true
  readonly socket: TLSSocket
  /** `performance.now()` in the secureConnect callback. */
  readonly atMs: number
  readonly facts: TlsFacts
}
/** Facts are there whenever the handshake came far enough to show a certificate. */
export type TlsFailure = Failure & { readonly facts: TlsFacts | undefined }

export interface TlsRequest {
  readonly context: SecureContext
  /** Sent as SNI unless it is an IP literal, and checked against the certificate (names and IP addresses). */
  readonly serverName: string
  readonly alpn: readonly string[]
  readonly insecureSkipVerify: boolean
}
/** No session resumption; verification is ours, after the handshake, so that a bad certificate can still be read. */
export declare function startTls(
  socket: Socket,
  request: TlsRequest,
  signal: AbortSignal,
): Promise<TlsEstablished | TlsFailure>
