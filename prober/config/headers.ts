/** Which request headers a file may set, and what their values may be. */
import { z } from 'zod'
import { optional, type Report } from './field.ts'
import type { ResolvePath } from './file-paths.ts'
import { type SecretSource, secret } from './secret.ts'

/** A header whose values may come from secrets or files read per probe. */
export interface SecretHeader {
  readonly name: string
  readonly values: readonly SecretSource[]
}

/** Refused in `http_headers`, which is for headers that nothing else sets (prometheus/common config/headers.go). */
const RESERVED = new Set([
  'authorization',
  'host',
  'content-encoding',
  'content-length',
  'content-type',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-prometheus-scrape-timeout-seconds',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
])

/** They shape the connection. Under `headers` the first two load and are left out. */
const UNSENDABLE = new Set(['expect', 'keep-alive', 'http2-settings'])
/** Under `headers` the prober knows what to do with them. */
const ONLY_UNDER_HEADERS = new Set(['transfer-encoding', 'trailer', 'upgrade'])

/** RFC 9110 §5.6.2. */
export const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/
/** RFC 9110 §5.5: no control characters other than tab. All else is sent as UTF-8, as Go does. */
const VALUE = /^[\t\P{Cc}]*$/u

const SENSITIVE_NAME =
  /auth|cookie|token|secret|passw|passphrase|pwd|credential|session|signature|assertion|jwt|api-?key|(^|[-_])(key|pass|pin)($|[-_])/i

/** Whether the value of a header (or parameter) of this name is better not shown. */
export function isSensitiveName(name: string): boolean {
  return SENSITIVE_NAME.test(name)
}

const headerBlock = z
  .strictObject({
    values: optional(z.array(z.string()), 'Values as they are.'),
    secrets: optional(z.array(z.string()), 'Values that are never shown.', { writeOnly: true }),
    files: optional(
      z.array(z.string()),
      'Files whose content is a value. Read at each probe; relative to the configuration file’s folder.',
    ),
  })
  .meta({ id: 'http_header' })

export const secretHeadersBlock = z.record(z.string(), headerBlock)

/** Both spellings of the example file of blackbox_exporter. */
export const textOrHeaderBlock = z.union([z.string(), headerBlock])
type TextOrHeader = z.output<typeof textOrHeaderBlock>

export const connectHeadersBlock = z.record(z.string(), z.array(z.string()))

export function checkHeaders(headers: unknown, path: string, report: Report): void {
  const seen = new Map<string, string>()
  for (const [name, value] of entriesOf(headers)) {
    const lower = name.toLowerCase()
    const twin = seen.get(lower)
    if (twin !== undefined) report([path, name], `is the same header as ${JSON.stringify(twin)}; keep one`)
    seen.set(lower, name)
    if (lower !== 'expect' && lower !== 'keep-alive') checkName([path, name], name, report)
    if (typeof value === 'string') checkValue([path, name], value, report)
  }
}

export function checkSecretHeaders(headers: unknown, path: string, report: Report): void {
  for (const [name, value] of entriesOf(headers)) {
    if (RESERVED.has(name.toLowerCase())) {
      report(
        [path, name],
        `this header cannot be set here; write it under headers, basic_auth, authorization or compression`,
      )
      continue
    }
    checkName([path, name], name, report)
    if (ONLY_UNDER_HEADERS.has(name.toLowerCase()))
      report([path, name], 'this header cannot be set here; write it under headers')
    checkValues([path, name], value, report)
  }
}

export function checkValues(path: readonly (string | number)[], block: unknown, report: Report): void {
  for (const [list, items] of entriesOf(block)) {
    if (list === 'files' || !Array.isArray(items)) continue
    for (const [index, item] of items.entries()) {
      if (typeof item === 'string') checkValue([...path, list, index], item, report)
    }
  }
}

/** RFC 6455 §4.1: what a client's handshake must say exactly so. */
const HANDSHAKE = new Set([
  'upgrade',
  'connection',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-extensions',
  'content-length',
  'transfer-encoding',
  'trailer',
  'expect',
  'keep-alive',
])

/** Of a WebSocket's handshake: a text, or a map of values, secrets and files. */
export function checkHandshakeHeaders(headers: unknown, path: string, report: Report): void {
  checkHeaders(headers, path, report)
  for (const [name, value] of entriesOf(headers)) {
    if (HANDSHAKE.has(name.toLowerCase())) report([path, name], 'the handshake itself sets this header; remove it')
    checkValues([path, name], value, report)
  }
}

export function checkConnectHeaders(headers: unknown, path: string, report: Report): void {
  for (const [name, values] of entriesOf(headers)) {
    checkName([path, name], name, report)
    if (ONLY_UNDER_HEADERS.has(name.toLowerCase()))
      report([path, name], 'this header cannot be sent to a proxy; remove it')
    if (!Array.isArray(values)) continue
    for (const [index, value] of values.entries()) {
      if (typeof value === 'string') checkValue([path, name, index], value, report)
    }
  }
}

function checkName(path: readonly (string | number)[], name: string, report: Report): void {
  if (!TOKEN.test(name)) report(path, 'is no header name; use letters, digits and dashes')
  else if (UNSENDABLE.has(name.toLowerCase())) report(path, 'this header cannot be sent by the prober; remove it')
}

/** The value is not repeated: it may be a credential. */
export function checkValue(path: readonly (string | number)[], value: string, report: Report): void {
  if (!VALUE.test(value)) report(path, 'holds a line break or another control character; remove it or encode it')
}

export function toSecretHeaders(
  block: Readonly<Record<string, TextOrHeader>> = {},
  resolvePath: ResolvePath,
): readonly SecretHeader[] {
  return Object.entries(block).map(([name, header]) => {
    const { values = [], secrets = [], files = [] } = typeof header === 'string' ? { values: [header] } : header
    return {
      name,
      values: [
        ...[...values, ...secrets].map((value): SecretSource => ({ from: 'value', value: secret(value) })),
        ...files.map((path): SecretSource => ({ from: 'file', path: resolvePath(path) })),
      ],
    }
  })
}

export function toConnectHeaders(block: z.output<typeof connectHeadersBlock> = {}): readonly SecretHeader[] {
  return Object.entries(block).map(([name, values]) => ({
    name,
    values: values.map((value): SecretSource => ({ from: 'value', value: secret(value) })),
  }))
}

export function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}
