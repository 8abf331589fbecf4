import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { CONTENT_TYPES, ENDINGS } from '../metrics/exposition.ts'
import type { Runtime } from '../metrics/runtime.ts'
import { tablePieces } from '../metrics/table.ts'
import type { Latest } from '../sinks/latest.ts'
import { acceptsGzip, chooseFormat } from './negotiate.ts'

/** The process's own, then the scheduled targets'; written in pieces, as fast as the scraper takes them. */
export async function answerMetrics(
  runtime: Runtime,
  latest: Latest,
  { headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const format = chooseFormat(headers.accept)
  const pieces = [...(await runtime.families(format)), ...(await tablePieces(latest.list(), format)), ENDINGS[format]]
  const isGzip = acceptsGzip(headers['accept-encoding']?.toString())
  response.writeHead(200, {
    'content-type': CONTENT_TYPES[format],
    vary: 'Accept, Accept-Encoding',
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
  })
  const source = Readable.from(pieces)
  const sent = isGzip ? pipeline(source, createGzip({ level: 1 }), response) : pipeline(source, response)
  // A scraper that hangs up has no use for an error.
  await sent.catch(() => response.destroy())
}
