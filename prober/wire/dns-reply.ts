/** An answer of a name server, every record as text. Never throws, whatever the bytes are. */
import { type Cursor, cursorOver, fail, name, nameThere, uint16, uint32, written } from './dns-cursor.ts'
import { optText } from './dns-opt.ts'
import { rdataFields, unknownRdata } from './dns-rdata.ts'
import { className, typeName } from './dns-types.ts'

export interface DnsRecord {
  readonly type: number
  /** `name\tTTL\tIN\tA\t192.0.2.1`, as github.com/miekg/dns prints it. */
  readonly text: string
}

export interface DnsReply {
  /** With the OPT record's bits (RFC 6891 §6.1.3). */
  readonly rcode: number
  readonly authenticated: boolean
  readonly truncated: boolean
  readonly answer: readonly DnsRecord[]
  readonly authority: readonly DnsRecord[]
  readonly additional: readonly DnsRecord[]
  /** Of the last SOA record of the answer. */
  readonly serial: number | undefined
}

/**
 * - `foreign`: not the answer to this query, or no DNS at all
 * - `cut`: truncated (TC) in the middle of a record
 * - `malformed`: it is the answer, but cannot be read
 */
export type ReadReply =
  | { readonly kind: 'reply'; readonly reply: DnsReply }
  | { readonly kind: 'cut' }
  | { readonly kind: 'foreign' | 'malformed'; readonly found: string }

const HEADER_BYTES = 12
const RESPONSE = 0x8000
const TRUNCATED = 0x0200
const AUTHENTICATED = 0x0020

/** `query`: what was sent; its ID and question must come back. */
export function readReply(message: Uint8Array, query: Buffer): ReadReply {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  if (bytes.length < HEADER_BYTES) return foreign(`${bytes.length} bytes, less than a header`)
  if (bytes.readUInt16BE(0) !== query.readUInt16BE(0)) return foreign('another ID')
  const flags = bytes.readUInt16BE(2)
  if ((flags & RESPONSE) === 0) return foreign('a query')
  const cursor = cursorOver(bytes, HEADER_BYTES, bytes.length)
  const other = otherQuestion(cursor, query)
  if (other) return foreign('the answer to another question')
  const reply = readSections(cursor, flags)
  if (cursor.wrong === undefined) return { kind: 'reply', reply }
  return (flags & TRUNCATED) === 0 ? { kind: 'malformed', found: cursor.wrong } : { kind: 'cut' }
}

function foreign(found: string): ReadReply {
  return { kind: 'foreign', found }
}

/** Errors such as FORMERR may come without the question. */
function otherQuestion(cursor: Cursor, query: Buffer): boolean {
  const { bytes } = cursor
  const count = bytes.readUInt16BE(4)
  if (count === 0) return bytes.readUInt16BE(6) > 0
  const asked = cursorOver(query, HEADER_BYTES, query.length)
  return count > 1 || questionText(cursor) !== questionText(asked) || cursor.wrong !== undefined
}

function questionText(cursor: Cursor): string {
  return `${name(cursor).toLowerCase()} ${uint16(cursor)} ${uint16(cursor)}`
}

interface Reading {
  readonly cursor: Cursor
  extendedRcode: number
  serial: number | undefined
}

function readSections(cursor: Cursor, flags: number): DnsReply {
  const reading: Reading = { cursor, extendedRcode: 0, serial: undefined }
  const answer = readSection(reading, 6)
  const { serial } = reading
  const authority = readSection(reading, 8)
  const additional = readSection(reading, 10)
  return {
    rcode: (flags & 0xf) | reading.extendedRcode,
    authenticated: (flags & AUTHENTICATED) !== 0,
    truncated: (flags & TRUNCATED) !== 0,
    answer,
    authority,
    additional,
    serial,
  }
}

/** A message that ends where a record should begin has fewer than it says, as the library sees it. */
function readSection(reading: Reading, countAt: number): readonly DnsRecord[] {
  const { cursor } = reading
  const records: DnsRecord[] = []
  for (let left = cursor.bytes.readUInt16BE(countAt); left > 0 && cursor.at < cursor.end; left -= 1) {
    records.push(readRecord(reading))
    if (cursor.wrong !== undefined) break
  }
  return records
}

const SOA = 6
const OPT = 41

function readRecord(reading: Reading): DnsRecord {
  const { cursor } = reading
  const head = headOf(cursor)
  const messageEnd = cursor.end
  if (head.end > messageEnd) fail(cursor, 'a record that is longer than its message')
  else cursor.end = head.end
  if (head.type === OPT) reading.extendedRcode = (head.ttl >>> 24) << 4
  if (head.type === SOA) reading.serial = serialOf(cursor)
  const text = written(cursor, recordText(head, cursor))
  if (cursor.at !== cursor.end) fail(cursor, `a record of type ${typeName(head.type)} with bytes left over`)
  cursor.end = messageEnd
  return { type: head.type, text }
}

interface Head {
  readonly name: string
  readonly type: number
  readonly class: number
  readonly ttl: number
  /** Where the record ends. */
  readonly end: number
}

function headOf(cursor: Cursor): Head {
  const owner = nameThere(cursor)
  if (cursor.at + 10 > cursor.end) fail(cursor, 'a record that ends in its head')
  const [type, kind, ttl] = [uint16(cursor), uint16(cursor), uint32(cursor)]
  const length = uint16(cursor)
  return { name: owner, type, class: kind, ttl, end: cursor.at + length }
}

function serialOf({ bytes, at, end }: Cursor): number {
  const ahead = cursorOver(bytes, at, end)
  name(ahead)
  name(ahead)
  return uint32(ahead)
}

/** What the library sets before types that have no form in zone files: a comment's semicolon. */
const PREFIXES: Readonly<Record<string, string>> = {
  NULL: ';',
  TKEY: ';',
  TSIG: '\n;; TSIG PSEUDOSECTION:\n; ',
}

function recordText(head: Head, cursor: Cursor): string {
  if (head.type === OPT) return optText(head.class, head.ttl, cursor)
  const field = rdataFields.get(head.type)
  if (field === undefined) {
    return `${head.name}\t${head.ttl}\tCLASS${head.class}\tTYPE${head.type}\t${unknownRdata(cursor)}`
  }
  const type = typeName(head.type)
  const space = type === 'TKEY' || type === 'TSIG' ? ' ' : ''
  const front = `${PREFIXES[type] ?? ''}${head.name}\t${head.ttl}\t${className(head.class)}\t${type}\t`
  return front + space + field(cursor)
}
