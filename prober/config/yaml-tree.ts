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

type Container = Record<string | number, unknown> | unknown[]
interface Place {
  readonly key: Node | undefined
  readonly value: Node | undefined
}
type Entries = Map<string | number, Place>
type Places = WeakMap<object, Entries>
/** What each alias stands for. */
type Targets = WeakMap<Alias, Node>

/** Aliases multiply: nine lists of nine aliases each are 400 million values in 400 bytes. */
const MOST_VALUES_BY_ALIAS = 500_000
const DEEPEST = 100

/** By code, because the library's own messages quote the file. */
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_INDENT:
    'the indentation is wrong, or a ] or } is missing before this place; align keys of one block in one column, close what was opened',
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
/** `file`: how messages name it. */
export function readTree(text: string, file: string): ReadTree {
  const lines = new LineCounter()
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
    const errors = document.errors.filter((error) => !isEmptyDocument(error, text))
    if (errors.length > 0) return { ok: false, problems: errors.map((error) => syntaxProblem(error, at)) }
    return buildTree(document.contents, at)
  } catch (thrown) {
    // The parser recurses: thousands of nested brackets exhaust the stack.
    if (!(thrown instanceof RangeError)) throw thrown
    return { ok: false, problems: [{ position: { file, line: 1, column: 1 }, path: [], message: tooDeep }] }
  }
}

const tooDeep = `values are nested more than ${DEEPEST} deep; flatten them`

/** A "---" at the end, as templates leave it behind. */
function isEmptyDocument({ code, pos }: YAMLError, text: string): boolean {
  return code === 'MULTIPLE_DOCS' && /^(?:---|\.\.\.|#[^\n]*|\s)*$/.test(text.slice(pos[0]))
}

function syntaxProblem(error: YAMLError, at: (offset: number) => Position): PlacedProblem {
  const message = SYNTAX[error.code] ?? 'this is not YAML; check quotes, colons and indentation'
  return { position: at(error.pos[0]), path: [], message }
}

function buildTree(root: Node | null, at: (offset: number) => Position): ReadTree {
  const walk = createWalk(at)
  const value = convert(walk, root, [])
  if (walk.stopped) return { ok: false, problems: walk.problems }
  return { ok: true, tree: createTree(value, root, walk, at), problems: walk.problems }
}

/** One pass in the order of the file, so that an alias means the anchor that was set last before it. */
interface Walk {
  readonly places: Places
  readonly problems: PlacedProblem[]
  readonly anchors: Map<string, Node>
  readonly targets: Targets
  /** Lists and maps that the walk is inside of. */
  readonly open: Set<Node>
  positionOf(node: Node | undefined): Position
  aliasDepth: number
  valuesByAlias: number
  stopped: boolean
}

function createWalk(at: (offset: number) => Position): Walk {
  return {
    places: new WeakMap(),
    problems: [],
    anchors: new Map(),
    targets: new WeakMap(),
    open: new Set(),
    positionOf: (node) => at(node?.range?.[0] ?? 0),
    aliasDepth: 0,
    valuesByAlias: 0,
    stopped: false,
  }
}

function report(walk: Walk, node: Node, path: Path, message: string): void {
  if (!walk.stopped) walk.problems.push({ position: walk.positionOf(node), path, message })
}

/** For what would not end: the path is cut, as it is as deep as the trouble. */
function stop(walk: Walk, node: Node, path: Path, message: string): void {
  report(walk, node, path.slice(0, 8), message)
  walk.stopped = true
}

function convert(walk: Walk, node: Node | null | undefined, path: Path): unknown {
  if (walk.stopped || node === null || node === undefined) return undefined
  if (path.length > DEEPEST) return stop(walk, node, path, tooDeep)
  if (walk.aliasDepth > 0) walk.valuesByAlias += 1
  if (walk.valuesByAlias > MOST_VALUES_BY_ALIAS) {
    return stop(walk, node, path, `aliases expand to more than ${MOST_VALUES_BY_ALIAS} values; use fewer`)
  }
  if (isAlias(node)) return convertAlias(walk, node, path)
  if ('anchor' in node && typeof node.anchor === 'string') walk.anchors.set(node.anchor, node)
  if (isScalar(node)) return node.value ?? undefined
  walk.open.add(node)
  const value = isMap(node) ? convertMap(walk, node, path) : isSeq(node) ? convertList(walk, node, path) : undefined
  walk.open.delete(node)
  return value
}

function convertAlias(walk: Walk, alias: Alias, path: Path): unknown {
  const target = walk.anchors.get(alias.source)
  if (target === undefined) {
    return report(walk, alias, path, 'this alias names no anchor above it; quote a text that begins with "*"')
  }
  if (walk.open.has(target)) return report(walk, alias, path, 'this alias is inside of its own anchor; write it out')
  walk.targets.set(alias, target)
  walk.aliasDepth += 1
  const value = convert(walk, target, path)
  walk.aliasDepth -= 1
  return value
}

function convertList(walk: Walk, list: YAMLSeq, path: Path): unknown[] {
  const items: unknown[] = []
  const entries: Entries = new Map()
  walk.places.set(items, entries)
  for (const [index, item] of list.items.entries()) {
    const value = isPair(item) ? undefined : (item as Node | null)
    entries.set(index, { key: undefined, value: value ?? undefined })
    items.push(convert(walk, value, [...path, index]))
  }
  return items
}

function convertMap(walk: Walk, map: YAMLMap, path: Path): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null)
  const entries: Entries = new Map()
  walk.places.set(result, entries)
  const merges: Node[] = []
  for (const { key, value } of map.items as readonly { key: Node | null; value: Node | null }[]) {
    const name = isScalar(key) ? (key.source ?? String(key.value)) : undefined
    const twin = name === undefined ? undefined : entries.get(name)
    if (name === undefined) report(walk, key ?? map, path, 'a key is no plain name; write "name: value"')
    else if (name === '<<' && value !== null) merges.push(value)
    else if (name === '__proto__') report(walk, key ?? map, path, '"__proto__" is no usable name; write another')
    else if (twin !== undefined) {
      const { line } = walk.positionOf(twin.key)
      report(walk, key ?? map, [...path, name], `is written twice, first on line ${line}; keep one`)
    } else {
      entries.set(name, { key: key ?? undefined, value: value ?? undefined })
      result[name] = convert(walk, value, [...path, name])
    }
  }
  // What is written wins over what is merged, wherever the "<<" stands.
  for (const node of merges) merge(walk, node, result, entries, path)
  return result
}

