import { type Failure, failure } from '../../net/outcome.ts'

/** Longer than any server takes as a request line; keeps one odd target from filling logs and history. */
const MAX_TARGET_LENGTH = 16_384

export interface HttpTarget {
  readonly ok: true
  /** Without credentials and fragment: safe to print. */
  readonly url: URL
  readonly credentials: UrlCredentials | undefined
}

/** What stood before the `@`. */
export interface UrlCredentials {
  readonly username: string
  readonly password: string
}

/** As blackbox_exporter takes it: `http://` is put before everything that names neither http nor https. */
export function parseTarget(target: string): HttpTarget | Failure {
  const complaint = unfitText(target)
  if (complaint !== undefined) return invalid(complaint)
  const text = /^https?:\/\//i.test(target) ? target : `http://${target}`
  return parseHttpUrl(text)
}

/** Also for the Location of a redirect, already absolute. */
export function parseHttpUrl(text: string): HttpTarget | Failure {
  if (!/^https?:\/\/[^/?#]/i.test(text)) return invalid('holds no host name: write it as in http://example.com/')
  const url = URL.parse(text)
  if (url === null) return invalid(reasonNotToParse(text))
  if (url.port === '0') return invalid('names port 0: write one from 1 to 65535')
  const credentials = url.username === '' && url.password === '' ? undefined : credentialsOf(url)
  url.username = ''
  url.password = ''
  url.hash = ''
  return { ok: true, url, credentials }
}

/** For results, logs and pages. What cannot be parsed is masked up to its last `@`, rather too much than too little. */
export function maskTarget(target: string): string {
  if (!target.includes('@')) return shortened(target)
  const userInfo = parseTarget(target).ok ? /^(https?:\/\/)?[^/?#]*@/i : /^(https?:\/\/)?.*@/is
  return shortened(target.replace(userInfo, '$1xxxxx@'))
}

/** Results are kept in hundreds, and a redirect may lead to 256 KiB of URL. */
const LONGEST_SHOWN = 2048

/** Of a URL without credentials. */
export function shownUrl({ href }: URL): string {
  return href.length > LONGEST_SHOWN ? `${href.slice(0, LONGEST_SHOWN)}…` : href
}

function shortened(target: string): string {
  return target.length > MAX_TARGET_LENGTH ? `${target.slice(0, 100)}…` : target
}

/** What WHATWG's parser would silently mend, while Go refuses it. */
function unfitText(target: string): string | undefined {
  if (target === '') return 'is empty: write a URL or a host name'
  if (target.length > MAX_TARGET_LENGTH) return `is ${target.length} characters long; the limit is ${MAX_TARGET_LENGTH}`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what we look for
  if (/[\u0000-\u001f\u007f]/.test(target)) return 'holds a control character, such as a line break or a tab'
  if (target.trim() !== target) return 'begins or ends with a space'
  if (/^[^?#]*\\/.test(target)) return 'holds a backslash: URLs are written with /'
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(target)?.[1]?.toLowerCase() ?? 'http'
  if (scheme !== 'http' && scheme !== 'https') return `begins with ${scheme.slice(0, 20)}://; write http:// or https://`
  return undefined
}

/** URL.parse only says no. */
function reasonNotToParse(text: string): string {
  const authority = /^https?:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(text)?.[1] ?? ''
  const port = /:([^:\]]*)$/.exec(authority)?.[1]
  if (authority.startsWith('[')) {
    if (/^\[[^\]]*%/.test(authority)) return 'holds an IPv6 zone, which a URL cannot carry here'
    if (!/^\[[0-9a-f:.]*\](:|$)/i.test(authority) || port === undefined || /^\d*$/.test(port))
      return 'holds a malformed IPv6 address: write it as in http://[2001:db8::1]:8080/'
  }
  if (authority === '' || authority.startsWith(':')) return 'holds no host name: write it as in http://example.com/'
  if (/\s/.test(authority)) return 'holds a space in its host name'
  if ((authority.match(/:/g)?.length ?? 0) > 1 && !authority.includes('[')) {
    return 'holds more than one colon in its host: put brackets around an IPv6 address, as in http://[2001:db8::1]/'
  }
  if (port !== undefined && !/^\d+$/.test(port)) return 'holds a port that is no number'
  if (port !== undefined && Number(port) > 65_535) return `names port ${port.slice(0, 12)}: write one from 1 to 65535`
  return 'holds a host name that cannot be one'
}

/** Percent signs that encode nothing stay as they are. */
export function credentialsOf(url: URL): UrlCredentials {
  return { username: decoded(url.username), password: decoded(url.password) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The text itself is never in the message: it may hold a password. */
function invalid(complaint: string): Failure {
  return failure('prepare', 'target_invalid', `The target ${complaint}`)
}
