/** Files that a probe reads while it runs: bounded in size, and never waited for past the deadline. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/**
 * When the signal fires we stop waiting: a disk that hangs cannot be cancelled, and holds its thread for longer.
 * @throws the signal's reason, or an error whose message holds the path, never the content.
 */
export async function readBoundedFile(path: string, largestBytes: number, signal?: AbortSignal): Promise<Buffer> {
  signal?.throwIfAborted()
  const reading = readFile(path, largestBytes, signal)
  return signal === undefined ? await reading : await untilAborted(reading, signal)
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

async function readFile(path: string, largestBytes: number, signal: AbortSignal | undefined): Promise<Buffer> {
  // Non-blocking: a FIFO without a writer is empty instead of holding a thread for ever.
  await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  const chunks: Buffer[] = []
  for (let total = 0; total <= largestBytes; ) {
    signal?.throwIfAborted()
    const { bytesRead, buffer } = await readSome(file, path)
    if (bytesRead === 0) return Buffer.concat(chunks)
    chunks.push(buffer.subarray(0, bytesRead))
    total += bytesRead
  }
  throw new Error(`${path} is larger than ${largestBytes} bytes, the most that is read of it`)
}

/** Unlike that of `open`, the system's message about a read does not say of what: "EISDIR: …, read". */
async function readSome(file: FileHandle, path: string) {
  try {
    return await file.read(Buffer.allocUnsafe(16_384), 0, 16_384, null)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)} '${path}'`, { cause: error })
  }
}
