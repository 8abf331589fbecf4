import type { Socket } from 'node:net'

/** Fires when the client's connection closes. */
export type ClientGone = (socket: Socket) => AbortSignal

/** One signal per connection: a scraper asks over the same one for days. */
export function createClientGone(): ClientGone {
  const signals = new WeakMap<Socket, AbortSignal>()
  return (socket) => {
    const known = signals.get(socket)
    if (known !== undefined) return known
    const controller = new AbortController()
    if (socket.destroyed) controller.abort()
    else socket.once('close', () => controller.abort())
    signals.set(socket, controller.signal)
    return controller.signal
  }
}
