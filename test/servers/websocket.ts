/** WebSocket servers on port 0: ws as the real one, and what a handshake takes to break the rules after it. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Identity } from '../../cli/demo/authority.ts'
import type { Behaviour } from './hostile.ts'
import { listening, type TestServer } from './http.ts'

export async function serveWebsocket(
  onConnection: (websocket: WebSocket, request: IncomingMessage) => void,
  identity?: Identity,
  host?: string,
): Promise<TestServer> {
  const server =
    identity === undefined ? createServer() : createTlsServer({ cert: identity.certPem, key: identity.keyPem })
  const websockets = new WebSocketServer({ server })
  websockets.on('connection', (websocket, request) => {
    websocket.on('error', () => undefined)
    onConnection(websocket, request)
  })
  return await listening(server, identity === undefined ? 'ws' : 'wss', host)
}

/** Opens as it should, then does what it likes. */
export function opened(next: (socket: Socket) => void): Behaviour {
  return (socket) =>
    void socket.once('data', (request) => {
      const key = /^sec-websocket-key: (.*)\r$/im.exec(request.toString('latin1'))?.[1] ?? ''
      // RFC 6455 §1.3.
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
      socket.write([...head, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'))
      next(socket)
    })
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** RFC 6455 §5.2, unmasked as servers send it. `final`: the last fragment. */
export function frame(opcode: number, payload: string | Buffer = '', final = true): Buffer {
  const bytes = Buffer.from(payload)
  const first = (final ? 0x80 : 0) | opcode
  if (bytes.length < 126) return Buffer.concat([Buffer.from([first, bytes.length]), bytes])
  return Buffer.concat([Buffer.from([first, 126, bytes.length >> 8, bytes.length & 0xff]), bytes])
}
