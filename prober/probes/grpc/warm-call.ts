/**
 * The call, once it has run: a first one takes 12 ms for what Node compiles and loads. Import it lazily, so that only
 * who calls pays, and once for the process.
 */
import { performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { callOnce } from './call.ts'

const OK = { 'content-type': 'application/grpc', 'grpc-status': '0' } as const

/** One call without a network; whatever it comes to, it ends. */
async function warmUp(): Promise<void> {
  const [near, far] = duplexPair()
  const server = performServerHandshake(far)
  server.on('stream', (stream: ServerHttp2Stream) => stream.respond(OK, { endStream: true }))
  server.on('error', ignore)
  const headers = { ':method': 'POST', ':path': '/warm-up', ':authority': 'warm-up.invalid', te: 'trailers' }
  const call = { headers, message: Buffer.alloc(5), secrets: [], clientCertificate: false }
  await callOnce(near as Socket, call, { enter: ignore }, AbortSignal.timeout(1000))
  server.destroy()
}

function ignore(): void {}

await warmUp()

export { callOnce }
