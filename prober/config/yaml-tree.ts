/**
 * YAML text to plain values, keeping where each value stood. It reads as blackbox_exporter's library does where that
 * differs from YAML 1.2: merge keys (`<<`) work, and null means "not set". Texts of the file never get into messages of
 * this layer: what stands at a broken place may be a secret.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { Path, PlacedProblem, Position } from './problem.ts'

export interface Tree {
  readonly value: unknown
  /** Of the value, or of its key when asked for, or when the value is a map; of the nearest parent when nothing is there. */
  positionOf(path: Path, atKey?: boolean): Position
  /** The text of a scalar as it was written (`1.10`, `yes`); '' for null; undefined for lists, maps and nothing. */
  sourceOf(path: Path): string | undefined
  /** Puts another value in a place that exists: `"yes"` becomes true where the schema wants a boolean. */
  replace(path: Path, value: unknown): void
}

/** With a tree come problems that leave it readable (a key written twice), so that all are told at once. */
export type ReadTree =
  | { readonly ok: true; readonly tree: Tree; readonly problems: readonly PlacedProblem[] }
  | { readonly ok: false; readonly problems: readonly PlacedProblem[] }

type Container = Record<string, unknown> | unknown[]
interface Place {
  readonly key: Node | undefined
  readonly value: Node | undefined
}
type Places = WeakMap<object, Map<string | number, Place>>

/** Aliases multiply: nine lists of nine aliases each are 400 million values in 400 bytes. */
const MOST_VALUES_BY_ALIAS = 500_000
const DEEPEST = 100

/** By code, because the library's own messages quote the file. */
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_INDENT: 'the indentation is wrong; align keys of one block in one column',
  BAD_SCALAR_START: 'a value begins with a reserved character; put it in quotes',
  BAD_DQ_ESCAPE: 'a double-quoted text holds an unknown escape; use single quotes or double the backslash',
  BLOCK_AS_IMPLICIT_KEY:
    'two "key: value" pairs are on one line; put the second on its own line or the value in quotes',
  BLOCK_IN_FLOW: 'an indented block is inside [] or {}; write it in one style',
  MISSING_CHAR: 'a quote, bracket, colon or comma is missing; close what was opened before this place',
  MULTILINE_IMPLICIT_KEY: 'a key runs over more than one line, or has no colon; write "key: value"',
  MULTIPLE_DOCS: 'a second document begins; keep one per file, without "---"',
  TAB_AS_INDENT: 'a tab indents this line; use spaces',
  TAG_RESOLVE_FAILED: 'the value does not fit its tag; remove the tag ("!…")',
  UNEXPECTED_TOKEN: 'something unexpected stands here; check quotes, brackets and indentation before it',
}
const START: Position = { line: 1, column: 1 }

export function readTree(text: string): ReadTree {
  const lines = new LineCounter()
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
    if (document.errors.length > 0)
      return { ok: false, problems: document.errors.map((error) => syntaxProblem(error, at)) }
    return buildTree(document.contents, at)
  } catch (thrown) {
    // The parser recurses: thousands of nested brackets exhaust the stack.
    if (!(thrown instanceof RangeError)) throw thrown
    return { ok: false, problems: [{ position: START, path: [], message: tooDeep }] }
  }
}

const tooDeep = `values are nested more than ${DEEPEST} deep; flatten them`

function syntaxProblem(error: YAMLError, at: (offset: number) => Position): PlacedProblem {
  const message = SYNTAX[error.code] ?? 'this is not YAML; check quotes, colons and indentation'
  return { position: at(error.pos[0]), path: [], message }
}

function buildTree(root: Node | null, at: (offset: number) => Position): ReadTree {
  const places: Places = new WeakMap()
  const problems: PlacedProblem[] = []
  const lineOf = (node: Node | undefined) => at(node?.range?.[0] ?? 0).line
  const report = (node: Node | undefined, path: Path, message: string): void => {
    problems.push({ position: at(node?.range?.[0] ?? 0), path, message })
  }
  const converter = createConverter(places, lineOf, report)
  const value = root === null ? undefined : converter.convert(root)
  if (converter.stopped()) return { ok: false, problems }
  return { ok: true, tree: createTree(value, root, places, at), problems }
}

