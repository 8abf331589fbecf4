/** What comes over a WebSocket, kept until somebody asks: a server that talks much waits meanwhile. */
import type { WebSocket } from 'ws'

export type Arrival =
  /** Text or binary: as in blackbox_exporter nobody asks which. */
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** Closed by a close frame, 1005 without a code, or (1006) without one. */
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  /** The connection broke, or the other side broke the protocol's rules. */
  | { readonly kind: 'broken'; readonly error: Error }

export interface Inbox {
  /** The next message, or why there is none. */
  next(): Promise<Arrival>
}

/** Messages are small in a probe, and a socket's chunk may hold thousands of them. */
const MOST_WAITING = 16

/** Pongs are not heaped up for a peer that does not read them. */
const MOST_UNSENT_BYTES = 65_536

/** To be called before the first message can come. */
export function createInbox(websocket: WebSocket): Inbox {
  const waiting: Buffer[] = []
  let end: Arrival | undefined
  let wanted: ((arrival: Arrival) => void) | undefined
  const finish = (arrival: Arrival) => {
    end ??= arrival
    wanted?.(end)
    wanted = undefined
  }
  websocket.on('message', (data) => {
    const bytes = data as Buffer
    if (wanted !== undefined) {
      wanted({ kind: 'message', bytes })
      wanted = undefined
    } else {
      waiting.push(bytes)
      if (waiting.length >= MOST_WAITING) websocket.pause()
    }
  })
  websocket.on('ping', (data) => {
    if (websocket.bufferedAmount < MOST_UNSENT_BYTES) websocket.pong(data)
  })
  websocket.on('error', (error) => finish({ kind: 'broken', error }))
  websocket.on('close', (code, reason) => finish({ kind: 'closed', code, reason: reason.toString('utf8') }))
  return {
    next() {
      const bytes = waiting.shift()
      if (websocket.isPaused && waiting.length === 0) websocket.resume()
      if (bytes !== undefined) return Promise.resolve({ kind: 'message', bytes })
      if (end !== undefined) return Promise.resolve(end)
      return new Promise((resolve) => {
        wanted = resolve
      })
    },
  }
}
