/** Servers that do to a prober what real ones do at their worst. Each behaviour is a function over a bare socket. */
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Identity } from '../../cli/demo/authority.ts'
import { listening, type TestServer } from './http.ts'

export type Behaviour = (socket: Socket) => void

export function serveRaw(behave: Behaviour, identity?: Identity, alpn?: readonly string[]): Promise<TestServer> {
  const guarded = (socket: Socket) => {
    socket.on('error', () => undefined)
    behave(socket)
  }
  if (identity === undefined) return listening(createServer(guarded), 'http')
  const tls = {
    cert: identity.certPem,
    key: identity.keyPem,
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
  }
  const server = createTlsServer(tls, guarded)
  server.on('tlsClientError', () => undefined)
  return listening(server, 'https')
}

/** Accepts and reads, never says a word. */
export const silent: Behaviour = (socket) => void socket.resume()

/** Says `text` as soon as something was asked, and leaves the connection open. */
export const say =
  (text: string | Buffer): Behaviour =>
  (socket) =>
    void socket.once('data', () => socket.write(text))

/** Says `text` and closes with FIN. */
export const sayAndClose =
  (text: string | Buffer): Behaviour =>
  (socket) =>
    void socket.once('data', () => socket.end(text))

/** Says `text`, waits until it must have arrived, and resets. */
export const sayAndReset =
  (text: string | Buffer): Behaviour =>
  (socket) =>
    void socket.once('data', () => {
      if (text.length === 0) socket.resetAndDestroy()
      else socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 30))
    })

/** Resets at once, before anything was asked. */
export const reset: Behaviour = (socket) => void socket.resetAndDestroy()

/** Says `start`, then one byte of `rest` at a time, for ever from its beginning. */
export const drip =
  (start: string, rest: string, everyMs = 20): Behaviour =>
  (socket) =>
    void socket.once('data', () => {
      let at = 0
      socket.write(start)
      const timer = setInterval(() => {
        socket.write(rest.charAt(at % rest.length))
        at += 1
      }, everyMs)
      socket.once('close', () => clearInterval(timer))
    })

/** Says `start`, then `more` as fast as it is taken, for ever. */
export const flood =
  (start: string | Buffer, more: string | Buffer): Behaviour =>
  (socket) =>
    void socket.once('data', () => {
      socket.write(start)
      const pour = () => {
        while (!socket.destroyed && socket.write(more));
      }
      socket.on('drain', pour)
      pour()
    })
