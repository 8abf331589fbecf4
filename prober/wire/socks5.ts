/** SOCKS 5 (RFC 1928) and its user name and password (RFC 1929), client side. */
import { isIP } from 'node:net'
import { addressBytes } from './ip-address.ts'
import type { Parsed } from './parsed.ts'
import { MORE, malformed } from './parsed.ts'

const VERSION = 5
const AUTH_VERSION = 1
const CONNECT = 1
const IPV4 = 1
const NAME = 3
const IPV6 = 4

export const METHOD = { none: 0, password: 2, refused: 0xff } as const

/** RFC 1928 §6; in the words of the log line they end up in. */
const REPLIES: readonly string[] = [
  'succeeded',
  'general failure',
  'connection not allowed by its rules',
  'network unreachable',
  'host unreachable',
  'connection refused by the target',
  'time to live expired',
  'command not supported',
  'address type not supported',
]

export function encodeGreeting(withPassword: boolean): Buffer {
  return withPassword ? Buffer.from([VERSION, 2, METHOD.none, METHOD.password]) : Buffer.from([VERSION, 1, METHOD.none])
}

/** undefined: the user name is empty, or one of them longer than the 255 bytes that fit. */
export function encodePassword(username: string, password: string): Buffer | undefined {
  const user = lengthed(username)
  // RFC 1929 wants a byte at least, but proxies take none, and Go sends none.
  const pass = password === '' ? Buffer.from([0]) : lengthed(password)
  return user === undefined || pass === undefined ? undefined : Buffer.concat([Buffer.from([AUTH_VERSION]), user, pass])
}

/** `host`: a name, which the proxy looks up, or an IP literal. undefined: the name is empty or over 255 bytes. */
export function encodeConnect(host: string, port: number): Buffer | undefined {
  const address = encodeAddress(host)
  if (address === undefined) return undefined
  return Buffer.concat([Buffer.from([VERSION, CONNECT, 0]), address, Buffer.from([port >> 8, port & 0xff])])
}

function encodeAddress(host: string): Buffer | undefined {
  if (isIP(host) !== 0) {
    const bytes = addressBytes(host)
    return Buffer.from([bytes.length === 4 ? IPV4 : IPV6, ...bytes])
  }
  const name = lengthed(host)
  return name === undefined ? undefined : Buffer.concat([Buffer.from([NAME]), name])
}

function lengthed(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'utf8')
  return bytes.length === 0 || bytes.length > 255 ? undefined : Buffer.concat([Buffer.from([bytes.length]), bytes])
}

/** The method that the proxy chose, as its number. */
export function readMethod(bytes: Buffer): Parsed<number> {
  return readPair(bytes, VERSION, 'its greeting')
}

/** 0: user name and password are right. */
export function readPasswordStatus(bytes: Buffer): Parsed<number> {
  return readPair(bytes, AUTH_VERSION, 'its answer to the password')
}

function readPair(bytes: Buffer, version: number, what: string): Parsed<number> {
  const [first, second] = bytes
  if (first !== undefined && first !== version) return malformed(`${what} starts with byte ${first}, not ${version}`)
  return second === undefined ? MORE : { state: 'done', value: second, bytes: 2 }
}

/** VER REP RSV ATYP BND.ADDR BND.PORT; where the proxy connected from is of no use to us. undefined: success. */
export function readConnectReply(bytes: Buffer): Parsed<string | undefined> {
  const [version, reply = 0, , type] = bytes
  if (version !== undefined && version !== VERSION)
    return malformed(`its answer starts with byte ${version}, not ${VERSION}`)
  // A refusal counts without its address, which some proxies leave out.
  if (bytes.length >= 2 && reply !== 0)
    return { state: 'done', value: REPLIES[reply] ?? `error ${reply}`, bytes: bytes.length }
  if (type === undefined) return MORE
  const addressBytes = addressLength(type, bytes[4])
  if (addressBytes === undefined) return type === NAME ? MORE : malformed(`its answer has address type ${type}`)
  const total = 4 + addressBytes + 2
  return bytes.length < total ? MORE : { state: 'done', value: undefined, bytes: total }
}

function addressLength(type: number, firstByte: number | undefined): number | undefined {
  if (type === IPV4) return 4
  if (type === IPV6) return 16
  return type === NAME && firstByte !== undefined ? 1 + firstByte : undefined
}
