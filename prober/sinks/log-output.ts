import { pino } from 'pino'

/** Dispose it before the process ends: then the last lines are out, if somebody reads them; later ones are left out. */
export interface LogOutput extends AsyncDisposable {
  write(text: string): void
}

export interface LogOutputEvents {
  onError(error: NodeJS.ErrnoException): void
  /** So many lines were left out, since nobody read those before them in time. */
  onDropped(lines: number): void
}

const WAITING_BYTES = 4 * 1024 * 1024
const GATHERED_BYTES = 4096
const FLUSH_MS = 50
/** Of 100 ms each, before a reader who does not read is given up until the next flush. */
const TRIES = 10

/**
 * Lines for a file descriptor, gathered for up to 50 ms and written beside the event loop: a write to a pipe costs more
 * than what it says, and whoever reads it slowly must not hold up a probe.
 */
export function openLogOutput(fd: number, { onError, onDropped }: LogOutputEvents): LogOutput {
  let dropped = 0
  let tries = 0
  const stream = pino.destination({
    dest: fd,
    sync: false,
    minLength: GATHERED_BYTES,
    maxLength: WAITING_BYTES,
    retryEAGAIN() {
      tries += 1
      return tries % TRIES !== 0
    },
  })
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EAGAIN') onError(error)
  })
  stream.on('drop', () => {
    dropped += 1
  })
  const tellDropped = () => {
    const lines = dropped
    dropped = 0
    if (lines > 0) onDropped(lines)
  }
  stream.on('drain', tellDropped)
  let isEnding = false
  let flushing: NodeJS.Timeout | undefined
  const flush = () => {
    flushing = undefined
    stream.flush()
  }
  return {
    write(text) {
      if (isEnding) return
      stream.write(text)
      flushing ??= setTimeout(flush, FLUSH_MS).unref()
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(flushing)
      tellDropped()
      isEnding = true
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, TRIES * 100)
      stream.once('close', resolve)
      stream.end()
      await promise
      clearTimeout(timer)
      stream.destroy()
    },
  }
}
