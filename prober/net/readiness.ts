/**
 * Tells when file descriptors that Node.js does not know can be read: they hang in an epoll set of our own, and that
 * set, which can itself be waited for, hangs in Node's event loop.
 */
import { arch } from 'node:os'
import type { Answered, Kernel, ReadableWatch } from './kernel.ts'

export interface Readiness {
  /** Calls back in each turn of the event loop in which there is something to read or an error to fetch. */
  watch(fd: number, onReady: (ready: Ready) => void): Answered
  /** Before the descriptor is closed. The last one that goes lets the process end. */
  unwatch(fd: number): void
}

export interface Ready {
  readonly readable: boolean
  readonly failed: boolean
}

const EPOLL_CTL_ADD = 1
const EPOLL_CTL_DEL = 2
const EPOLLIN = 1
const EPOLLERR = 8
const EPOLLHUP = 16
/** struct epoll_event is packed on x64 alone: events (4 bytes), there without padding, then 8 bytes of ours. */
const EVENT_BYTES = arch() === 'x64' ? 12 : 16
const DATA_AT = EVENT_BYTES - 8
const MOST_EVENTS = 64

interface EpollSet {
  readonly fd: number
  readonly readable: ReadableWatch
}

/** The epoll set is opened with the first descriptor and stays; an errno is told by that `watch`. */
export function createReadiness(kernel: Kernel): Readiness {
  const watched = new Map<number, (ready: Ready) => void>()
  const events = Buffer.alloc(EVENT_BYTES * MOST_EVENTS)
  let set: EpollSet | undefined

  function openSet(): EpollSet | number {
    if (set !== undefined) return set
    const fd = kernel.epollCreate()
    if (fd < 0) return fd
    // Out of libuv's callback and into a scope of Node's, where exceptions and promises work; in the same turn still.
    const readable = kernel.poll(fd, () => void setImmediate(tell, fd))
    if (typeof readable === 'number') {
      kernel.close(fd)
      return readable
    }
    set = { fd, readable }
    return set
  }

  function tell(fd: number): void {
    const count = kernel.epollReady(fd, events, MOST_EVENTS)
    const ready = Array.from({ length: Math.max(0, count) }, (_, index) => eventAt(events, index * EVENT_BYTES))
    for (const { fd: of, ...what } of ready) watched.get(of)?.(what)
  }

  return {
    watch(fd, onReady) {
      const opened = openSet()
      if (typeof opened === 'number') return opened
      const added = kernel.epollControl(opened.fd, EPOLL_CTL_ADD, fd, eventOf(fd))
      if (added < 0) return added
      if (watched.size === 0) opened.readable.start()
      watched.set(fd, onReady)
      return 0
    },
    unwatch(fd) {
      if (set === undefined || !watched.delete(fd)) return
      kernel.epollControl(set.fd, EPOLL_CTL_DEL, fd, eventOf(fd))
      if (watched.size === 0) set.readable.stop()
    },
  }
}

function eventOf(fd: number): Buffer {
  const event = Buffer.alloc(EVENT_BYTES)
  event.writeUInt32LE(EPOLLIN, 0)
  event.writeInt32LE(fd, DATA_AT)
  return event
}

function eventAt(events: Buffer, at: number): Ready & { readonly fd: number } {
  const flags = events.readUInt32LE(at)
  return {
    fd: events.readInt32LE(at + DATA_AT),
    readable: (flags & EPOLLIN) !== 0,
    failed: (flags & (EPOLLERR | EPOLLHUP)) !== 0,
  }
}
