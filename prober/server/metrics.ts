import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import { CONTENT_TYPES, ENDINGS, type Format } from '../metrics/exposition.ts'
import type { Runtime } from '../metrics/runtime.ts'
import { totalsPieces } from '../metrics/run-table.ts'
import { pathPieces } from '../metrics/path-table.ts'
import { tablePieces } from '../metrics/table.ts'
import type { Latest } from '../sinks/latest.ts'
import type { Paths } from '../sinks/paths.ts'
import { type Tally, totalsRows } from '../sinks/tally.ts'
import { acceptsGzip, chooseFormat } from './negotiate.ts'

export interface MetricsParts {
  readonly runtime: Runtime
  readonly latest: Latest
  readonly tally: Tally
  readonly paths: Paths
  /** The schedule's clock, which never steps: for ages. */
  readonly scheduleSeconds: () => number
  readonly onBug: (error: unknown) => void
}

/** The process's own, then the scheduled targets'; written in pieces, as fast as the scraper takes them. */
export async function answerMetrics(
  parts: MetricsParts,
  { headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const format = chooseFormat(headers.accept)
  const isGzip = acceptsGzip(headers['accept-encoding']?.toString())
  response.writeHead(200, {
    'content-type': CONTENT_TYPES[format],
    vary: 'Accept, Accept-Encoding',
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
  })
  const source = Readable.from(watched(pieces(parts, format), parts.onBug))
  const sent = isGzip ? pipeline(source, createGzip({ level: 1 }), response) : pipeline(source, response)
  // A scraper that hangs up has no use for an error.
  await sent.catch(() => response.destroy())
}

async function* pieces(
  { runtime, latest, tally, paths, scheduleSeconds }: MetricsParts,
  format: Format,
): AsyncGenerator<string | Buffer> {
  yield* await runtime.families(format)
  for (const piece of await tablePieces(latest.list(), format)) {
    yield piece
    // A socket that takes all at once gives the event loop no turn: 50 MB held it for half a second.
    await setImmediate()
  }
  yield* totalsPieces(totalsRows(tally, latest), format, scheduleSeconds)
  yield* pathPieces(paths.list(), format)
  yield ENDINGS[format]
}

/** The head of the answer is sent by then: the scraper sees it break off, and only the log says why. */
async function* watched<T>(source: AsyncGenerator<T>, onBug: MetricsParts['onBug']): AsyncGenerator<T> {
  try {
    yield* source
  } catch (error) {
    onBug(error)
    throw error
  }
}
