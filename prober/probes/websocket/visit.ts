/** A WebSocket from its handshake to its end, on a socket that stands. Imports ws: import it lazily. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { QueryStep } from '../../config/schema.ts'
import type { Outcome } from '../../net/outcome.ts'
import type { Probing } from '../probing.ts'
import { converse, type WebsocketFindings } from './dialogue.ts'
import { type Handshake, openWebsocket } from './handshake.ts'

export type Visit = typeof visit

/** Owns the socket: it is destroyed at the end in every case. */
export async function visit(
  socket: Socket,
  handshake: Handshake,
  steps: readonly QueryStep[],
  facts: WebsocketFindings,
  { watch, log, signal }: Probing,
): Promise<Outcome> {
  const onStatus = (statusCode: number) => {
    facts.statusCode = statusCode
  }
  const opened = await openWebsocket(socket, handshake, onStatus, watch, signal)
  if (!opened.ok) {
    socket.destroy()
    return opened
  }
  watch.enter(steps.length > 0 ? 'dialogue' : 'other', opened.atMs)
  facts.upgraded = true
  log.debug('WebSocket opened')
  const outcome = await converse(opened, steps, facts, { log, signal })
  if (outcome.ok) watch.enter('other')
  await leave(opened.websocket, socket)
  return outcome
}

/** Says goodbye, and does not wait for an answer. */
async function leave(websocket: WebSocket, socket: Socket): Promise<void> {
  websocket.close(1000)
  // The frame goes to the kernel at once, where it has room.
  await new Promise(setImmediate)
  websocket.terminate()
  socket.destroy()
}
