/**
 * undici makes two errors out of each complete answer (`reset`, `closed`) that nobody sees. Capturing their stack
 * traces was 6 % of a plain HTTP probe. Only undici's own code runs while the limit is 0.
 */
import type { Socket } from 'node:net'

const FRAMES = Error.stackTraceLimit

/** To be called when undici has handed over the end of an answer: for the rest of its callback, and when it closes. */
export function endWithoutStackTraces(socket: Socket): void {
  silence()
  queueMicrotask(restore)
  socket.prependOnceListener('close', silence)
  socket.once('close', restore)
}

function silence(): void {
  Error.stackTraceLimit = 0
}

function restore(): void {
  Error.stackTraceLimit = FRAMES
}
