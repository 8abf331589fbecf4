/** The lines of a stream that may be cut anywhere: between two bytes of a character, or before its end. */
import { createPieces } from './pieces.ts'

const LINE_FEED = 0x0a

/** A line of more than `largestBytes`; what came before it stands. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong'
}

/**
 * Without their ends; what stands after the last one is no line yet, and is dropped with the stream.
 * @throws LineTooLong, and what the stream throws.
 */
export async function* linesOf(stream: AsyncIterable<Uint8Array>, largestBytes: number): AsyncGenerator<string> {
  const begun = createPieces()
  for await (const chunk of stream) {
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      if (begun.size() + end - start > largestBytes) throw new LineTooLong()
      begun.add(chunk.subarray(start, end))
      yield begun.take()
      start = end + 1
    }
    if (begun.size() + chunk.length - start > largestBytes) throw new LineTooLong()
    begun.add(chunk.subarray(start))
  }
}
