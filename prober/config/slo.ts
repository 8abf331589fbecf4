/** `slo:`: how much of the time which targets are to be reached. */
import { z } from 'zod'
import { integer, length, optional, type Report, required, rules, withDefault } from './field.ts'
import { entriesOf } from './headers.ts'
import { nearest } from './nearest.ts'
import { formatPromDuration } from './prom-duration.ts'

/** Those for which it is known how much of the budget may be spent in which time before somebody should look. */
export const SLO_WINDOWS = ['7d', '28d', '30d'] as const
export type SloWindow = (typeof SLO_WINDOWS)[number]

const DAY_SECONDS = 86_400

export function windowSeconds(window: SloWindow): number {
  return Number.parseInt(window, 10) * DAY_SECONDS
}

export interface Slo {
  readonly name: string
  /** What it is a promise of; `name` where nothing else is said. */
  readonly service: string
  /** 0 to 1, neither of them. */
  readonly objective: number
  readonly window: SloWindow
  /** Names of targets; undefined: those that have `labels`. */
  readonly targets: readonly string[] | undefined
  readonly labels: Readonly<Record<string, string>>
  /** With fewer in the longer of two windows nobody is called, however small the budget is. */
  readonly leastBadSamples: number
}

const percent = z
  .number()
  .refine((value) => value > 0 && value < 100, {
    error: ({ input }) =>
      `${input} is no objective: ${input === 100 ? 'one failure would break it for ever' : 'it promises nothing, or more than all'}; write a percentage between 0 and 100, as in 99.5`,
  })
  .meta({ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 100 })

export const sloBlock = rules(
  z.strictObject({
    name: required(
      z.string().regex(/^[a-zA-Z\d][\w-]*$/, 'is no name of an objective; use letters, digits, _ and -, as in "shop"'),
      'Unique; the label `sloth_slo` and a part of the names of groups.',
      { examples: ['shop'] },
    ),
    service: optional(
      z.string().regex(/^[^{}]+$/, 'is empty or holds { or }; write a name as in "checkout"'),
      'The label `sloth_service`, by which dashboards group. The name when not set.',
      { examples: ['checkout'] },
    ),
    objective: withDefault(percent, 99.5, 'Percentage of samples that are to be good.', { examples: [99.5] }),
    window: withDefault(z.enum(SLO_WINDOWS), '7d', 'Over which it is kept; no longer than `monitoring.retention`.', {
      examples: ['7d'],
    }),
    targets: optional(
      z.array(z.string()).min(1, length('is empty; name targets, or leave the key out for all')),
      'Names of `targets`, and of hops as `path/hop`. Without this key and `labels`: all, of a path the outermost hop.',
      { examples: [['shop']] },
    ),
    labels: withDefault(z.record(z.string(), z.string()), {}, 'All targets with these labels; instead of `targets`.', {
      examples: [{ team: 'checkout' }],
    }),
    min_bad_samples: withDefault(
      integer(0, 1_000_000, 'write one from 0 to 1000000'),
      3,
      'With fewer bad probes nobody is called: at 99.9 % and one probe a minute two of them would.',
      { examples: [3] },
    ),
  }),
  ({ targets, labels }, report) => {
    if (targets !== undefined && entriesOf(labels).length > 0) report('labels', 'excludes targets; keep one of the two')
  },
).meta({ id: 'slo' })

/** Of a target as the file has it. */
export interface NamedTarget {
  readonly name: string
  readonly labels: unknown
}

/** Rules over the whole list: names are unique, their targets exist, and Prometheus keeps samples for so long. */
export function checkSlos(
  slos: unknown,
  targets: readonly NamedTarget[],
  retentionSeconds: number,
  report: Report,
): void {
  if (!Array.isArray(slos)) return
  const names = new Map<unknown, number>()
  for (const [index, slo] of slos.entries()) {
    const block = new Map(entriesOf(slo))
    const name = block.get('name')
    const first = names.get(name)
    if (first !== undefined)
      report(['slo', index, 'name'], `${JSON.stringify(name)} is already the name of slo[${first}]; write another name`)
    else if (name !== undefined) names.set(name, index)
    checkWindow(block.get('window'), index, retentionSeconds, report)
    checkTargetsOf(block, index, targets, report)
  }
}

function checkWindow(window: unknown, index: number, retentionSeconds: number, report: Report): void {
  const known = SLO_WINDOWS.find((candidate) => candidate === window)
  if (known === undefined || windowSeconds(known) <= retentionSeconds) return
  const message = `${known} is longer than Prometheus keeps samples; write a shorter one, or raise monitoring.retention, which is ${formatPromDuration(retentionSeconds)}`
  report(['slo', index, 'window'], message)
}

function checkTargetsOf(
  block: ReadonlyMap<string, unknown>,
  index: number,
  targets: readonly NamedTarget[],
  report: Report,
): void {
  const known = targets.map(({ name }) => name)
  const wanted = block.get('targets')
  for (const [place, name] of (Array.isArray(wanted) ? wanted : []).entries()) {
    if (typeof name !== 'string' || known.includes(name)) continue
    const guess = nearest(name, known)
    const advice = guess === undefined ? 'write the name of a target' : `did you mean ${JSON.stringify(guess)}?`
    report(['slo', index, 'targets', place], `${JSON.stringify(name)} is no target of this file; ${advice}`)
  }
  const labels = entriesOf(block.get('labels'))
  // Beside targets they are refused as such.
  if (labels.length > 0 && wanted === undefined && !targets.some((target) => hasAll(target.labels, labels)))
    report(['slo', index, 'labels'], 'are those of no target of this file; write labels that one has')
  if (targets.length === 0) report(['slo', index], 'is an objective for no target: there are none; add targets')
}

function hasAll(labels: unknown, wanted: readonly (readonly [string, unknown])[]): boolean {
  const own = new Map(entriesOf(labels))
  return wanted.every(([name, value]) => own.get(name) === value)
}

export function toSlo(block: z.output<typeof sloBlock>): Slo {
  return {
    name: block.name,
    service: block.service ?? block.name,
    objective: block.objective / 100,
    window: block.window,
    targets: block.targets,
    labels: block.labels,
    leastBadSamples: block.min_bad_samples,
  }
}
