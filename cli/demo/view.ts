/** What the demo shows while it runs: a table redrawn in place on a terminal, a line per result elsewhere. */
import { PHASES, type Reason } from '../../prober/net/outcome.ts'
import type { Result } from '../../prober/probes/result.ts'
import { answerWord } from '../../prober/server/facts.ts'
import type { PathState } from '../../prober/server/path-words.ts'
import { type Paint, painter, printable, type Terminal } from '../terminal.ts'
import { cut, lanesOf, milliseconds, PHASE_COLOURS, PHASE_LETTERS, strip, waterfall } from '../waterfall.ts'

export interface Introduction {
  /** What to open. */
  readonly places: readonly (readonly [name: string, url: string])[]
  /** What to try: copyable commands and what they do. */
  readonly tries: readonly (readonly [command: string, meaning?: string])[]
}

export interface DemoView extends Disposable {
  show(name: string, result: Result): void
  showPath(row: PathRow): void
}

export interface PathRow {
  readonly name: string
  readonly state: PathState
  /** Who is to blame, or what each hop adds. */
  readonly text: string
}

export interface Row {
  readonly name: string
  readonly result: Result
}

export function createView(terminal: Terminal, introduction: Introduction, names: readonly string[]): DemoView {
  return terminal.isInteractive ? tableView(terminal, introduction, names) : lineView(terminal, introduction)
}

function lineView(terminal: Terminal, introduction: Introduction): DemoView {
  for (const line of introductionLines(introduction, UNCUT)) terminal.line(line)
  terminal.line('')
  return {
    show: (name, result) => terminal.line(resultLine(name, result)),
    showPath: (row) => terminal.line(pathLine(row)),
    [Symbol.dispose]() {},
  }
}

const NAME_CELLS = 10
const REASON_CELLS = 22
const TIME_CELLS = 9

export function resultLine(name: string, result: Result): string {
  const { outcome, durationSeconds } = result
  const phases = PHASES.filter((phase) => phase in result.phases).map(
    (phase) => `${phase} ${milliseconds(result.phases[phase] ?? 0)}`,
  )
  return [
    clock(result),
    name.padEnd(NAME_CELLS),
    outcomeWord(result).padEnd(REASON_CELLS),
    milliseconds(durationSeconds).padStart(TIME_CELLS),
    ` ${outcome.ok ? phases.join(', ') : `in ${outcome.phase}: ${printable(outcome.message)}`}`,
  ].join(' ')
}

/** Its beat is over now. */
export function pathLine({ name, state, text }: PathRow): string {
  const now = new Date().toTimeString().slice(0, 8)
  return `${now} ${name.padEnd(NAME_CELLS)} ${state.padEnd(REASON_CELLS)} ${printable(text)}`
}

/** Alternate screen, hidden cursor; and back. Whatever the size, each frame starts from a known place. */
const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'
/** Synchronized output: terminals that know it show the frame whole, others ignore it. */
const BEGIN_FRAME = '\x1b[?2026h\x1b[H'
const CLEAR_LINE = '\x1b[K'
const END_FRAME = '\x1b[J\x1b[?2026l'

function tableView(terminal: Terminal, introduction: Introduction, names: readonly string[]): DemoView {
  const latest = new Map<string, Result>()
  const paths = new Map<string, PathRow>()
  const draw = () => {
    const rows = names.map((name) => ({ name, result: latest.get(name) }))
    const size = { columns: terminal.columns(), rows: terminal.rows(), hasColour: terminal.hasColour }
    const lines = frame(introduction, rows, size, [...paths.values()])
    terminal.write(`${BEGIN_FRAME}${lines.join(`${CLEAR_LINE}\r\n`)}${CLEAR_LINE}${END_FRAME}`)
  }
  terminal.write(ENTER)
  draw()
  const resizing = terminal.onResize(draw)
  return {
    show(name, result) {
      latest.set(name, result)
      draw()
    },
    showPath(row) {
      paths.set(row.name, row)
      draw()
    },
    [Symbol.dispose]() {
      resizing[Symbol.dispose]()
      terminal.write(LEAVE)
    },
  }
}

export interface FrameSize {
  readonly columns: number
  readonly rows: number
  readonly hasColour: boolean
}

/** Never more lines than rows, never wider than the columns: a terminal that scrolls or wraps breaks the picture. */
export function frame(
  introduction: Introduction,
  rows: readonly { readonly name: string; readonly result: Result | undefined }[],
  { columns, rows: height, hasColour }: FrameSize,
  paths: readonly PathRow[] = [],
): readonly string[] {
  const paint = painter(hasColour)
  const known = rows.filter((row): row is Row => row.result !== undefined)
  const look: Look = { columns, paint, hasColour, longestSeconds: longestOf(known) }
  const table = rows.flatMap(({ name, result }) =>
    result === undefined
      ? [cut(`· ${name.padEnd(NAME_CELLS)} waiting for its first result`, columns)]
      : tableRow({ name, result }, look),
  )
  const top = [...paths.flatMap((row) => pathRow(row, look)), ...table, '', legend(known, look), '']
  const detail = detailOf(known, look)
  const full = introductionLines(introduction, look)
  const short = introductionLines({ ...introduction, tries: introduction.tries.map(([command]) => [command]) }, look)
  const pages = [
    [...top, ...detail, ...full],
    [...top, ...detail, ...short],
    [...top, ...full],
    [...top, ...short],
  ]
  return pages.find((page) => page.length <= height) ?? [...top, ...short].slice(0, height)
}

