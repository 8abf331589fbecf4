/** What the demo shows while it runs: a table redrawn in place on a terminal, a line per result elsewhere. */
import type { Result } from '../../prober/probes/result.ts'
import { type Paint, painter, printable, type Terminal } from '../terminal.ts'
import { cut, lanesOf, milliseconds, PHASE_COLOURS, PHASE_LETTERS, strip, waterfall } from '../waterfall.ts'

export interface Introduction {
  /** What to open. */
  readonly places: readonly (readonly [name: string, url: string])[]
  /** What to try: copyable commands and what they do. */
  readonly tries: readonly (readonly [command: string, meaning: string])[]
}

export interface DemoView extends Disposable {
  show(name: string, result: Result): void
}

export interface Row {
  readonly name: string
  readonly result: Result
}

export function createView(terminal: Terminal, introduction: Introduction, names: readonly string[]): DemoView {
  return terminal.isInteractive ? tableView(terminal, introduction, names) : lineView(terminal, introduction)
}

function lineView(terminal: Terminal, introduction: Introduction): DemoView {
  for (const line of introductionLines(introduction, painter(false))) terminal.line(line)
  terminal.line('')
  return { show: (name, result) => terminal.line(resultLine(name, result)), [Symbol.dispose]() {} }
}

const NAME_CELLS = 10
const REASON_CELLS = 22
const TIME_CELLS = 9

export function resultLine(name: string, result: Result): string {
  const { outcome, durationSeconds } = result
  const phases = lanesOf(result)
    .flatMap(({ segments }) => segments)
    .map(({ phase, seconds }) => `${phase} ${milliseconds(seconds)}`)
  return [
    clock(result),
    name.padEnd(NAME_CELLS),
    outcomeWord(result).padEnd(REASON_CELLS),
    milliseconds(durationSeconds).padStart(TIME_CELLS),
    ` ${outcome.ok ? phases.join(', ') : `in ${outcome.phase}: ${printable(outcome.message)}`}`,
  ].join(' ')
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
  const draw = () => {
    const rows = names.map((name) => ({ name, result: latest.get(name) }))
    const size = { columns: terminal.columns(), rows: terminal.rows(), hasColour: terminal.hasColour }
    const lines = frame(introduction, rows, size)
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
): readonly string[] {
  const paint = painter(hasColour)
  const known = rows.filter((row): row is Row => row.result !== undefined)
  const longestSeconds = Math.max(...known.map(({ result }) => result.durationSeconds), 0)
  const table = rows.flatMap(({ name, result }) =>
    result === undefined
      ? [cut(`· ${name.padEnd(NAME_CELLS)} waiting for its first result`, columns)]
      : tableRow({ name, result }, longestSeconds, columns, paint, hasColour),
  )
  const top = [...table, '', ...legend(known, columns, paint, hasColour), '']
  const bottom = introductionLines(introduction, paint).map((line) => (hasColour ? line : cut(line, columns)))
  const detail = detailOf(known, columns, paint)
  const hasRoom = top.length + detail.length + bottom.length <= height
  return [...top, ...(hasRoom ? detail : []), ...bottom].slice(0, height)
}

function tableRow(
  { name, result }: Row,
  longestSeconds: number,
  columns: number,
  paint: Paint,
  hasColour: boolean,
): readonly string[] {
  const { ok } = result.outcome
  const colour = ok ? 'green' : 'red'
  const mark = paint(colour, ok ? '✓' : '✗')
  const word = paint(colour, cut(outcomeWord(result), REASON_CELLS).padEnd(REASON_CELLS))
  const time = milliseconds(result.durationSeconds).padStart(TIME_CELLS)
  const barCells = columns - NAME_CELLS - REASON_CELLS - TIME_CELLS - 6
  const bar = barCells >= 5 ? strip(result, longestSeconds, barCells, paint, hasColour) : ''
  const message = result.outcome.ok ? [] : [cut(`  ${printable(result.outcome.message)}`, columns)]
  return [`${mark} ${cut(name, NAME_CELLS).padEnd(NAME_CELLS)} ${word} ${time}  ${bar}`, ...message]
}

/** The bars of the first target that failed, else of the slowest. */
function detailOf(known: readonly Row[], columns: number, paint: Paint): readonly string[] {
  const slowest = known.toSorted((a, b) => b.result.durationSeconds - a.result.durationSeconds)[0]
  const chosen = known.find(({ result }) => !result.outcome.ok) ?? slowest
  if (chosen === undefined) return []
  return [`${paint('bold', chosen.name)} at ${clock(chosen.result)}`, ...waterfall(chosen.result, columns, paint), '']
}

function legend(known: readonly Row[], columns: number, paint: Paint, hasColour: boolean): readonly string[] {
  const spent = known.flatMap(({ result }) => lanesOf(result).flatMap(({ segments }) => segments))
  const phases = [...new Set(spent.map(({ phase }) => phase))]
  const plain = phases.map((phase) => `${PHASE_LETTERS[phase]} ${phase}`).join('  ')
  if (!hasColour || plain.length > columns) return [cut(plain, columns)]
  return [phases.map((phase) => `${paint(PHASE_COLOURS[phase], '█')} ${phase}`).join('  ')]
}

function introductionLines({ places, tries }: Introduction, paint: Paint): readonly string[] {
  return [
    ...places.map(([name, url]) => `${name.padEnd(12)} ${paint('bold', url)}`),
    '',
    ...tries.flatMap(([command, meaning]) => [`try: ${paint('bold', command)}`, `     ${paint('dim', meaning)}`]),
    '',
    'Ctrl-C ends all of it.',
  ]
}

function outcomeWord({ outcome, http }: Result): string {
  if (outcome.ok) return `ok ${http.statusCode}`
  return outcome.reason === 'http_status' ? `http_status ${http.statusCode}` : outcome.reason
}

function clock({ startedAtSeconds, durationSeconds }: Result): string {
  return new Date((startedAtSeconds + durationSeconds) * 1000).toTimeString().slice(0, 8)
}
