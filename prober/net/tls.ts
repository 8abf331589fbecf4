/** TLS over a socket that already stands: handshake, facts, verification of our own. */
import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import type { Certificate } from './certificate.ts'
import { peerCertificates } from './certificate.ts'
import { aborted } from './deadline.ts'
import type { Failure, Outcome } from './outcome.ts'
import { failure } from './outcome.ts'
import type { TlsContext } from './tls-context.ts'
import { classifyTlsError, tlsFailure } from './tls-error.ts'
import { verifyPresented } from './tls-verify.ts'
import { inTurn } from './turn.ts'

export type { TlsContext, TlsContexts } from './tls-context.ts'
export { createTlsContexts } from './tls-context.ts'
export { classifyTlsError } from './tls-error.ts'

export interface TlsFacts {
  /** As Go names it: `TLS 1.3`. */
  readonly version: string
  /** IANA name, as Go prints it: `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string
  readonly alpn: string | undefined
  readonly serverName: string
  /** What the server sent, leaf first. */
  readonly peerChain: readonly Certificate[]
  /** Leaf to trust anchor; undefined when no chain verified. Of several, the one that stays valid longest. */
  readonly verifiedChain: readonly Certificate[] | undefined
  readonly verification: Outcome
}

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
  readonly context: TlsContext
  /** Sent as SNI unless it is an IP literal, and checked against the certificate (names and IP addresses). */
  readonly serverName: string
  readonly alpn: readonly string[]
  readonly insecureSkipVerify: boolean
}

const CLOSED = failure('tls', 'tls_reset', 'The connection was closed during the TLS handshake')

/**
 * No session resumption; verification is ours, after the handshake, so that a bad certificate can still be read.
 * On failure the socket is destroyed; once established it is the caller's, and the signal still destroys it.
 */
export function startTls(
  socket: Socket,
  request: TlsRequest,
  signal: AbortSignal,
): Promise<TlsEstablished | TlsFailure> {
  const over = overBefore(socket, signal)
  if (over !== undefined) {
    socket.destroy()
    return Promise.resolve({ ...over, facts: undefined })
  }
  return new Promise((resolve, reject) => {
    const secured = secure(socket, request)
    let settled = false
    // A bug of ours must end this probe, not the process: what is thrown in an event's callback would.
    const settle = (find: () => TlsEstablished | TlsFailure) => {
      if (settled) return
      settled = true
      try {
        const result = find()
        resolve(result)
        if (result.ok) return
      } catch (bug) {
        reject(bug)
      }
      secured.destroy()
      socket.destroy()
    }
    let shown: Shown | undefined
    const fail = (cause: Failure) =>
      settle(() => ({ ...cause, facts: factsOf(shown ?? shownBy(secured), request, cause) }))
    const done = (atMs: number) =>
      settle(() => {
        const result = handshakeDone(secured, shown, request, atMs)
        closeOnceEnded(secured)
        return result
      })
    const onAbort = () => {
      fail(aborted('tls', signal))
      secured.destroy()
    }
    signal.addEventListener('abort', onAbort, { once: true })
    secured.once('secureConnect', () => {
      const atMs = performance.now()
      // A server that leaves meanwhile takes the certificate along.
      shown = shownBy(secured)
      // Reading it waits until every handshake of this turn of the event loop has got its time stamp.
      inTurn(done, atMs)
    })
    // Stays for the socket's whole life: an error that comes while nobody else listens is no crash.
    secured.on('error', (error) => {
      const { clientCertificate } = request.context
      const isAfterHandshake = shown !== undefined && classifyTlsError(error, clientCertificate) === undefined
      if (settled || isAfterHandshake) return
      const certificateSeen = (shown ?? secured.getPeerX509Certificate()) !== undefined
      fail(tlsFailure(error, { certificateSeen, clientCertificate }))
    })
    secured.once('close', () => {
      signal.removeEventListener('abort', onAbort)
      // What breaks after the handshake is told by whoever reads next.
      if (shown === undefined) fail(CLOSED)
      secured.removeAllListeners()
    })
  })
}

