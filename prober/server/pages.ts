/**
 * A long answer on its way out, in one buffer that is written over: a scrape of 1,000 targets is 12 MB, and what it was made
 * of outlived it until the next full collection.
 */
import { MOST_BYTES_PER_CHARACTER } from '../metrics/exposition.ts'

const PAGE_BYTES = 65_536

export function emptyPage(): Buffer {
  return Buffer.allocUnsafeSlow(PAGE_BYTES)
}

/** Each is the page, as far as it is full, and good until the next one is asked for. */
export function* paged(parts: Iterable<string | Buffer>, page: Buffer): Generator<Buffer> {
  let length = 0
  for (const part of parts) {
    const most = typeof part === 'string' ? part.length * MOST_BYTES_PER_CHARACTER : part.length
    if (length > 0 && length + most > page.length) {
      yield page.subarray(0, length)
      length = 0
    }
    if (most > page.length) yield Buffer.from(part)
    else length += typeof part === 'string' ? page.write(part, length) : part.copy(page, length)
  }
  if (length > 0) yield page.subarray(0, length)
}
