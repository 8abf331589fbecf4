/** Where a probe's time went, as bars. Pure: a Result becomes lines. */
import { PHASES, type Phase } from '../prober/net/outcome.ts'
import { type Hop, hopsOf, type PhaseSeconds, type Result } from '../prober/probes/result.ts'
import { type Colour, type Paint, printable } from './terminal.ts'

export interface Segment {
  readonly phase: Phase
  readonly startSeconds: number
  readonly seconds: number
}

/** One exchange's phases, or (untitled) what belongs to the probe as a whole. */
export interface Lane {
  readonly title: string | undefined
  readonly segments: readonly Segment[]
}

export const PHASE_COLOURS: Readonly<Record<Phase, Colour>> = {
  prepare: 'dim',
  token: 'magenta',
  resolve: 'cyan',
  setup: 'dim',
  rtt: 'green',
  connect: 'blue',
  proxy: 'magenta',
  tls: 'yellow',
  processing: 'green',
  transfer: 'blue',
  dialogue: 'green',
  check: 'magenta',
  other: 'dim',
}

/** Phases that are spent before the first exchange; the others of the probe's own come after the last. */
const BEFORE: readonly Phase[] = ['prepare', 'token']
/** Less would show as 0.0 ms. */
const NOTHING_SECONDS = 50e-6

/** In the order in which the time was spent. Titles appear once there is more than one exchange to tell apart. */
export function lanesOf(result: Result): readonly Lane[] {
  const hops = hopsOf(result)
  const own = withoutHops(result.phases, hops)
  const parts: readonly (readonly [string | undefined, PhaseSeconds])[] =
    hops.length < 2
      ? [[undefined, result.phases]]
      : [
          [undefined, only(own, (phase) => BEFORE.includes(phase))],
          ...hops.map((hop, index) => [hopTitle(hop, index), hop.phases] as const),
          ['after them', only(own, (phase) => !BEFORE.includes(phase))],
        ]
  let atSeconds = 0
  return parts.map(([title, phases]) => {
    const segments = segmentsFrom(atSeconds, phases)
    atSeconds = segments.reduce((_, { startSeconds, seconds }) => startSeconds + seconds, atSeconds)
    return { title, segments }
  })
}

function segmentsFrom(fromSeconds: number, phases: PhaseSeconds): readonly Segment[] {
  let startSeconds = fromSeconds
  return PHASES.flatMap((phase) => {
    const seconds = phases[phase] ?? 0
    if (!(phase in phases) || (phase === 'other' && seconds < NOTHING_SECONDS)) return []
    const segment = { phase, startSeconds, seconds }
    startSeconds += seconds
    return [segment]
  })
}

/** What the probe spent outside its exchanges: its phases less theirs. */
function withoutHops(phases: PhaseSeconds, hops: readonly Hop[]): PhaseSeconds {
  const left: Partial<Record<Phase, number>> = {}
  for (const phase of PHASES) {
    const inHops = hops.reduce((sum, hop) => sum + (hop.phases[phase] ?? 0), 0)
    const seconds = (phases[phase] ?? 0) - inHops
    if (seconds > NOTHING_SECONDS) left[phase] = seconds
  }
  return left
}

function only(phases: PhaseSeconds, keep: (phase: Phase) => boolean): PhaseSeconds {
  return Object.fromEntries(PHASES.filter(keep).flatMap((phase) => (phase in phases ? [[phase, phases[phase]]] : [])))
}

function hopTitle(hop: Hop, index: number): string {
  return `${index + 1}. ${printable(hop.url)}${hop.statusCode > 0 ? `  → ${hop.statusCode}` : ''}`
}

const LABEL_CELLS = 'processing'.length
const TIME_CELLS = 9
/** Two of indent and two between the columns. */
const GAP_CELLS = 6
const NARROWEST_BAR = 10

export function waterfall(result: Result, columns: number, paint: Paint): readonly string[] {
  const lanes = lanesOf(result).filter(({ segments }) => segments.length > 0)
  const end = lanes.at(-1)?.segments.at(-1)
  const totalSeconds = Math.max(result.durationSeconds, end === undefined ? 0 : end.startSeconds + end.seconds)
  const barCells = Math.max(NARROWEST_BAR, columns - LABEL_CELLS - TIME_CELLS - GAP_CELLS)
  const row = ({ phase, startSeconds, seconds }: Segment) => {
    const label = phase.padEnd(LABEL_CELLS)
    const time = milliseconds(seconds).padStart(TIME_CELLS)
    const bar = paint(PHASE_COLOURS[phase], floatingBar(startSeconds, seconds, totalSeconds, barCells))
    return `  ${label}  ${time}  ${bar}`
  }
  return lanes.flatMap(({ title, segments }) => [
    ...(title === undefined ? [] : [`  ${paint('bold', cut(title, columns - 2))}`]),
    ...segments.map(row),
  ])
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** Starts at a whole cell, ends at an eighth of one, is never empty and never leaves its cells. */
export function floatingBar(start: number, length: number, total: number, cells: number): string {
  const scale = total > 0 ? cells / total : 0
  const first = Math.min(cells - 1, Math.floor(start * scale))
  const eighths = Math.min((cells - first) * 8, Math.max(1, Math.round((start + length) * scale * 8) - first * 8))
  return ' '.repeat(first) + '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
}

/** For terminals without colours: the phases must still be told apart. */
export const PHASE_LETTERS: Readonly<Record<Phase, string>> = {
  prepare: 'a',
  token: 'o',
  resolve: 'r',
  setup: 's',
  rtt: 'e',
  connect: 'c',
  proxy: 'x',
  tls: 't',
  processing: 'p',
  transfer: 'b',
  dialogue: 'd',
  check: 'k',
  other: '·',
}

/** All phases of a probe in one line. `total` is the longest that `cells` cells stand for, so that lines compare. */
export function strip(result: Result, totalSeconds: number, cells: number, paint: Paint, hasColour: boolean): string {
  const scale = totalSeconds > 0 ? cells / totalSeconds : 0
  let at = 0
  let painted = 0
  let text = ''
  for (const { phase, seconds } of lanesOf(result).flatMap(({ segments }) => segments)) {
    at += seconds
    const until = Math.min(cells, Math.round(at * scale))
    const fill = hasColour ? '█' : PHASE_LETTERS[phase]
    text += paint(PHASE_COLOURS[phase], fill.repeat(Math.max(0, until - painted)))
    painted = Math.max(painted, until)
  }
  return text + ' '.repeat(cells - painted)
}

export function milliseconds(seconds: number): string {
  const ms = seconds * 1000
  if (ms >= 999.5) return `${seconds.toFixed(2)} s`
  return `${ms.toFixed(ms >= 99.95 ? 0 : 1)} ms`
}

export function cut(text: string, cells: number): string {
  return text.length > cells ? `${text.slice(0, Math.max(0, cells - 1))}…` : text
}
