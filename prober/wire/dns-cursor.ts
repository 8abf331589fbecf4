/**
 * A place in a DNS message, and how what stands there is read and written as text (RFC 1035 §5.1, in the words of
 * github.com/miekg/dns). What cannot be read gives nothing and leaves word in `wrong`, so that nobody has to look
 * before the end of a record.
 */
import { ipv6Text } from './ip-address.ts'

export interface Cursor {
  readonly bytes: Buffer
  at: number
  /** Nothing is read from here on: the end of the record's data, or of the message. */
  end: number
  /** The first thing that could not be read. */
  wrong: string | undefined
  /** Pointers make much text of few bytes: so many characters more, and the message is none to be read. */
  charactersLeft: number
  /** What names go on with, by its place: thousands may lead to the same. */
  readonly tails: Map<number, NameTail>
}

/** What of a name stands from some place on. */
interface NameTail {
  /** Labels, each with its dot. */
  readonly text: string
  /** Of its labels, with their length bytes. */
  readonly octets: number
  readonly pointers: number
  /** Where the message goes on. */
  readonly next: number
  /** All that was read of it stands before. */
  readonly reach: number
}

/** Reads one field and writes it as text. */
export type Field = (cursor: Cursor) => string

/** A sane message of 64 KiB takes at most four times its size. */
const MOST_CHARACTERS = 4 * 1024 * 1024

export function cursorOver(bytes: Buffer, at: number, end: number): Cursor {
  return { bytes, at, end, wrong: undefined, charactersLeft: MOST_CHARACTERS, tails: new Map() }
}

/** Counts what was written; whoever repeats itself endlessly is stopped. */
export function written(cursor: Cursor, text: string): string {
  cursor.charactersLeft -= text.length
  if (cursor.charactersLeft < 0) fail(cursor, 'records that fill more than 4 MiB of text')
  return text
}

export function fail(cursor: Cursor, found: string): void {
  cursor.wrong ??= found
  cursor.at = cursor.end
}

/**
 * Moves on by `size` bytes and gives where they began; -1: they are not there. Data that ends between two fields is
 * allowed, as in the library: what is left out is zero or empty.
 */
function take(cursor: Cursor, size: number): number {
  const { at, end } = cursor
  if (at === end) return -1
  if (at + size > end) {
    fail(cursor, 'a record that ends in the middle of a field')
    return -1
  }
  cursor.at = at + size
  return at
}

export function uint8(cursor: Cursor): number {
  const at = take(cursor, 1)
  return at < 0 ? 0 : (cursor.bytes[at] ?? 0)
}

export function uint16(cursor: Cursor): number {
  const at = take(cursor, 2)
  return at < 0 ? 0 : cursor.bytes.readUInt16BE(at)
}

export function uint32(cursor: Cursor): number {
  const at = take(cursor, 4)
  return at < 0 ? 0 : cursor.bytes.readUInt32BE(at)
}

export function uint48(cursor: Cursor): number {
  const at = take(cursor, 6)
  return at < 0 ? 0 : cursor.bytes.readUIntBE(at, 6)
}

export const decimal8: Field = (cursor) => String(uint8(cursor))
export const decimal16: Field = (cursor) => String(uint16(cursor))
export const decimal32: Field = (cursor) => String(uint32(cursor))

/** The hex digits of a number of `size` bytes. */
export function hexDigits(cursor: Cursor, size: number): string {
  const at = take(cursor, size)
  return at < 0 ? '00'.repeat(size) : cursor.bytes.toString('hex', at, at + size)
}

/** Exactly `size` bytes; a length that lies is no end between two fields. */
export function exactly(cursor: Cursor, size: number): Buffer {
  const { bytes, at, end } = cursor
  if (at + size > end) {
    fail(cursor, 'a length that is longer than its record')
    return bytes.subarray(end, end)
  }
  cursor.at = at + size
  return bytes.subarray(at, at + size)
}

export function rest(cursor: Cursor): Buffer {
  return exactly(cursor, cursor.end - cursor.at)
}

export const hexRest: Field = (cursor) => rest(cursor).toString('hex')
export const capitalHexRest: Field = (cursor) => hexRest(cursor).toUpperCase()
export const base64Rest: Field = (cursor) => rest(cursor).toString('base64')

export const ipv4: Field = (cursor) => {
  const at = take(cursor, 4)
  return at < 0 ? '' : ipv4Text(cursor.bytes, at)
}

export const ipv6: Field = (cursor) => {
  const at = take(cursor, 16)
  return at < 0 ? '' : ipv6Text(cursor.bytes.subarray(at, at + 16))
}

