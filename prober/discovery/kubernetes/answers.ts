/** What an API server answers: a page of a list, the events of a watch, or why not. Any of it may be garbage. */
import { setImmediate } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { z } from 'zod'
import { type FailureReason, type SourceFailure, sourceFailure } from '../failure.ts'
import { linesOf } from './lines.ts'
import { createPieces } from './pieces.ts'

// See `createHttpServer`.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

export interface Page {
  readonly ok: true
  readonly resourceVersion: string
  /** Asks for the next page; `''`: this was the last. */
  readonly continue: string
  readonly items: readonly unknown[]
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: unknown
}

type Body = AsyncIterable<Uint8Array>

/** A page of some hundred objects of some KiB each is far below it. */
const LARGEST_PAGE_BYTES = 32 * 2 ** 20
/** An object is 1.5 MB at most (etcd's limit for a request). */
const LARGEST_EVENT_BYTES = 4 * 2 ** 20
/** A Status takes some hundred bytes. */
const LARGEST_STATUS_BYTES = 65_536
const LONGEST_SAYING = 300
/** Then everything else gets a turn: a server that floods us must not hold up probes. */
const EVENTS_AT_ONCE = 100

const listShape = z.object({
  metadata: z.object({
    resourceVersion: z.string().min(1).max(128),
    continue: z
      .string()
      .max(65_536)
      .nullish()
      .transform((value) => value ?? ''),
  }),
  items: z
    .array(z.unknown())
    .nullish()
    .transform((items) => items ?? []),
})

export async function readPage(body: Body): Promise<Page | SourceFailure> {
  const text = await readText(body, LARGEST_PAGE_BYTES)
  if (text === undefined) return sourceFailure('too_large', 'the API server sent a page that is too large')
  const list = listShape.safeParse(json(text))
  if (!list.success) return sourceFailure('malformed', 'the API server sent something else than a list of objects')
  const { metadata, items } = list.data
  return { ok: true, resourceVersion: metadata.resourceVersion, continue: metadata.continue, items }
}

const eventShape = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
})

/** @throws LineTooLong, and what the stream throws. */
export async function readEvents(
  body: Body,
  onEvent: (event: WatchEvent) => void,
): Promise<{ readonly ok: true } | SourceFailure> {
  let events = 0
  for await (const line of linesOf(body, LARGEST_EVENT_BYTES)) {
    const event = eventShape.safeParse(json(line))
    if (!event.success) return sourceFailure('malformed', 'the API server sent something else than an event')
    const { type, object } = event.data
    if (type === 'ERROR') return failureOf(codeOf(object), object)
    onEvent({ type, object })
    events += 1
    if (events % EVENTS_AT_ONCE === 0) await setImmediate()
  }
  return { ok: true }
}

export async function readRefusal({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<SourceFailure> {
  const text = await readText(body, LARGEST_STATUS_BYTES)
  const failure = failureOf(statusCode, json(text ?? ''))
  const retryAfter = headers['retry-after']?.toString() ?? ''
  return /^\d{1,5}$/.test(retryAfter) ? { ...failure, retryAfterSeconds: Number(retryAfter) } : failure
}

const REASONS: Readonly<Record<number, FailureReason>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  410: 'expired',
  429: 'throttled',
}

function failureOf(code: number, status: unknown): SourceFailure {
  const said = z.object({ message: z.string() }).safeParse(status)
  const message = said.success ? `: ${said.data.message.slice(0, LONGEST_SAYING)}` : ''
  const reason = REASONS[code] ?? (code >= 500 ? 'server_error' : 'rejected')
  return sourceFailure(reason, `the API server answered ${code} ${STATUS_CODES[code] ?? ''}`.trimEnd() + message)
}

function codeOf(status: unknown): number {
  const read = z.object({ code: z.number() }).safeParse(status)
  return read.success ? read.data.code : 500
}

/** undefined: there was more than that. */
async function readText(body: Body, largestBytes: number): Promise<string | undefined> {
  const pieces = createPieces()
  for await (const chunk of body) {
    if (pieces.size() + chunk.length > largestBytes) return undefined
    pieces.add(chunk)
  }
  return pieces.take()
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
