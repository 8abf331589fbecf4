/**
 * Calls of the C library and of libuv that Node.js has no name for, by node:ffi: there is no other way to an ICMP
 * socket without a compiler (docs/decisions/008-icmp-without-root.md). Linux on x64 and arm64; every call answers at once.
 */
import { arch, constants, platform } from 'node:os'

type Ffi = typeof import('node:ffi')

/** What a call gives: 0 or more, or an errno as a negative number. */
export type Answered = number

export interface Kernel {
  socket(domain: number, type: number, protocol: number): Answered
  close(fd: number): void
  bind(fd: number, address: Buffer): Answered
  connect(fd: number, address: Buffer): Answered
  setOption(fd: number, level: number, name: number, value: Buffer): Answered
  send(fd: number, message: Buffer): Answered
  recvmsg(fd: number, header: Buffer, flags: number): Answered
  epollCreate(): Answered
  epollControl(epollFd: number, operation: number, fd: number, event: Buffer): Answered
  /** Does not wait. */
  epollReady(epollFd: number, events: Buffer, most: number): Answered
  /** CLOCK_REALTIME as struct timespec. */
  clock(timespec: Buffer): void
  /** 0: there is none of that name. */
  interfaceIndex(name: string): number
  /** Where the bytes of the buffer stand; they stay there as long as it is held. */
  pointerTo(buffer: Buffer): bigint
  /** Calls back while there is something to read, outside every Node.js scope: what is thrown ends the process. */
  poll(fd: number, onReadable: () => void): Answered | ReadableWatch
}

export interface ReadableWatch {
  start(): void
  /** A watch that is stopped keeps no process alive. */
  stop(): void
}

const SIGNATURES = {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  close: { arguments: ['i32'], return: 'i32' },
  bind: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  connect: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  send: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  recvmsg: { arguments: ['i32', 'buffer', 'i32'], return: 'i64' },
  epoll_create1: { arguments: ['i32'], return: 'i32' },
  epoll_ctl: { arguments: ['i32', 'i32', 'i32', 'buffer'], return: 'i32' },
  epoll_wait: { arguments: ['i32', 'buffer', 'i32', 'i32'], return: 'i32' },
  clock_gettime: { arguments: ['i32', 'buffer'], return: 'i32' },
  if_nametoindex: { arguments: ['string'], return: 'u32' },
  calloc: { arguments: ['u64', 'u64'], return: 'pointer' },
  __errno_location: { arguments: [], return: 'pointer' },
  uv_handle_size: { arguments: ['i32'], return: 'u64' },
  uv_poll_init: { arguments: ['pointer', 'pointer', 'i32'], return: 'i32' },
  uv_poll_start: { arguments: ['pointer', 'i32', 'pointer'], return: 'i32' },
  uv_poll_stop: { arguments: ['pointer'], return: 'i32' },
} as const

const MSG_NOSIGNAL = 0x4000
const EPOLL_CLOEXEC = 0o2000000
const CLOCK_REALTIME = 0
/** uv.h: the type of handle, and the event. */
const UV_POLL = 8
const UV_READABLE = 1

/** Why there is none, in words that go on after "this Node.js". */
export interface NoKernel {
  readonly missing: string
}

export function loadKernel(): Kernel | NoKernel {
  if (platform() !== 'linux' || !['x64', 'arm64'].includes(arch()))
    return { missing: `runs on ${platform()} ${arch()}` }
  const ffi = quietly(() => process.getBuiltinModule('node:ffi') as Ffi | undefined)
  if (ffi === undefined) return { missing: 'has no node:ffi, which 26.1 brought' }
  try {
    return bindings(ffi)
  } catch (error) {
    return { missing: `cannot reach the C library: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** Node.js says that node:ffi is experimental, to every user at each start; other warnings are let through. */
function quietly<T>(load: () => T): T {
  const { emitWarning } = process
  const guarded = (warning: string | Error, ...rest: unknown[]) => {
    if (!/\bFFI\b/.test(String(warning))) Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  process.emitWarning = guarded as typeof emitWarning
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}

function bindings(ffi: Ffi): Kernel {
  // The process itself: C library and libuv are in it, whatever their files are called.
  const { lib, functions: c } = quietly(() => ffi.dlopen(null, SIGNATURES))
  /** Nothing may come between a call and the look at its errno. */
  const answer = (result: number | bigint): Answered =>
    result < 0 ? -ffi.getInt32(c.__errno_location()) : Number(result)
  return {
    socket: (domain, type, protocol) => answer(c.socket(domain, type, protocol)),
    close: (fd) => void c.close(fd),
    bind: (fd, address) => answer(c.bind(fd, address, address.length)),
    connect: (fd, address) => answer(c.connect(fd, address, address.length)),
    setOption: (fd, level, name, value) => answer(c.setsockopt(fd, level, name, value, value.length)),
    send: (fd, message) => answer(c.send(fd, message, BigInt(message.length), MSG_NOSIGNAL)),
    recvmsg: (fd, header, flags) => answer(c.recvmsg(fd, header, flags)),
    epollCreate: () => answer(c.epoll_create1(EPOLL_CLOEXEC)),
    epollControl: (epollFd, operation, fd, event) => answer(c.epoll_ctl(epollFd, operation, fd, event)),
    epollReady: (epollFd, events, most) => answer(c.epoll_wait(epollFd, events, most, 0)),
    clock: (timespec) => void c.clock_gettime(CLOCK_REALTIME, timespec),
    interfaceIndex: (name) => c.if_nametoindex(name),
    pointerTo: (buffer) => ffi.getRawPointer(buffer),
    poll(fd, onReadable) {
      // libuv knows the handle until the process ends, so it is memory that no collector frees.
      const handle = c.calloc(1n, c.uv_handle_size(UV_POLL))
      const failed = c.uv_poll_init(ffi.getCurrentEventLoop(), handle, fd)
      if (failed < 0) return failed
      const signature = { arguments: ['pointer', 'i32', 'i32'], return: 'void' } as const
      const callback = lib.registerCallback(signature, onReadable)
      return {
        start: () => void c.uv_poll_start(handle, UV_READABLE, callback),
        stop: () => void c.uv_poll_stop(handle),
      }
    },
  }
}

const NAMES = new Map(Object.entries(constants.errno).map(([name, errno]) => [errno, name]))

/** `EACCES` of 13 or of -13. */
export function errnoName(errno: number): string {
  return NAMES.get(Math.abs(errno)) ?? `errno ${Math.abs(errno)}`
}