interface Look {
  readonly columns: number
  readonly paint: Paint
  readonly hasColour: boolean
  /** What the whole width of a bar stands for. */
  readonly longestSeconds: number
}

const UNCUT: Look = { columns: 1000, paint: painter(false), hasColour: false, longestSeconds: 0 }
/** A mark, a blank after each cell, two before the bar. */
const FIXED_CELLS = NAME_CELLS + REASON_CELLS + TIME_CELLS + 6
const SHORTEST_BAR = 5

function longestOf(known: readonly Row[]): number {
  return Math.max(0, ...known.map(({ result }) => result.durationSeconds))
}

function tableRow({ name, result }: Row, { columns, paint, hasColour, longestSeconds }: Look): readonly string[] {
  const { ok } = result.outcome
  const cells = [
    ok ? '✓' : '✗',
    cut(name, NAME_CELLS).padEnd(NAME_CELLS),
    cut(outcomeWord(result), REASON_CELLS).padEnd(REASON_CELLS),
    milliseconds(result.durationSeconds).padStart(TIME_CELLS),
  ] as const
  const message = result.outcome.ok ? [] : [cut(`  ${printable(result.outcome.message)}`, columns)]
  const barCells = columns - FIXED_CELLS
  if (barCells < SHORTEST_BAR) return [cut(cells.join(' '), columns), ...message]
  const [mark, label, word, time] = cells
  const colour = ok ? 'green' : 'red'
  const bar = strip(result, longestSeconds, barCells, paint, hasColour)
  return [`${paint(colour, mark)} ${label} ${paint(colour, word)} ${time}  ${bar}`, ...message]
}

/** Its own words on a line of their own: what the hops add, or a reason, is longer than a cell. */
function pathRow({ name, state, text }: PathRow, { columns, paint }: Look): readonly string[] {
  const [mark, colour] = state === 'ok' ? (['✓', 'green'] as const) : (['✗', 'red'] as const)
  const line = cut(`${mark} ${name.padEnd(NAME_CELLS)} ${state}`, columns)
  return [paint(colour, line), cut(`  ${printable(text)}`, columns)]
}

const NARROWEST_WATERFALL = 50

/** The bars of the first target that failed, else of the slowest. */
function detailOf(known: readonly Row[], { columns, paint }: Look): readonly string[] {
  const slowest = known.toSorted((a, b) => b.result.durationSeconds - a.result.durationSeconds)[0]
  const chosen = known.find(({ result }) => !result.outcome.ok) ?? slowest
  if (chosen === undefined || columns < NARROWEST_WATERFALL) return []
  return [`${paint('bold', chosen.name)} at ${clock(chosen.result)}`, ...waterfall(chosen.result, columns, paint), '']
}

/** As many phases as fit. */
function legend(known: readonly Row[], { columns, paint, hasColour }: Look): string {
  const spent = known.flatMap(({ result }) => lanesOf(result).flatMap(({ segments }) => segments))
  const phases = PHASES.filter((phase) => spent.some((segment) => segment.phase === phase))
  const line = (paintMark: Paint) =>
    phases
      .map((phase) => `${paintMark(PHASE_COLOURS[phase], hasColour ? '█' : PHASE_LETTERS[phase])} ${phase}`)
      .join('  ')
  while (line(UNCUT.paint).length > columns) phases.pop()
  return line(paint)
}

function introductionLines({ places, tries }: Introduction, { columns, paint }: Look): readonly string[] {
  /** What is copied stands in bold; cut first, for a colour has no width. */
  const line = (label: string, bold: string) => {
    const plain = cut(label + bold, columns)
    return plain.slice(0, label.length) + paint('bold', plain.slice(label.length))
  }
  return [
    ...places.map(([name, url]) => line(`${name.padEnd(12)} `, url)),
    '',
    ...tries.flatMap(([command, meaning]) => [
      line('try: ', command),
      ...(meaning === undefined ? [] : [paint('dim', cut(`     ${meaning}`, columns))]),
    ]),
    '',
    cut('Ctrl-C ends all of it.', columns),
  ]
}

/** The code says something beside an `ok`, and beside the reason that is about codes. */
function outcomeWord(result: Result): string {
  const { outcome } = result
  const answer = answerWord(result)
  const word = outcome.ok ? 'ok' : outcome.reason
  return answer !== '' && (outcome.ok || ABOUT_THE_ANSWER.has(outcome.reason)) ? `${word} ${answer}` : word
}

const ABOUT_THE_ANSWER: ReadonlySet<Reason> = new Set([
  'http_status',
  'dns_rcode',
  'grpc_not_serving',
  'icmp_loss',
  'websocket_refused',
])

function clock({ startedAtSeconds, durationSeconds }: Result): string {
  return new Date((startedAtSeconds + durationSeconds) * 1000).toTimeString().slice(0, 8)
}
