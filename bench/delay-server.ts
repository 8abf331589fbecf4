/**
 * Answers 20 ms after a request and remembers how long that really was on this machine. On bare sockets, so that its
 * own noise is small: `GET /?id=N` is answered late, `GET /actual` gives the remembered milliseconds and forgets them.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net'

const DELAY_MS = 20
let actual: Record<string, number> = {}

const answer = (socket: Socket, body: string) =>
  socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`)

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined)
  socket.once('data', (chunk) => {
    const arrivedMs = performance.now()
    const line = chunk.toString('latin1', 0, 64)
    if (line.startsWith('GET /actual')) {
      answer(socket, JSON.stringify(actual))
      actual = {}
      return
    }
    const id = /\?id=(\S+)/.exec(line)?.[1] ?? ''
    setTimeout(() => {
      actual[id] = performance.now() - arrivedMs
      answer(socket, 'ok')
    }, DELAY_MS)
  })
})
server.listen(0, '127.0.0.1', 4096, () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`)
})
