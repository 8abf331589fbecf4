/**
 * `${env:NAME}` and `${env:NAME:-default}` in texts of the file (never in keys). The colon keeps them apart from `${1}`
 * and `${name}` of `query_response`, which Go's regexp.Expand knows as letters, digits and _ only. What the environment
 * holds counts as a secret: wherever the configuration is shown, the placeholder stands.
 */
import { childSchema } from './field.ts'
import { exampleOf } from './issue.ts'
import type { Path, Problem } from './problem.ts'
import { configSchema } from './schema.ts'
import type { Tree } from './yaml-tree.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A text of the file that had placeholders. */
export interface Filled {
  readonly path: Path
  /** With its placeholders. */
  readonly written: string
  /** Without them: how the file would have to say it. */
  readonly text: string
  /** What the environment gave; defaults are no secrets. */
  readonly given: readonly Given[]
}

interface Given {
  readonly name: string
  readonly value: string
}

/** `$$` before it keeps a placeholder as it is; a default ends at the first brace. */
const PLACEHOLDER = /\$\$\{env:|\$\{env:([A-Za-z_]\w*)(?::-([^}]*))?\}|\$\{env:/g

/** Puts values in the places of the tree. */
export function fillIn(
  tree: Tree,
  environment: Environment,
): { filled: readonly Filled[]; problems: readonly Problem[] } {
  const filled: Filled[] = []
  const problems: Problem[] = []
  for (const { path, text } of textsOf(tree.value, [])) {
    if (!text.includes('{env:')) continue
    const filling = expand(text, environment)
    for (const message of filling.complaints) problems.push({ path, message })
    tree.replace(path, filling.text)
    filled.push({ path, written: text, ...filling })
  }
  return { filled, problems }
}

function* textsOf(value: unknown, path: Path): Generator<{ readonly path: Path; readonly text: string }> {
  if (typeof value === 'string') yield { path, text: value }
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* textsOf(item, [...path, index])
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* textsOf(item, [...path, key])
  }
}

const MALFORMED = `holds a placeholder that is none; write \${env:NAME}, or $\${env: for the text itself`

function expand(written: string, environment: Environment) {
  const given: Given[] = []
  const complaints: string[] = []
  const text = written.replace(PLACEHOLDER, (match, name: string | undefined, fallback: string | undefined) => {
    if (match.startsWith('$$')) return match.slice(1)
    if (name === undefined) {
      complaints.push(MALFORMED)
      return match
    }
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined
    if (value !== undefined && (value !== '' || fallback === undefined)) {
      given.push({ name, value })
      return value
    }
    if (fallback === undefined) complaints.push(unset(name))
    return fallback ?? ''
  })
  return { text, given, complaints }
}

function unset(name: string): string {
  return `the environment has no variable ${name}; set it, or write a default as in \${env:${name}:-text}`
}

/** The same problems, without what the environment holds. */
export function withoutValues(problems: readonly Problem[], filled: readonly Filled[]): readonly Problem[] {
  if (filled.length === 0) return problems
  const byPlace = new Map(filled.map((place) => [JSON.stringify(place.path), place]))
  return problems.map((problem) => {
    const place = byPlace.get(JSON.stringify(problem.path))
    const isPartly = place !== undefined && place.given.length > 0 && problem.quotesText === true
    return { ...problem, message: isPartly ? unfit(place) : hideValues(problem.message, filled) }
  })
}

/** Parsers quote the part that they stumble over: no part of a secret may be told. */
function unfit({ path, given }: Filled): string {
  const example = exampleOf(path.reduce<ReturnType<typeof childSchema>>(childSchema, configSchema), path)
  const variables = given.map(({ name }) => `\${env:${name}}`).join(', ')
  return `what ${variables} holds does not fit here; ${example === undefined ? 'see docs/configuration.md' : `set it as in ${example}`}`
}

/** In quotes of any length; elsewhere only what is long enough not to be part of another word. */
const SHORTEST_HIDDEN = 4

function hideValues(message: string, filled: readonly Filled[]): string {
  let hidden = message
  for (const { written, text, given } of filled) {
    if (given.length > 0) hidden = hidden.replaceAll(JSON.stringify(text), JSON.stringify(written))
    for (const { name, value } of given) {
      for (const form of [JSON.stringify(value).slice(1, -1), value]) {
        if (form.length >= SHORTEST_HIDDEN) hidden = hidden.replaceAll(form, `\${env:${name}}`)
      }
    }
  }
  return hidden
}

/** The tree's value as it was written, to be shown. */
export function asWritten(value: unknown, filled: readonly Filled[]): unknown {
  if (filled.length === 0) return value
  const copy = structuredClone(value)
  for (const { path, written } of filled) {
    const parent = path
      .slice(0, -1)
      .reduce<unknown>((map, key) => (map as Readonly<Record<string, unknown>>)[key], copy)
    Object.assign(parent as object, { [String(path.at(-1))]: written })
  }
  return copy
}
