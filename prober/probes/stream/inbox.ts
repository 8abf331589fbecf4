/** What comes over a socket, read only while somebody waits for it: the rest stays with the kernel, and so does its sender. */
import type { Socket } from 'node:net'

/** `ended`: the other side has said all; `broken`: the connection is gone, by the deadline, a reset or an error. */
export type Arrival = 'bytes' | 'ended' | 'broken'

export interface Inbox {
  /** What has come and was not taken. */
  readonly pending: Buffer
  readonly ended: boolean
  /** The first, of a connection that broke. */
  readonly error: Error | undefined
  take(bytes: number): Buffer
  /** Waits for what comes next, unless it is there. */
  more(): Promise<Arrival>
  /** Leaves the socket to the next reader; what was not taken is dropped. The number of these bytes. */
  close(): number
}

export function createInbox(socket: Socket): Inbox {
  let pending: Buffer = Buffer.alloc(0)
  let ended = false
  let error: Error | undefined
  let arrived: ((arrival: Arrival) => void) | undefined
  const look = (): Arrival | undefined => {
    const chunk: unknown = socket.read()
    if (Buffer.isBuffer(chunk)) {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      return 'bytes'
    }
    // After an alert of TLS there is an end, too.
    if (error !== undefined) return 'broken'
    ended ||= socket.readableEnded
    if (ended) return 'ended'
    return socket.destroyed ? 'broken' : undefined
  }
  const tell = () => {
    if (arrived === undefined) return
    const arrival = look()
    if (arrival === undefined) return
    arrived(arrival)
    arrived = undefined
  }
  const note = (first: Error) => {
    error ??= first
  }
  socket.on('readable', tell).on('end', tell).on('close', tell).on('error', note)
  return {
    get pending() {
      return pending
    },
    get ended() {
      return ended
    },
    get error() {
      return error
    },
    take(bytes) {
      const taken = pending.subarray(0, bytes)
      pending = pending.subarray(bytes)
      return taken
    },
    more: () =>
      new Promise((resolve) => {
        const arrival = look()
        if (arrival === undefined) arrived = resolve
        else resolve(arrival)
      }),
    close() {
      socket.off('readable', tell).off('end', tell).off('close', tell).off('error', note)
      const chunk: unknown = socket.read()
      return pending.length + (Buffer.isBuffer(chunk) ? chunk.length : 0)
    },
  }
}
