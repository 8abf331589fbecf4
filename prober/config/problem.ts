/** What is wrong with a configuration file, and how it is said: `file:line:col: path: what was found; what to write`. */
export interface Problem {
  readonly path: Path
  /** `what was found; what to write`. One line, no secret. */
  readonly message: string
  /** Point at the key even where the value has a place of its own. */
  readonly atKey?: boolean
  /** The message holds parts of the value's text. */
  readonly quotesText?: boolean
}
export type Path = readonly (string | number)[]

export interface Position {
  /** As it was named by whoever asked. */
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A problem with its place; sorted by it, then by text, so that the same file gives the same list. */
export interface PlacedProblem {
  readonly position: Position
  readonly path: Path
  readonly message: string
}

/** Nobody reads more; a wrong file may have a problem per line. */
const MOST_TOLD = 1000

/** `files`: all that were read, in their order; the first is the one that names the others. */
export function formatProblems(files: readonly string[], problems: readonly PlacedProblem[]): string[] {
  const rank = new Map(files.map((file, index) => [file, index]))
  const rankOf = ({ position }: PlacedProblem) => rank.get(position.file) ?? files.length
  const inOrder = [...problems].sort(
    (a, b) => rankOf(a) - rankOf(b) || a.position.line - b.position.line || a.position.column - b.position.column,
  )
  const lines = inOrder.map(({ position, path, message }) =>
    oneLine(`${formatPosition(position)}: ${formatPath(path)}: ${message}`),
  )
  const told = [...new Set(lines)]
  const more = told.length - MOST_TOLD
  return more > 0 ? [...told.slice(0, MOST_TOLD), `${files[0]}: … and ${more} more`] : told
}

export function formatPosition({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`
}

/** `modules.web.http.valid_status_codes[0]`; keys with other characters are quoted: `modules["a.b"]`. */
export function formatPath(path: Path): string {
  const text = path
    .map((step) =>
      typeof step === 'number' ? `[${step}]` : /^[\w-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`,
    )
    .join('')
  return text === '' ? 'file' : text.replace(/^\./, '')
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}
