/**
 * The visit, once Node has compiled what a handshake needs: some 10 ms that the first probe would count as its target's,
 * beside the 30 that ws takes to load. Import it lazily, so that only who visits pays.
 */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { openWebsocket } from './handshake.ts'
import { visit } from './visit.ts'

/** One handshake without a network, and refused; whatever it comes to, it ends. */
async function warmUp(): Promise<void> {
  const socket = new Duplex({
    read: ignore,
    write(_chunk, _encoding, written) {
      written()
      this.push('HTTP/1.1 403 Forbidden\r\n\r\n')
    },
  }) as Socket
  const handshake = { url: new URL('ws://warm-up.invalid/'), headers: {}, clientCertificate: false }
  await openWebsocket(socket, handshake, ignore, { enter: ignore }, AbortSignal.timeout(1000))
  socket.destroy()
}

function ignore(): void {}

await warmUp()

export { visit }
