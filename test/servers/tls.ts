import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { TLSSocketOptions } from 'node:tls'
import { createSecureContext } from 'node:tls'
import type { SecureContextOptions } from 'node:tls'
import type { Identity } from '../../cli/demo/authority.ts'
import { serveTcp } from './tcp.ts'
import type { TcpServer } from './tcp.ts'

export interface TlsServerOptions {
  /** Sent after the leaf. */
  readonly intermediates?: readonly string[]
  readonly alpn?: readonly string[]
  /** Authorities whose client certificates are demanded. */
  readonly clientCa?: string
  /** Versions, curves, ciphers of the server. */
  readonly context?: SecureContextOptions
  /** Default: say `hello` and close. */
  readonly onSecure?: (socket: TLSSocket, lower: Socket) => void
  readonly host?: string
}

export async function serveTls(identity: Identity, options: TlsServerOptions = {}): Promise<TcpServer> {
  const { intermediates = [], alpn, clientCa, onSecure = (socket) => socket.end('hello') } = options
  const settings: TLSSocketOptions = {
    isServer: true,
    secureContext: createSecureContext({
      cert: [identity.certPem, ...intermediates].join('\n'),
      key: identity.keyPem,
      ...(clientCa === undefined ? {} : { ca: clientCa }),
      ...options.context,
    }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    ...(clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
  }
  return await serveTcp((socket) => {
    const secured = new TLSSocket(socket, settings)
    secured.on('error', () => undefined)
    secured.once('secure', () => onSecure(secured, socket))
  }, options.host)
}
