import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline, type Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import { CONTENT_TYPES, ENDINGS, type Format } from '../metrics/exposition.ts'
import type { Runtime } from '../metrics/runtime.ts'
import { totalsLines } from '../metrics/run-table.ts'
import { pathFamilies } from '../metrics/path-table.ts'
import { createTables, type MakeTable } from '../metrics/table.ts'
import type { Latest } from '../sinks/latest.ts'
import type { Paths } from '../sinks/paths.ts'
import { type Tally, totalsRows } from '../sinks/tally.ts'
import { acceptsGzip, chooseFormat } from './negotiate.ts'
import { emptyPage, paged } from './pages.ts'

export interface MetricsParts {
  readonly runtime: Runtime
  readonly latest: Latest
  readonly tally: Tally
  readonly paths: Paths
  /** The schedule's clock, which never steps: for ages. */
  readonly scheduleSeconds: () => number
  readonly onBug: (error: unknown) => void
}

/** The process's own, then the scheduled targets'; written a page at a time, as fast as the scraper takes them. */
export function createMetricsAnswer(parts: MetricsParts) {
  const makeTable = createTables()
  return async ({ headers }: IncomingMessage, response: ServerResponse): Promise<void> => {
    const format = chooseFormat(headers.accept)
    const isGzip = acceptsGzip(headers['accept-encoding']?.toString())
    response.writeHead(200, {
      'content-type': CONTENT_TYPES[format],
      vary: 'Accept, Accept-Encoding',
      ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
    })
    // Who waits in line behind another answer of its connection, and hangs up, is never told that it was written.
    const closed = new Promise<void>((resolve) => response.once('close', resolve))
    const sink = isGzip ? gzipInto(response) : response
    try {
      for await (const page of watched(pages(parts, makeTable, format), parts.onBug)) {
        await Promise.race([written(sink, page), closed])
        // A scraper that hangs up has no use for the rest.
        if (response.destroyed) return
        // A socket that takes all at once gives the event loop no turn: 50 MB held it for half a second.
        await setImmediate()
      }
      sink.end()
    } catch {
      response.destroy()
    }
  }
}

function gzipInto(response: ServerResponse): Writable {
  const gzip = createGzip({ level: 1 })
  // Either ends the other; who writes hears of it there.
  pipeline(gzip, response, () => undefined)
  return gzip
}

/** Each is written over by the next one. */
async function* pages(
  { runtime, latest, tally, paths, scheduleSeconds }: MetricsParts,
  makeTable: MakeTable,
  format: Format,
): AsyncGenerator<Buffer> {
  const page = emptyPage()
  yield* paged(await runtime.families(format), page)
  {
    // Given back before the totals, most of the answer, which a slow scraper may take a while to read.
    using table = await makeTable(latest.list(), format)
    yield* paged(table.pieces, page)
  }
  yield* paged(totalsLines(totalsRows(tally, latest), format, scheduleSeconds), page)
  yield* paged([...(await pathFamilies(paths.list(), format)), ENDINGS[format]], page)
}

/** Rejects when the sink is no more. */
function written(sink: Writable, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => sink.write(bytes, (error) => (error ? reject(error) : resolve())))
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
