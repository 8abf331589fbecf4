/**
 * An HTTP/1.0 or HTTP/1.1 answer, read as its bytes come in (RFC 9112). Lines may end in a bare line feed (§2.2), and
 * of `Transfer-Encoding` and `Content-Length` the first counts (§6.3), as Go's client has it.
 */

/** Names in lower case. One character per byte, as they came. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

export interface ResponseHead {
  readonly statusCode: number
  /** 1 or 1.1; of HTTP/2, which others read, 2. */
  readonly version: number
  readonly headers: ResponseHeaders
}

export interface ResponseSink {
  /** Of the final answer, or of 101. false: its body is not wanted, and reading is over. */
  onHead(head: ResponseHead): boolean
  onData(chunk: Buffer): void
}

/** `closed`: the connection ended before the answer did. */
export type ReadFault = 'malformed' | 'closed' | 'headers_too_large' | 'too_many_interim'

export type Reading =
  | { readonly state: 'more' | 'done' }
  | { readonly state: 'fault'; readonly fault: ReadFault; readonly found: string }

/** Go's client takes 10 MiB; so much is never meant. Of all headers, interim answers' and trailers' included. */
export const MOST_HEADER_BYTES = 262_144
/** As many as Go's client allows. */
export const MOST_INTERIM_ANSWERS = 5
/** As Go reads at most; what is longer carries no size. */
const MOST_CHUNK_LINE_BYTES = 4096

const MORE: Reading = { state: 'more' }
const DONE: Reading = { state: 'done' }

type Stage =
  | 'status'
  | 'headers'
  | 'counted'
  | 'until close'
  | 'chunk size'
  | 'chunk'
  | 'chunk end'
  | 'trailers'
  | 'over'

/** What is kept between two pieces: a line that is not complete, and where in the answer we are. */
export interface ResponseReader {
  readonly method: string
  readonly sink: ResponseSink
  stage: Stage
  line: string
  headerBytes: number
  interim: number
  statusCode: number
  version: number
  headers: Record<string, string | string[]>
  /** The header that a folded line goes on with. */
  lastName: string
  /** Bytes of the body or of the chunk that are still to come. */
  remaining: number
}

export function createResponseReader(method: string, sink: ResponseSink): ResponseReader {
  return {
    method,
    sink,
    stage: 'status',
    line: '',
    headerBytes: 0,
    interim: 0,
    statusCode: 0,
    version: 0,
    headers: noHeaders(),
    lastName: '',
    remaining: 0,
  }
}

/** A header may be named `__proto__`. */
function noHeaders(): ResponseReader['headers'] {
  return Object.create(null)
}

/** Whether a piece of the final answer's body or a byte after its headers may come. */
function isInBody({ stage }: ResponseReader): boolean {
  return stage !== 'status' && stage !== 'headers'
}

/** The next piece. After `done` or a fault nothing more is to be read. */
export function readResponse(reader: ResponseReader, chunk: Buffer): Reading {
  let at = 0
  while (at < chunk.length && reader.stage !== 'over') {
    if (reader.stage === 'until close') {
      reader.sink.onData(at === 0 ? chunk : chunk.subarray(at))
      return MORE
    }
    if (reader.stage === 'counted' || reader.stage === 'chunk') {
      at = readData(reader, chunk, at)
      continue
    }
    const end = chunk.indexOf(0x0a, at)
    const piece = chunk.toString('latin1', at, end < 0 ? chunk.length : end)
    if (end < 0) return holdLine(reader, piece)
    at = end + 1
    const fault = takeLine(reader, reader.line === '' ? piece : reader.line + piece)
    if (fault !== undefined) return fault
  }
  return reader.stage === 'over' ? DONE : MORE
}

/** The connection ended. */
export function endResponse(reader: ResponseReader): Reading {
  if (reader.stage === 'until close' || reader.stage === 'over') return DONE
  return fault('closed', isInBody(reader) ? 'the connection ended in the body' : 'the connection ended in the headers')
}

function fault(kind: ReadFault, found: string): Reading {
  return { state: 'fault', fault: kind, found }
}

function readData(reader: ResponseReader, chunk: Buffer, at: number): number {
  const taken = Math.min(reader.remaining, chunk.length - at)
  reader.remaining -= taken
  if (reader.remaining === 0) reader.stage = reader.stage === 'chunk' ? 'chunk end' : 'over'
  reader.sink.onData(taken === chunk.length ? chunk : chunk.subarray(at, at + taken))
  return at + taken
}

/** A line that goes on in the next piece: too long or wrong from its start, it is told now and not at the deadline. */
function holdLine(reader: ResponseReader, piece: string): Reading {
  reader.line += piece
  const { stage, line } = reader
  if (stage === 'status' && !isStatusStart(line)) return notHttp(line)
  if (stage === 'chunk size' && line.length > MOST_CHUNK_LINE_BYTES) return fault('malformed', 'a chunk without a size')
  if (stage === 'chunk end' && line !== '\r') return fault('malformed', 'a chunk longer than it said')
  return reader.headerBytes + line.length > MOST_HEADER_BYTES ? tooLarge() : MORE
}

function isStatusStart(line: string): boolean {
  return line.length >= 5 ? line.startsWith('HTTP/') : 'HTTP/'.startsWith(line)
}

function notHttp(line: string): Reading {
  return fault('malformed', `an answer that starts with ${JSON.stringify(line.slice(0, 24))}`)
}

function tooLarge(): Reading {
  return fault('headers_too_large', `more than ${MOST_HEADER_BYTES / 1024} KiB of headers`)
}

