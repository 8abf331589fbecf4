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

/** Quoted. Of a long text the end is shown, since the last that was said tells most. */
export function excerpt(bytes: Buffer, sent: SentLines): string {
  const longest = sent.reduce((most, line) => Math.max(most, Buffer.byteLength(line)), 0)
  const tail = bytes.subarray(-(CHARACTERS_SHOWN * 4 + 2 * longest))
  const isCut = tail.length < bytes.length
  const text = masked(tail.toString('utf8'), sent)
  // What was cut in two may be the rest of a line that was sent.
  const [shown, isWhole] = ending(isCut ? text.slice(longest) : text)
  return isCut || !isWhole ? `"…${shown}"` : `"${shown}"`
}

function ending(text: string): readonly [shown: string, isWhole: boolean] {
  const characters = Array.from(text)
  let shown = ''
  for (let index = characters.length - 1; index >= 0; index -= 1) {
    const next = printable(characters[index] ?? '') + shown
    if (next.length > CHARACTERS_SHOWN) return [shown, false]
    shown = next
  }
  return [shown, true]
}

/** What we sent, whole or begun, is not shown. */
export function masked(text: string, sent: SentLines): string {
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

/** Control characters, also those that turn the direction of writing, as `\x1b` or `\u{202e}`. */
function printable(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`
  if (!/[\p{C}\u2028\u2029]/u.test(character)) return character
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`
}
