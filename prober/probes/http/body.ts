import { constants, createBrotliDecompress, createGunzip, createInflateRaw, createZstdDecompress } from 'node:zlib'
import type { Compression } from '../../config/schema.ts'
import { type Failure, failure } from '../../net/outcome.ts'

const MIB = 1024 * 1024
/**
 * Where bodies end without body_size_limit: one answer, however hostile, must not take the prober down. Matching 64 MiB
 * holds the event loop, and with it every other probe, for seconds. A body that is neither kept for matchers nor
 * decompressed, only counted, has no limit but the deadline.
 */
export const DEFAULT_LIMIT_BYTES = { kept: 10 * MIB, decompressed: 64 * MIB } as const

export interface BodyPlan {
  readonly compression: Compression
  /** After decompression; 0: none set by the user. */
  readonly limitBytes: number
  /** Whether a matcher will ask for the text. */
  readonly kept: boolean
}

/** What the body may do to the connection it comes from. */
export interface BodySource {
  resume(): void
  fail(failure: Failure): void
}

export interface Body {
  /** false: hold the flow until `resume` is called. */
  write(chunk: Buffer): boolean
  /** After the last byte: waits until all of it is decompressed. */
  end(signal: AbortSignal): Promise<Failure | undefined>
  /** After decompression; never more than the limit, as blackbox_exporter counts. */
  bytes(): number
  text(): string
  /** Ends the decompression where it is. */
  [Symbol.dispose](): void
}

export function createBody(plan: BodyPlan, source: BodySource): Body {
  const plain = plan.compression === '' || plan.compression === 'identity'
  const store = createStore(plan, limitOf(plan, plain))
  return plain ? plainBody(store, source) : compressedBody(plan, store, source)
}

function limitOf({ limitBytes, kept }: BodyPlan, plain: boolean): number {
  if (limitBytes > 0) return limitBytes
  if (kept) return DEFAULT_LIMIT_BYTES.kept
  return plain ? Number.POSITIVE_INFINITY : DEFAULT_LIMIT_BYTES.decompressed
}

interface Store {
  /** A failure when this is more than the limit. */
  add(chunk: Buffer): Failure | undefined
  bytes(): number
  text(): string
}

function createStore({ limitBytes, kept }: BodyPlan, limit: number): Store {
  const chunks: Buffer[] = []
  let bytes = 0
  return {
    add(chunk) {
      const tooLarge = bytes + chunk.length > limit
      bytes = tooLarge ? limit : bytes + chunk.length
      if (kept && !tooLarge) chunks.push(chunk)
      return tooLarge ? bodyTooLarge(limit, limitBytes > 0) : undefined
    },
    bytes: () => bytes,
    text: () => Buffer.concat(chunks).toString('utf8'),
  }
}

function plainBody(store: Store, source: BodySource): Body {
  return {
    write(chunk) {
      const tooLarge = store.add(chunk)
      if (tooLarge !== undefined) source.fail(tooLarge)
      return true
    },
    end: async () => undefined,
    bytes: store.bytes,
    text: store.text,
    [Symbol.dispose]() {},
  }
}

function compressedBody({ compression }: BodyPlan, store: Store, source: BodySource): Body {
  const decoder = createDecoder(compression)
  const done = Promise.withResolvers<Failure | undefined>()
  let fed = false
  const stop = (found: Failure) => {
    done.resolve(found)
    source.fail(found)
    decoder.destroy()
  }
  decoder.on('data', (chunk: Buffer) => {
    const tooLarge = store.add(chunk)
    if (tooLarge !== undefined) stop(tooLarge)
  })
  decoder.on('end', () => done.resolve(undefined))
  decoder.on('error', (error) => stop(notDecoded(compression, error.message)))
  decoder.on('drain', source.resume)
  return {
    write(chunk) {
      fed = true
      // After a failure the connection ends; what still comes is dropped.
      return decoder.destroyed || decoder.write(chunk)
    },
    end(signal) {
      // Node takes no bytes at all for a complete stream; Go and blackbox_exporter do not.
      if (!fed) return Promise.resolve(notDecoded(compression, 'it is empty'))
      if (!decoder.destroyed) decoder.end()
      signal.addEventListener('abort', () => decoder.destroy(), { once: true })
      decoder.on('close', () => done.resolve(undefined))
      return done.promise
    },
    bytes: store.bytes,
    text: store.text,
    [Symbol.dispose]() {
      decoder.destroy()
    },
  }
}

const CHUNK_BYTES = 65_536

function createDecoder(compression: Compression) {
  const chunkSize = CHUNK_BYTES
  switch (compression) {
    case 'br':
      return createBrotliDecompress({ chunkSize })
    case 'zstd':
      // Up to 8 MiB of window, as RFC 8878 §3.1.1.1.2 recommends to accept at least.
      return createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: 23 } })
    case 'deflate':
      return createInflateRaw({ chunkSize })
    default:
      return createGunzip({ chunkSize })
  }
}

function bodyTooLarge(limitBytes: number, byUser: boolean): Failure {
  const message = byUser
    ? `The body is larger than body_size_limit, ${limitBytes} bytes`
    : `The body is larger than ${limitBytes} bytes, the limit where none is set: raise body_size_limit if it is meant`
  return failure('transfer', 'body_too_large', message)
}

function notDecoded(compression: Compression, why: string): Failure {
  return failure('check', 'body_decompression', `The body cannot be decompressed as ${compression}: ${why}`)
}