/** undefined: go on. `given` may end in a carriage return. */
function takeLine(reader: ResponseReader, given: string): Reading | undefined {
  reader.line = ''
  const line = given.endsWith('\r') ? given.slice(0, -1) : given
  switch (reader.stage) {
    case 'status':
      return counted(reader, given) ?? takeStatus(reader, line)
    case 'headers':
      return counted(reader, given) ?? (line === '' ? endHeaders(reader) : takeHeader(reader, line))
    case 'chunk size':
      return takeChunkSize(reader, line)
    case 'chunk end':
      if (line !== '') return fault('malformed', 'a chunk longer than it said')
      reader.stage = 'chunk size'
      return undefined
    default:
      if (line === '') reader.stage = 'over'
      return counted(reader, given)
  }
}

function counted(reader: ResponseReader, given: string): Reading | undefined {
  reader.headerBytes += given.length + 1
  return reader.headerBytes > MOST_HEADER_BYTES ? tooLarge() : undefined
}

const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: |$)/

function takeStatus(reader: ResponseReader, line: string): Reading | undefined {
  const [, minor, status] = STATUS_LINE.exec(line) ?? []
  if (minor === undefined || status === undefined || status < '100') return notHttp(line)
  reader.version = minor === '1' ? 1.1 : 1
  reader.statusCode = Number(status)
  reader.stage = 'headers'
  return undefined
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/
/** RFC 9110 §5.5: what may stand in no value. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNFIT = /[\u0000-\u0008\u000a-\u001f\u007f]/

function takeHeader(reader: ResponseReader, line: string): Reading | undefined {
  if (UNFIT.test(line)) return fault('malformed', 'a header with a control character')
  if (line.startsWith(' ') || line.startsWith('\t')) return goOn(reader, line.trim())
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(0, colon))
  if (!TOKEN.test(name))
    return fault('malformed', `a header line that starts with ${JSON.stringify(line.slice(0, 24))}`)
  addHeader(reader, name.toLowerCase(), line.slice(colon + 1).trim())
  return undefined
}

function addHeader(reader: ResponseReader, name: string, value: string): void {
  const { headers } = reader
  const before = headers[name]
  if (before === undefined) headers[name] = value
  else if (typeof before === 'string') headers[name] = [before, value]
  else before.push(value)
  reader.lastName = name
}

/** RFC 9112 §5.2: an old way to write one value on several lines. */
function goOn({ headers, lastName }: ResponseReader, more: string): Reading | undefined {
  const before = headers[lastName]
  if (before === undefined) return fault('malformed', 'a header without a name')
  if (typeof before === 'string') headers[lastName] = `${before} ${more}`
  else before.push(`${before.pop() ?? ''} ${more}`)
  return undefined
}

function endHeaders(reader: ResponseReader): Reading | undefined {
  const { statusCode, version, headers } = reader
  const isInterim = statusCode < 200 && statusCode !== 101
  if (isInterim) return passOver(reader)
  const stage = stageAfterHeaders(reader)
  if (typeof stage !== 'string') return stage
  reader.stage = stage
  if (!reader.sink.onHead({ statusCode, version, headers })) reader.stage = 'over'
  return undefined
}

function passOver(reader: ResponseReader): Reading | undefined {
  reader.interim += 1
  if (reader.interim > MOST_INTERIM_ANSWERS) {
    return fault('too_many_interim', `more than ${MOST_INTERIM_ANSWERS} interim answers (1xx) and no final one`)
  }
  reader.stage = 'status'
  reader.headers = noHeaders()
  reader.lastName = ''
  return undefined
}

/** RFC 9112 §6.3. */
function stageAfterHeaders(reader: ResponseReader): Stage | Reading {
  const { method, statusCode, version, headers } = reader
  const length = contentLength(headers['content-length'])
  if (length === 'malformed') return fault('malformed', 'a Content-Length that is no number, or two that differ')
  if (method === 'HEAD' || statusCode === 101 || statusCode === 204 || statusCode === 304) return 'over'
  if (version === 1.1 && endsInChunked(headers['transfer-encoding'])) return 'chunk size'
  if (version === 1.1 && headers['transfer-encoding'] !== undefined) return 'until close'
  if (length === undefined) return 'until close'
  reader.remaining = length
  return length === 0 ? 'over' : 'counted'
}

function contentLength(given: string | readonly string[] | undefined): number | undefined | 'malformed' {
  if (given === undefined) return undefined
  const first = typeof given === 'string' ? given : given[0]
  const agree = typeof given === 'string' || given.every((value) => value === first)
  const length = agree && first !== undefined && /^\d+$/.test(first) ? Number(first) : Number.NaN
  return Number.isSafeInteger(length) ? length : 'malformed'
}

function endsInChunked(given: string | readonly string[] | undefined): boolean {
  const last = typeof given === 'object' ? given.at(-1) : given
  return last !== undefined && /(?:^|,)\s*chunked$/i.test(last)
}

/** RFC 9112 §7.1: hexadecimal, then extensions that nobody uses. */
const CHUNK_SIZE = /^([\da-f]{1,13})[ \t]*(?:;|$)/i

function takeChunkSize(reader: ResponseReader, line: string): Reading | undefined {
  const [, digits] = line.length > MOST_CHUNK_LINE_BYTES ? [] : (CHUNK_SIZE.exec(line) ?? [])
  if (digits === undefined) return fault('malformed', 'a chunk without a size')
  reader.remaining = Number.parseInt(digits, 16)
  reader.stage = reader.remaining === 0 ? 'trailers' : 'chunk'
  return undefined
}
