/**
 * The response header `Server-Timing`: what a server says of its own time. Read as browsers do, past what is odd.
 * https://www.w3.org/TR/server-timing/#the-server-timing-header-field
 */

export interface ServerTiming {
  readonly name: string
  /** Of `dur`, which counts in milliseconds; undefined: none that can be read. */
  readonly durationSeconds: number | undefined
}

/** Names become label values and are kept with results, and the server chooses them. */
export const MAX_SERVER_TIMINGS = 16
const LONGEST_NAME = 64
/** Of all that the header says, however often it comes; a server may send 256 KiB. */
const LONGEST_HEADER = 8192

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+/
/** Up to the next separator; one inside of quotes separates nothing. The second: a quote that never ends. */
const PART = /(?:[^",;\\]|\\.|"(?:[^"\\]|\\.)*"|["\\])*/y
const DURATION = /^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** Entries in their order, those without a legal name left out. */
export function readServerTiming(header: string | readonly string[] | undefined): readonly ServerTiming[] {
  if (header === undefined) return []
  const text = (typeof header === 'string' ? header : header.join(',')).slice(0, LONGEST_HEADER)
  const timings: ServerTiming[] = []
  for (const [first = '', ...parameters] of elementsOf(text)) {
    const name = TOKEN.exec(first.trim())?.[0]
    if (name === undefined || name.length > LONGEST_NAME) continue
    timings.push({ name, durationSeconds: durationOf(parameters) })
    if (timings.length === MAX_SERVER_TIMINGS) break
  }
  return timings
}

/** At each comma a new element, at each semicolon a new part of it. */
function elementsOf(text: string): string[][] {
  const elements: string[][] = [[]]
  for (let at = 0; at <= text.length; at += 1) {
    PART.lastIndex = at
    const part = PART.exec(text)?.[0] ?? ''
    elements.at(-1)?.push(part)
    at += part.length
    if (text[at] === ',') elements.push([])
  }
  return elements
}

/** The first `dur` counts, also when it cannot be read. */
function durationOf(parameters: readonly string[]): number | undefined {
  for (const parameter of parameters) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(parameter) ?? []
    if (name.trim().toLowerCase() === 'dur') return secondsOf(value.trim())
  }
  return undefined
}

/** Whole nanoseconds, as our own times are: 47.2 ms is 0.0472. */
function secondsOf(value: string): number | undefined {
  const bare = /^"(.*)"$/s.exec(value)?.[1] ?? value
  const seconds = DURATION.test(bare) ? Math.round(Number(bare) * 1e6) / 1e9 : Number.NaN
  return Number.isFinite(seconds) ? seconds : undefined
}