/** A socket that ended before we listened tells nobody again. */
function overBefore({ destroyed, readableEnded }: Socket, signal: AbortSignal): Failure | undefined {
  if (signal.aborted) return aborted('tls', signal)
  return destroyed || readableEnded ? CLOSED : undefined
}

/** What Node does by itself, but only now: a server that leaves at once must not take its certificate along unread. */
function closeOnceEnded(secured: TLSSocket): void {
  secured.allowHalfOpen = false
  if (secured.readableEnded) secured.end()
}

function handshakeDone(
  secured: TLSSocket,
  shown: Shown | undefined,
  request: TlsRequest,
  atMs: number,
): TlsEstablished | TlsFailure {
  const facts = factsOf(shown, request, undefined)
  if (facts === undefined) return { ...failure('tls', 'tls_invalid', 'The server showed no certificate'), facts }
  if (!facts.verification.ok && !request.insecureSkipVerify) return { ...facts.verification, facts }
  return { ok: true, socket: secured, atMs, facts }
}

function secure(socket: Socket, { context, serverName, alpn }: TlsRequest): TLSSocket {
  const name = bare(serverName)
  const secured = connect({
    socket,
    secureContext: context.secure,
    servername: isIP(name) === 0 ? name.replace(/\.$/, '') : '',
    // Verified by verifyPresented, when the certificate can be read.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    // Small groups are the target's weakness, not a reason to throw.
    minDHSize: 1,
    ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
  })
  secured.allowHalfOpen = true
  // Node builds the whole chain as plain objects only to hand it to checkServerIdentity: 200 µs of 1,100.
  Object.defineProperty(secured, 'getPeerCertificate', { value: () => ({}), configurable: true })
  secured.once('secureConnect', () => Reflect.deleteProperty(secured, 'getPeerCertificate'))
  return secured
}

/** `[::1]`, as URLs write it, is the address ::1. */
function bare(serverName: string): string {
  return serverName.replace(/^\[(.*)\]$/, '$1')
}

/** What OpenSSL knows of a connection as long as it stands. */
interface Shown {
  readonly x509: X509Certificate
  readonly protocol: string | null
  readonly cipher: string
  readonly alpn: string | undefined
  /** Its verdict on the chain; undefined: trusted. */
  readonly chainError: string | undefined
}

/** undefined before the server's certificate has come, and when the socket is gone. */
function shownBy(secured: TLSSocket): Shown | undefined {
  const x509 = secured.getPeerX509Certificate()
  if (x509 === undefined) return undefined
  return {
    x509,
    protocol: secured.getProtocol(),
    cipher: secured.getCipher().standardName,
    // false: none was agreed on
    alpn: secured.alpnProtocol || undefined,
    chainError: secured.authorized ? undefined : String(secured.authorizationError),
  }
}

/**
 * `failed`: why the handshake went no further; then OpenSSL's verdict on the chain is not to be had, and that failure
 * stands in its place.
 */
function factsOf(shown: Shown | undefined, request: TlsRequest, failed: Failure | undefined): TlsFacts | undefined {
  if (shown === undefined) return undefined
  const { x509, protocol, cipher, alpn, chainError } = shown
  const { context } = request
  const serverName = bare(request.serverName)
  const sent = peerCertificates(x509)
  const peerChain = sent.map(context.read)
  const presented = { leaf: context.read(x509), x509, peerChain, serverName, chainError }
  const verification = failed ?? verifyPresented(presented, Date.now() / 1000)
  return {
    version: versionText(protocol),
    cipher,
    alpn,
    serverName,
    peerChain,
    verifiedChain: verification.ok ? context.verifiedChain(sent) : undefined,
    verification,
  }
}

/** `TLSv1.3` → `TLS 1.3`, `TLSv1` → `TLS 1.0`. */
function versionText(protocol: string | null): string {
  const digits = /^TLSv(1(?:\.\d)?)$/.exec(protocol ?? '')?.[1]
  if (digits === undefined) return 'unknown'
  return digits === '1' ? 'TLS 1.0' : `TLS ${digits}`
}
