/** Lines as Go's bufio.Scanner reads them, by which blackbox_exporter does. */
import { MORE, malformed, type Parsed } from './parsed.ts'

/** bufio.MaxScanTokenSize, line feed included. */
export const MAX_LINE_BYTES = 65_536
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** Without its line end, `\n` or `\r\n`. What `ended` leaves without one is a line, too, unless it is empty. */
export function readLine(bytes: Buffer, ended: boolean): Parsed<Buffer> {
  const end = bytes.subarray(0, MAX_LINE_BYTES).indexOf(LINE_FEED)
  if (end >= 0) return { state: 'done', value: withoutReturn(bytes.subarray(0, end)), bytes: end + 1 }
  if (bytes.length >= MAX_LINE_BYTES) return malformed(`a line of more than ${MAX_LINE_BYTES / 1024} KiB`)
  if (!ended || bytes.length === 0) return MORE
  return { state: 'done', value: withoutReturn(bytes), bytes: bytes.length }
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line
}