/** Walks in the order of the file, so that an alias means the anchor that was set last before it. */
function createConverter(
  places: Places,
  lineOf: (node: Node | undefined) => number,
  report: (node: Node | undefined, path: Path, message: string) => void,
) {
  const anchors = new Map<string, Node>()
  /** Lists and maps that the walk is inside of. */
  const open = new Set<Node>()
  let aliasDepth = 0
  let valuesByAlias = 0
  let stopped = false
  const stop = (node: Node, path: Path, message: string) => {
    if (!stopped) report(node, path, message)
    stopped = true
  }
  const convert = (node: Node | null | undefined, path: Path): unknown => {
    if (stopped || node === null || node === undefined) return undefined
    if (path.length > DEEPEST) return stop(node, path.slice(0, 8), tooDeep)
    if (aliasDepth > 0) valuesByAlias += 1
    if (valuesByAlias > MOST_VALUES_BY_ALIAS) {
      return stop(node, path.slice(0, 8), `aliases expand to more than ${MOST_VALUES_BY_ALIAS} values; use fewer`)
    }
    if (isAlias(node)) return convertAlias(node, path)
    if ('anchor' in node && typeof node.anchor === 'string') anchors.set(node.anchor, node)
    if (isScalar(node)) return node.value ?? undefined
    open.add(node)
    const value = isMap(node) ? convertMap(node, path) : isSeq(node) ? convertList(node, path) : undefined
    open.delete(node)
    return value
  }
  const convertAlias = (alias: Alias, path: Path): unknown => {
    const target = anchors.get(alias.source)
    if (target === undefined) {
      return report(alias, path, 'this alias names no anchor above it; quote a text that begins with "*"')
    }
    if (open.has(target)) return report(alias, path, 'this alias is inside of its own anchor; write it out')
    aliasDepth += 1
    const value = convert(target, path)
    aliasDepth -= 1
    return value
  }
  const convertList = (list: YAMLSeq, path: Path): unknown[] => {
    const items: unknown[] = []
    const entries = new Map<string | number, Place>()
    places.set(items, entries)
    for (const [index, item] of list.items.entries()) {
      const value = isPair(item) ? undefined : (item as Node | null)
      entries.set(index, { key: undefined, value: value ?? undefined })
      items.push(convert(value, [...path, index]))
    }
    return items
  }
  const convertMap = (map: YAMLMap, path: Path): Record<string, unknown> => {
    const result: Record<string, unknown> = Object.create(null)
    const entries = new Map<string | number, Place>()
    places.set(result, entries)
    const merges: Node[] = []
    for (const { key, value } of map.items as readonly { key: Node | null; value: Node | null }[]) {
      const name = isScalar(key) ? (key.source ?? String(key.value)) : undefined
      if (name === undefined) report(key ?? map, path, 'a key is no plain name; write "name: value"')
      else if (name === '<<' && value !== null) merges.push(value)
      else if (name === '__proto__') report(key ?? map, path, '"__proto__" is no usable name; write another')
      else if (entries.has(name)) {
        const first = lineOf(entries.get(name)?.key)
        report(key ?? map, [...path, name], `is written twice, first on line ${first}; keep one`)
      } else {
        entries.set(name, { key: key ?? undefined, value: value ?? undefined })
        result[name] = convert(value, [...path, name])
      }
    }
    for (const merge of merges) mergeInto(result, entries, convert(merge, path), merge, path)
    return result
  }
  const mergeInto = (
    result: Record<string, unknown>,
    entries: Map<string | number, Place>,
    merged: unknown,
    node: Node,
    path: Path,
  ) => {
    const sources = Array.isArray(merged) ? merged : [merged]
    for (const source of sources) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        if (!stopped) report(node, path, '"<<" merges something that is no map; write "<<: *name-of-a-map"')
        continue
      }
      for (const [name, place] of places.get(source) ?? []) {
        if (entries.has(name)) continue
        entries.set(name, place)
        result[String(name)] = (source as Record<string, unknown>)[String(name)]
      }
    }
  }
  return { convert: (root: Node) => convert(root, []), stopped: () => stopped }
}

function createTree(root: unknown, rootNode: Node | null, places: Places, at: (offset: number) => Position): Tree {
  const holder: Container = { root }
  places.set(holder, new Map([['root', { key: undefined, value: rootNode ?? undefined }]]))
  /** The deepest place on the way to `path` that the file has. */
  const find = (path: Path) => {
    let container: unknown = holder
    let found: { place: Place; container: Container; key: string | number; complete: boolean } | undefined
    for (const key of ['root', ...path]) {
      const place = isContainer(container) ? places.get(container)?.get(key) : undefined
      if (place === undefined || !isContainer(container)) return found && { ...found, complete: false }
      found = { place, container, key, complete: true }
      container = (container as Record<string | number, unknown>)[key]
    }
    return found
  }
  return {
    value: root,
    positionOf(path, atKey = false) {
      const found = find(path)
      if (found === undefined) return START
      const { key, value } = found.place
      const wantsKey = atKey || !found.complete || value === undefined || isMap(value) || isSeq(value) || isAlias(value)
      const node = (wantsKey ? key : undefined) ?? value ?? key
      return at(node?.range?.[0] ?? 0)
    },
    sourceOf(path) {
      const found = find(path)
      if (found?.complete !== true) return undefined
      const current = (found.container as Record<string | number, unknown>)[found.key]
      if (current === undefined) return isContainer(current) ? undefined : ''
      if (isContainer(current)) return undefined
      const node = found.place.value
      return isScalar(node) ? (node.source ?? String(node.value)) : String(current)
    },
    replace(path, value) {
      const found = find(path)
      if (found?.complete === true) (found.container as Record<string | number, unknown>)[found.key] = value
    },
  }
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}
