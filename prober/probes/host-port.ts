/** `host:port`, as targets of tcp, dns and grpc are written: Go's net.SplitHostPort, with names in IDN as an extra. */
import { domainToASCII } from 'node:url'
import { isIP } from 'node:net'
import { type Failure, failure } from '../net/outcome.ts'

export interface HostPort {
  readonly ok: true
  /** In ASCII; an IPv6 address without brackets, maybe with a zone. */
  readonly host: string
  readonly port: number
}

/** A name has at most 253 bytes, and in UTF-8 no more characters than in punycode; a zone and a port add little. */
const MAX_TARGET_LENGTH = 1024

/** What `host[:port]` may leave out; undefined: nothing. */
export function parseHostPort(text: string, defaultPort?: number): HostPort | Failure {
  const example = defaultPort === undefined ? 'host:port, as in example.com:25' : 'host or host:port'
  const complaint = unfitText(text, example)
  if (complaint !== undefined) return invalid(complaint)
  const parts = split(text, defaultPort !== undefined)
  if (typeof parts === 'string') return invalid(`${parts}: write ${example}`)
  const host = asciiHost(parts.host)
  if (host === undefined) return invalid(hostComplaint(parts.host, example))
  const port = parts.port === undefined ? defaultPort : portNumber(parts.port)
  if (port === undefined) return invalid('holds a port that is none: write a number from 1 to 65535')
  return { ok: true, host, port }
}

/** A host alone, as targets of icmp are written; an IPv6 address in brackets or not. In ASCII and without brackets. */
export function parseHost(text: string): { readonly ok: true; readonly host: string } | Failure {
  const example = 'a host without a port, as in example.com'
  const complaint = unfitText(text, example)
  if (complaint !== undefined) return invalid(complaint)
  const parts = split(text, true)
  if (typeof parts === 'string') return invalid(`${parts}: write ${example}`)
  if (parts.port !== undefined) return invalid(`has a port, which this prober knows nothing of: write ${example}`)
  const host = asciiHost(parts.host)
  return host === undefined ? invalid(hostComplaint(parts.host, example)) : { ok: true, host }
}

/** `[::1]:53` and `example.com:53`. */
export function hostPortText({ host, port }: Pick<HostPort, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** For results, logs and pages: such a target carries no credentials, but who writes some should not read them there. */
export function shownHostPort(target: string): string {
  const masked = target.includes('@') ? target.replace(/^.*@/s, 'xxxxx@') : target
  return masked.length > MAX_TARGET_LENGTH ? `${masked.slice(0, 100)}…` : masked
}

function unfitText(text: string, example: string): string | undefined {
  if (text === '') return `is empty: write ${example}`
  if (text.length > MAX_TARGET_LENGTH) return `is ${text.length} characters long; the limit is ${MAX_TARGET_LENGTH}`
  if (/[\p{Cc}\s]/u.test(text)) return 'holds a space or a control character, such as a line break'
  const scheme = /^([a-z][a-z0-9+.-]{0,20}):\/\//i.exec(text)?.[1]
  if (scheme !== undefined) return `begins with ${scheme}://, which belongs to URLs: write ${example}`
  if (/[/?#]/.test(text)) return `holds a path or a query, which belong to URLs: write ${example}`
  if (text.includes('@')) return `holds an @, as credentials in URLs do: write ${example}`
  return undefined
}

type Parts = { readonly host: string; readonly port: string | undefined }

/** A text: what is wrong. */
function split(text: string, portMayMiss: boolean): Parts | string {
  if (text.startsWith('[')) return splitBracketed(text, portMayMiss)
  if (/[[\]]/.test(text)) return 'holds a bracket where none belongs'
  const colon = text.lastIndexOf(':')
  if (colon < 0) return portMayMiss ? { host: text, port: undefined } : 'has no port'
  if (text.indexOf(':') === colon) return { host: text.slice(0, colon), port: text.slice(colon + 1) }
  if (isIP(text) === 0) return 'holds more than one colon'
  return portMayMiss ? { host: text, port: undefined } : 'is an IPv6 address without a port, as in [2001:db8::1]:25'
}

function splitBracketed(text: string, portMayMiss: boolean): Parts | string {
  const found = /^\[([^[\]]*)\](?::([^:[\]]*))?$/.exec(text)
  if (found === null) return 'holds brackets as no address has them; an IPv6 address is written [2001:db8::1]:25'
  const [, host = '', port] = found
  if (isIP(host) !== 6) return 'holds no IPv6 address in its brackets'
  if (port === undefined && !portMayMiss) return 'has no port'
  return { host, port }
}

/** A name that is ASCII stays as it is: the URL rules would take `127.1` and `0x7f.1` for addresses, and Go does not. */
function asciiHost(host: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII
  const ascii = /^[\u0000-\u007f]*$/.test(host) ? host : domainToASCII(host)
  return ascii === '' ? undefined : ascii
}

function hostComplaint(host: string, example: string): string {
  return host === '' ? `names no host: write ${example}` : 'holds a host name that cannot be one'
}

/** Names that Go knows without /etc/services (net/port: services for tcp). */
const SERVICES: Readonly<Record<string, number>> = {
  domain: 53,
  ftp: 21,
  ftps: 990,
  gopher: 70,
  http: 80,
  https: 443,
  imap2: 143,
  imap3: 220,
  imaps: 993,
  pop3: 110,
  pop3s: 995,
  smtp: 25,
  ssh: 22,
  submissions: 465,
  telnet: 23,
}

function portNumber(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return Object.hasOwn(SERVICES, text.toLowerCase()) ? SERVICES[text.toLowerCase()] : undefined
  const port = Number(text)
  return port >= 1 && port <= 65_535 ? port : undefined
}

/** The text itself is never in the message: somebody may have written a password into it. */
function invalid(complaint: string): Failure {
  return failure('prepare', 'target_invalid', `The target ${complaint}`)
}
