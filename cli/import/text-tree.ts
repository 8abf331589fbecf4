/** A file of Prometheus' as texts: its library takes any scalar where it wants a text, with the words it was written in. */
import type { z } from 'zod'
import { problemsOf } from '../../prober/config/issue.ts'
import type { Path, PlacedProblem, Position } from '../../prober/config/problem.ts'
import { placed } from '../../prober/config/sources.ts'
import { readTree, type Tree } from '../../prober/config/yaml-tree.ts'

export interface TextTree {
  readonly value: unknown
  positionOf(path: Path, atKey?: boolean): Position
}

export type Read<T> =
  | { readonly ok: true; readonly value: T; readonly tree: TextTree }
  | { readonly ok: false; readonly problems: readonly PlacedProblem[] }

/** `file`: how messages name it. */
export function readTexts<S extends z.ZodType>(text: string, file: string, schema: S): Read<z.output<S>> {
  const read = readTree(text, file)
  if (!read.ok) return read
  if (read.problems.length > 0) return { ok: false, problems: read.problems }
  const value = asTexts(read.tree.value, [], read.tree)
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, value: parsed.data, tree: { ...read.tree, value } }
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, schema, value))
  return { ok: false, problems: placed(problems, read.tree) }
}

function asTexts(value: unknown, path: Path, tree: Tree): unknown {
  if (value === undefined) return undefined
  if (Array.isArray(value)) return value.map((item, index) => asTexts(item, [...path, index], tree))
  if (typeof value !== 'object' || value === null) return tree.sourceOf(path) ?? String(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asTexts(item, [...path, key], tree)]))
}
