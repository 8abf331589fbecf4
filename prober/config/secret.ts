import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** A value that no log, error, trace or page can print by accident: only `reveal` gives it out. */
export interface Secret {
  reveal(): string
  toJSON(): string
}

/** Where a value comes from. Files are read for each probe, so that rotation needs no reload. */
export type SecretSource =
  | { readonly from: 'value'; readonly value: Secret }
  | { readonly from: 'file'; readonly path: string }

/** No key, token or chain of certificates comes near; a device or a wrong path may. */
const LARGEST_FILE_BYTES = 1024 * 1024

export function secret(value: string): Secret {
  return { reveal: () => value, toJSON: () => '<secret>' }
}

/**
 * A file's white space at both ends is cut off, as blackbox_exporter does: editors and `echo` end files with a newline.
 * When the signal fires we stop waiting: a disk that hangs cannot be cancelled, and holds its thread for longer.
 * @throws the signal's reason, or an error whose message holds the path, never the content.
 */
export async function readSecret(source: SecretSource, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted()
  if (source.from === 'value') return source.value.reveal()
  const reading = readFileText(source.path, signal)
  return signal === undefined ? await reading : await untilAborted(reading, signal)
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

async function readFileText(path: string, signal: AbortSignal | undefined): Promise<string> {
  // Non-blocking: a FIFO without a writer is empty instead of holding a thread for ever.
  await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  const content = await readBounded(file, path, signal)
  return content.toString('utf8').trim()
}

async function readBounded(file: FileHandle, path: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const chunks: Buffer[] = []
  for (let total = 0; total <= LARGEST_FILE_BYTES; ) {
    signal?.throwIfAborted()
    const { bytesRead, buffer } = await readSome(file, path)
    if (bytesRead === 0) return Buffer.concat(chunks)
    chunks.push(buffer.subarray(0, bytesRead))
    total += bytesRead
  }
  throw new Error(`${path} is larger than ${LARGEST_FILE_BYTES} bytes: no secret or certificate file is`)
}

/** Unlike that of `open`, the system's message about a read does not say of what: "EISDIR: …, read". */
async function readSome(file: FileHandle, path: string) {
  try {
    return await file.read(Buffer.allocUnsafe(16_384), 0, 16_384, null)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)} '${path}'`, { cause: error })
  }
}
