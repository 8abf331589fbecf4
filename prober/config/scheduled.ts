/** What targets and paths have in common: keys, and rules for what is probed on Sonde's own schedule. */
import { z } from 'zod'
import { formatDuration } from './duration.ts'
import { length, optional, type Report, seconds, withDefault } from './field.ts'
import { entriesOf } from './headers.ts'
import type { Parsed } from './parsed.ts'
import type { Path } from './problem.ts'
import { LABEL_NAME } from './query-response.ts'
import { quietBlock } from './quiet.ts'
import { complaintAboutBurst, complaintAboutRetry, retryBlock } from './retry.ts'

export const SHORTEST_INTERVAL_SECONDS = 1
/** Nobody reads a result of yesterday; and no timer waits longer than 24.8 days. */
export const LONGEST_INTERVAL_SECONDS = 86_400

export const interval = seconds.superRefine((value, context) => {
  const complain = (message: string) =>
    context.addIssue({ code: 'custom', message: `${formatDuration(value)} is ${message}` })
  if (value < SHORTEST_INTERVAL_SECONDS) complain('under the shortest interval; write "1s" or more')
  if (value > LONGEST_INTERVAL_SECONDS) complain('over the longest interval; write "24h" or less')
})

/** Of one that is written elsewhere than in the file. */
export function readInterval(text: string): Parsed<number> {
  const read = interval.safeParse(text)
  return read.success ? { ok: true, value: read.data } : { ok: false, message: read.error.issues[0]?.message ?? '' }
}

/** `remedy`: what to write instead of nothing. */
function textUpTo(longest: number): (remedy: string) => z.ZodString {
  return (remedy) =>
    z
      .string()
      .min(1, length(`is empty; ${remedy}`))
      .max(longest, length(`is longer than ${longest} characters; write a shorter one`))
}

export const nameText = textUpTo(1024)
export const addressText = textUpTo(8192)

export const SCHEDULED = {
  module: withDefault(z.string(), 'http_2xx', 'Name of one of the `modules`: how to probe it.', {
    examples: ['http_2xx'],
  }),
  interval: withDefault(interval, '30s', 'Time between two probes, from one start to the next, from `1s` to `24h`.', {
    examples: ['30s'],
  }),
  retry: optional(retryBlock, 'Probe again at once after a failure. All attempts fit into the interval.'),
  quiet: optional(z.array(quietBlock), 'When it is not probed: its metrics go away meanwhile, so that nothing alerts.'),
  labels: withDefault(z.record(z.string(), z.string()), {}, 'Labels for all its metrics.', {
    examples: [{ team: 'web' }],
  }),
}

/** Labels that the metrics of a probe have themselves; a label of the same name would break or double them. */
export const RESERVED_LABELS: ReadonlySet<string> = new Set([
  'instance',
  'hop',
  'phase',
  'reason',
  'le',
  'quantile',
  'version',
  'cipher',
  'fingerprint_sha256',
  'subject',
  'issuer',
  'subjectalternative',
  'serialnumber',
  'serving_status',
  'query_name',
  'query_type',
  'rcode',
  'timing',
  'transport',
  'ip',
])

export function checkLabels(labels: unknown, reserved: ReadonlySet<string>, report: Report): void {
  for (const [name] of entriesOf(labels)) {
    if (!LABEL_NAME.test(name)) report(['labels', name], 'is no label name; use letters, digits and _, no digit first')
    else if (name.startsWith('__')) report(['labels', name], 'is kept for Prometheus; write a name without __ in front')
    else if (reserved.has(name)) report(['labels', name], 'is a label of the metrics themselves; write another name')
  }
}

/** Names that are taken, and by which place of the file. */
export type Names = Map<string, string>

export function checkUnique(name: string, owner: string, at: Path, names: Names, report: Report): void {
  const first = names.get(name)
  if (first === undefined) names.set(name, owner)
  else report(at, `${JSON.stringify(name)} is already the name of ${first}; add another name`)
}

export type Values = Readonly<Record<string, unknown>>

/** Whether the module exists. */
export function checkModule(name: string, at: Path, modules: Values, report: Report): boolean {
  if (Object.hasOwn(modules, name)) return true
  const known = Object.keys(modules)
  const choice = known.length === 0 ? 'define it under modules' : `write one of ${shortList(known)}`
  report([...at, 'module'], `${JSON.stringify(name)} is no module of this file; ${choice}`)
  return false
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => JSON.stringify(name))
  return names.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ')
}

/** A run ends, all attempts of it, before the next begins, also while it fails. */
export function checkTime(block: Values, name: string, at: Path, modules: Values, report: Report): void {
  const timeout = new Map(entriesOf(modules[name])).get('timeout')
  if (typeof timeout !== 'number') return
  const intervals = [block.interval, block.interval_failing].filter(isInterval)
  for (const key of ['interval', 'interval_failing']) {
    const interval = block[key]
    if (!isInterval(interval) || timeout <= interval) continue
    const sentence = `${formatDuration(interval)} is shorter than the timeout of module ${JSON.stringify(name)}`
    report([...at, key], `${sentence}; write at least ${formatDuration(timeout)} or lower that timeout`)
    return
  }
  if (intervals.length > 0) checkAttempts(block, timeout, Math.min(...intervals), at, report)
}

function checkAttempts({ retry, burst }: Values, timeout: number, interval: number, at: Path, report: Report): void {
  const { attempts, pause } = Object.fromEntries(entriesOf(retry))
  const isRetry = typeof attempts === 'number' && typeof pause === 'number'
  const ofRetry = isRetry ? complaintAboutRetry({ attempts, pauseSeconds: pause }, timeout, interval) : undefined
  if (ofRetry !== undefined) report([...at, 'retry'], ofRetry)
  const ofBurst = typeof burst === 'number' ? complaintAboutBurst(burst, timeout, interval) : undefined
  if (ofBurst !== undefined) report([...at, 'burst'], ofBurst)
}

/** One that is too short has been complained of. */
function isInterval(value: unknown): value is number {
  return typeof value === 'number' && value >= SHORTEST_INTERVAL_SECONDS
}
