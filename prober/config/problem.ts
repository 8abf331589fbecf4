/** What is wrong with a configuration file, and how it is said: `file:line:col: path: what was found; what to write`. */
export interface Problem {
  readonly path: Path
  /** `what was found; what to write`. One line, no secret. */
  readonly message: string
  /** Point at the key even where the value has a place of its own. */
  readonly atKey?: boolean
}
export type Path = readonly (string | number)[]

export interface Position {
  readonly line: number
  readonly column: number
}

/** A problem with its place; sorted by it, then by text, so that the same file gives the same list. */
export interface PlacedProblem {
  readonly position: Position
  readonly path: Path
  readonly message: string
}

export function formatProblems(file: string, problems: readonly PlacedProblem[]): string[] {
  const inOrder = [...problems].sort(
    (a, b) => a.position.line - b.position.line || a.position.column - b.position.column,
  )
  const lines = inOrder.map(({ position, path, message }) =>
    oneLine(`${file}:${position.line}:${position.column}: ${formatPath(path)}: ${message}`),
  )
  return [...new Set(lines)]
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

/** The known name that `name` was probably meant to be; undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3))
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase(), limit) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= limit ? best.candidate : undefined
}

/** Damerau-Levenshtein with adjacent swaps (optimal string alignment): typists swap letters as often as they miss one. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return Number.POSITIVE_INFINITY
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}