function merge(walk: Walk, node: Node, into: Record<string, unknown>, entries: Entries, path: Path): void {
  const merged = convert(walk, node, path)
  for (const source of Array.isArray(merged) ? merged : [merged]) {
    if (!isContainer(source) || Array.isArray(source)) {
      report(walk, node, path, '"<<" merges something that is no map; write "<<: *name-of-a-map"')
      continue
    }
    for (const [name, place] of walk.places.get(source) ?? []) {
      if (entries.has(name)) continue
      entries.set(name, place)
      into[name] = source[name]
    }
  }
}

function createTree(
  root: unknown,
  rootNode: Node | null,
  { places, targets }: Walk,
  at: (offset: number) => Position,
): Tree {
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
      container = valueIn(container, key)
    }
    return found
  }
  return {
    value: root,
    positionOf(path, atKey = false) {
      const found = find(path)
      if (found === undefined) return at(0)
      const { key, value } = found.place
      const wantsKey = atKey || !found.complete || value === undefined || isMap(value) || isSeq(value) || isAlias(value)
      const node = (wantsKey ? key : undefined) ?? value ?? key
      return at(node?.range?.[0] ?? 0)
    },
    sourceOf(path) {
      const found = find(path)
      if (found?.complete !== true) return undefined
      const current = valueIn(found.container, found.key)
      if (current === undefined) return ''
      if (isContainer(current)) return undefined
      const written = found.place.value
      const node = isAlias(written) ? targets.get(written) : written
      return isScalar(node) ? (node.source ?? String(node.value)) : String(current)
    },
    replace(path, value) {
      const found = find(path)
      if (found?.complete === true) Object.assign(found.container, { [found.key]: value })
    },
  }
}

function valueIn(container: Container, key: string | number): unknown {
  return (container as Record<string | number, unknown>)[key]
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}
