/** What came over a connection, for a person: short, printable, and without what we sent ourselves. */

const CHARACTERS_SHOWN = 100
/** Shorter ones are no secret, and hiding each would leave little to read. */
const SHORTEST_MASKED = 4
const MASK = '<sent>'

/** Lines that were sent: an echo of them, whole or begun, is not shown. */
export type SentLines = readonly string[]

export function sentLines(text: string): SentLines {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line.length >= SHORTEST_MASKED)
}

/** Quoted. The end of it is shown when it is too long, as the last that was said tells most. */
export function excerpt(bytes: Buffer, sent: SentLines): string {
  // No character has more than 4 bytes; a mask may shorten what stands before the end.
  const longest = Math.max(0, ...sent.map((line) => Buffer.byteLength(line)))
  const tail = bytes.subarray(-(CHARACTERS_SHOWN * 4 + longest))
  const text = printable(masked(tail.toString('utf8'), sent))
  const isCut = tail.length < bytes.length || text.length > CHARACTERS_SHOWN
  return isCut ? `"…${text.slice(-CHARACTERS_SHOWN)}"` : `"${text}"`
}

function masked(text: string, sent: SentLines): string {
  let shown = text
  for (const line of [...sent].sort((one, other) => other.length - one.length)) shown = shown.replaceAll(line, MASK)
  for (const line of sent) shown = withoutBeginning(shown, line)
  return shown
}

/** An echo that is still on its way. */
function withoutBeginning(text: string, line: string): string {
  for (let length = Math.min(line.length, text.length); length >= SHORTEST_MASKED; length -= 1) {
    if (text.endsWith(line.slice(0, length))) return text.slice(0, -length) + MASK
  }
  return text
}

/** Control characters, also those that turn the direction of writing, as `\x1b` or `\u202e`. */
function printable(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029"\\]/gu, (character) => {
    if (character === '"' || character === '\\') return `\\${character}`
    const code = (character.codePointAt(0) ?? 0).toString(16)
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`
  })
}