export function ipv4Text(bytes: Buffer, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

/** For each byte what is written instead; empty: itself. */
export type Escapes = readonly string[]

/** What does not print is `\DDD`; what is in `special` gets a backslash. */
export function escapesOf(special: string, others: Readonly<Record<string, string>> = {}): Escapes {
  return Array.from({ length: 256 }, (_, byte) => {
    const character = String.fromCharCode(byte)
    if (byte < 0x20 || byte > 0x7e) return `\\${String(byte).padStart(3, '0')}`
    return others[character] ?? (special.includes(character) ? `\\${character}` : '')
  })
}

const IN_NAMES = escapesOf('. \'@;()"\\')
const IN_STRINGS = escapesOf('"\\')

export function escaped(bytes: Buffer, from: number, to: number, escapes: Escapes): string {
  let plainFrom = from
  let text = ''
  for (let at = from; at < to; at += 1) {
    const instead = escapes[bytes[at] ?? 0] ?? ''
    if (instead === '') continue
    text += bytes.toString('latin1', plainFrom, at) + instead
    plainFrom = at + 1
  }
  return text + bytes.toString('latin1', plainFrom, to)
}

/** RFC 1035 §2.3.4: octets of a name, with all its length bytes. */
const MOST_NAME_BYTES = 255
/** More than any name of 255 octets can need. */
const MOST_POINTERS = 126

/** With its final dot; `.` is the root. Pointers may lead anywhere before the end (RFC 1035 §4.1.4). */
export const name: Field = (cursor) => (cursor.at === cursor.end ? '' : nameThere(cursor))

export function nameThere(cursor: Cursor): string {
  const whole = tailAt(cursor, cursor.at, 0, 0)
  if (typeof whole === 'string') {
    fail(cursor, whole)
    return ''
  }
  cursor.at = whole.next
  return whole.text === '' ? '.' : written(cursor, whole.text)
}

/** A text: what is wrong. `octets` and `pointers`: of the name, before this place. */
function tailAt(cursor: Cursor, at: number, octets: number, pointers: number): NameTail | string {
  const known = cursor.tails.get(at)
  const tail = known !== undefined && known.reach <= cursor.end ? known : readTail(cursor, at, octets, pointers)
  if (typeof tail === 'string') return tail
  if (octets + tail.octets >= MOST_NAME_BYTES) return TOO_LONG
  if (pointers + tail.pointers > MOST_POINTERS) return CIRCLE
  if (tail !== known) cursor.tails.set(at, tail)
  return tail
}

const TOO_LONG = 'a name over 255 bytes'
const CIRCLE = 'a name that points in a circle'
const CUT_OFF = 'a name that is cut off'

function readTail(cursor: Cursor, at: number, octets: number, pointers: number): NameTail | string {
  const { bytes, end } = cursor
  const length = at < end ? (bytes[at] ?? 0) : -1
  if (length < 0) return CUT_OFF
  if (length === 0) return { text: '', octets: 0, pointers: 0, next: at + 1, reach: at + 1 }
  if (length >= 0x40) return readPointer(cursor, at, octets, pointers)
  if (octets + length + 1 >= MOST_NAME_BYTES) return TOO_LONG
  if (at + 1 + length > end) return CUT_OFF
  const rest = tailAt(cursor, at + 1 + length, octets + length + 1, pointers)
  if (typeof rest === 'string') return rest
  const text = `${escaped(bytes, at + 1, at + 1 + length, IN_NAMES)}.${rest.text}`
  return { ...rest, text, octets: length + 1 + rest.octets }
}

function readPointer(cursor: Cursor, at: number, octets: number, pointers: number): NameTail | string {
  const { bytes, end } = cursor
  const length = bytes[at] ?? 0
  if (length < 0xc0 || at + 2 > end) return 'a name with a broken length'
  if (pointers === MOST_POINTERS) return CIRCLE
  const rest = tailAt(cursor, ((length & 0x3f) << 8) | (bytes[at + 1] ?? 0), octets, pointers + 1)
  if (typeof rest === 'string') return rest
  return { ...rest, pointers: rest.pointers + 1, next: at + 2, reach: Math.max(at + 2, rest.reach) }
}

/** RFC 1035 §3.3: a length byte and so many bytes; its text without quotes. */
export const string: Field = (cursor) => {
  if (cursor.at === cursor.end) return ''
  const { bytes, at } = cursor
  const length = bytes[at] ?? 0
  cursor.at = at + 1
  exactly(cursor, length)
  return cursor.wrong === undefined ? escaped(bytes, at + 1, at + 1 + length, IN_STRINGS) : ''
}

export const quoted: Field = (cursor) => `"${string(cursor)}"`

export const quotedStrings: Field = (cursor) => {
  const strings: string[] = []
  while (cursor.at < cursor.end) strings.push(quoted(cursor))
  return strings.join(' ')
}

/**
 * The rest as one quoted text. The library takes the bytes for text that is escaped already, and so do we: a backslash
 * of the record swallows itself, `\065` becomes `A`.
 */
export const octets: Field = (cursor) => `"${reescaped(rest(cursor))}"`

function reescaped(raw: Buffer): string {
  let text = ''
  for (let at = 0; at < raw.length; ) {
    const next = raw[at + 1]
    if (raw[at] !== BACKSLASH) {
      text += escaped(raw, at, at + 1, IN_STRINGS)
      at += 1
    } else if (next === DOT) {
      text += '\\.'
      at += 2
    } else if (/^\d{3}/.test(raw.toString('latin1', at + 1, at + 4))) {
      const byte = Buffer.of(Number(raw.toString('latin1', at + 1, at + 4)))
      text += escaped(byte, 0, 1, IN_STRINGS)
      at += 4
    } else {
      text += escaped(raw, at + 1, Math.min(at + 2, raw.length), IN_STRINGS)
      at += 2
    }
  }
  return text
}

const BACKSLASH = 0x5c
const DOT = 0x2e
