/** How gRPC calls end: codes, where they come from when the server sends none, and the server's own words. */
import { DeadlineExceeded } from '../../net/deadline.ts'
import { masked, type SentLines } from '../stream/excerpt.ts'

/** google.golang.org/grpc/codes by number. */
const STATUS_NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const
type StatusName = (typeof STATUS_NAMES)[number]

export const STATUS = Object.fromEntries(STATUS_NAMES.map((name, code) => [name, code])) as Readonly<
  Record<StatusName, number>
>

/** `NOT_FOUND (5)`; a number that gRPC has not given a meaning stands alone. */
export function statusText(code: number): string {
  const name = STATUS_NAMES[code]
  return name === undefined ? `status ${code}` : `${name} (${code})`
}

/** The value of `grpc-status`, as grpc-go reads it: 32 bits, of which it shows -1 as 4294967295. undefined: no number. */
export function parseStatus(text: string): number | undefined {
  if (!/^[+-]?\d{1,10}$/.test(text)) return undefined
  const value = Number(text)
  return Math.abs(value) < 2 ** 31 ? value >>> 0 : undefined
}

/** An answer that is not gRPC's own (grpc/doc/http-grpc-status-mapping.md). */
const HTTP_STATUS: Readonly<Record<number, StatusName>> = {
  400: 'INTERNAL',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'UNIMPLEMENTED',
  429: 'UNAVAILABLE',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'UNAVAILABLE',
}

export function statusOfHttp(httpStatus: number): number {
  return STATUS[HTTP_STATUS[httpStatus] ?? 'UNKNOWN']
}

/** RFC 9113 §7, with the codes that grpc-go 1.81 makes of them (seen through blackbox_exporter). */
const RESETS: readonly (readonly [string, StatusName])[] = [
  ['NO_ERROR', 'INTERNAL'],
  ['PROTOCOL_ERROR', 'INTERNAL'],
  ['INTERNAL_ERROR', 'INTERNAL'],
  ['FLOW_CONTROL_ERROR', 'RESOURCE_EXHAUSTED'],
  ['SETTINGS_TIMEOUT', 'INTERNAL'],
  ['STREAM_CLOSED', 'INTERNAL'],
  ['FRAME_SIZE_ERROR', 'INTERNAL'],
  ['REFUSED_STREAM', 'UNAVAILABLE'],
  ['CANCEL', 'CANCELLED'],
  ['COMPRESSION_ERROR', 'INTERNAL'],
  ['CONNECT_ERROR', 'INTERNAL'],
  ['ENHANCE_YOUR_CALM', 'RESOURCE_EXHAUSTED'],
  ['INADEQUATE_SECURITY', 'PERMISSION_DENIED'],
  ['HTTP_1_1_REQUIRED', 'INTERNAL'],
]

export function statusOfReset(errorCode: number): number {
  return STATUS[RESETS[errorCode]?.[1] ?? 'UNKNOWN']
}

export function resetText(errorCode: number): string {
  return RESETS[errorCode]?.[0] ?? `error code ${errorCode}`
}

/** What grpc-go says of a caller's deadline, and of a caller who left. */
export function statusOfAbort(signal: AbortSignal): number {
  return signal.reason instanceof DeadlineExceeded ? STATUS.DEADLINE_EXCEEDED : STATUS.CANCELLED
}

/** More says nothing to a person, and a server may send kilobytes. */
const LONGEST_WORDS = 200

/**
 * `grpc-message` as a person reads it: UTF-8 in percent signs (gRPC over HTTP/2, Status-Message), of which those that
 * encode nothing stay. `header`: one character per byte, as it came. `sent`: metadata that a server may repeat.
 */
export function serverWords(header: string, sent: SentLines): string {
  // Before decoding: three characters of the header make one byte at least.
  const bytes = header
    .slice(0, LONGEST_WORDS * 12)
    .replace(/%([0-9a-f]{2})/gi, (_encoded, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const words = masked(Buffer.from(bytes, 'latin1').toString('utf8'), sent)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
  return words.length > LONGEST_WORDS ? `${words.slice(0, LONGEST_WORDS)}…` : words
}
