/** `targets:`: what the prober's own schedule probes. */
import { z } from 'zod'
import { formatDuration } from './duration.ts'
import { type Report, required, rules, seconds, withDefault, optional } from './field.ts'
import { entriesOf } from './headers.ts'
import { maskUrl } from './mask-url.ts'

export interface Target {
  /** Unique; the value of the `instance` label. Defaults to the address, a password in it masked. */
  readonly name: string
  readonly address: string
  /** A key of `modules`. */
  readonly module: string
  readonly intervalSeconds: number
  readonly labels: Readonly<Record<string, string>>
}

/** Prometheus: a label name outside this is refused by the scrape. */
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** Labels that the metrics of a probe have themselves; a target's label of the same name would break or double them. */
const RESERVED_LABELS = new Set([
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
  'transport',
  'ip',
])

const SHORTEST_INTERVAL_SECONDS = 1
const LONGEST_NAME = 1024
const LONGEST_ADDRESS = 8192

const intervalSeconds = seconds.superRefine((value, context) => {
  if (value >= SHORTEST_INTERVAL_SECONDS) return
  context.addIssue({
    code: 'custom',
    message: `${formatDuration(value)} is under the shortest interval; write "1s" or more`,
  })
})

export const targetBlock = rules(
  z.strictObject({
    address: required(
      z
        .string()
        .min(1, 'is empty; write what to probe, as in "https://www.example.org/"')
        .max(LONGEST_ADDRESS, `is longer than ${LONGEST_ADDRESS} characters; write a shorter one`),
      'What to probe, as in the `target` parameter of `/probe`. A password in it is masked.',
      { examples: ['https://www.example.org/'] },
    ),
    module: withDefault(z.string(), 'http_2xx', 'Name of one of the `modules`: how to probe it.', {
      examples: ['http_2xx'],
    }),
    name: optional(
      z
        .string()
        .min(1, 'is empty; write a name or leave the key out')
        .max(LONGEST_NAME, `is longer than ${LONGEST_NAME} characters; write a shorter one`),
      'Unique; becomes the label `instance`. The address when not set.',
      { examples: ['website'] },
    ),
    interval: withDefault(
      intervalSeconds,
      '30s',
      'Time between two probes, from one start to the next; at least `1s`.',
      {
        examples: ['30s'],
      },
    ),
    labels: withDefault(z.record(z.string(), z.string()), {}, 'Labels for all metrics of this target.', {
      examples: [{ team: 'web' }],
    }),
  }),
  (block, report) => {
    if (typeof block.address === 'string') checkAddress(block.address, report)
    checkLabels(block.labels, report)
  },
).meta({ id: 'target' })

/** The address is not repeated where it may hold a password. */
function checkAddress(address: string, report: Report): void {
  if (address === '') return
  const complaint = complaintAbout(address)
  if (complaint !== undefined) report('address', complaint)
}

function complaintAbout(address: string): string | undefined {
  if (/[\s\p{Cc}]/u.test(address)) return 'holds white space or a control character; remove or encode it'
  if (/^[^?#]*\\/.test(address)) return 'holds a backslash; write /'
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    return `begins with ${scheme}://; write http:// or https://`
  }
  const url = scheme === undefined ? `http://${address}` : address
  return URL.canParse(url)
    ? undefined
    : 'is no URL or host; write it as in "https://www.example.org/" or "localhost:8080"'
}

function checkLabels(labels: unknown, report: Report): void {
  for (const [name] of entriesOf(labels)) {
    if (!LABEL_NAME.test(name)) report(['labels', name], 'is no label name; use letters, digits and _, no digit first')
    else if (name.startsWith('__')) report(['labels', name], 'is kept for Prometheus; write a name without __ in front')
    else if (RESERVED_LABELS.has(name))
      report(['labels', name], 'is a label of the metrics themselves; write another name')
  }
}

/** Rules over the whole list: names are unique, modules exist, a probe ends before the next begins. */
export function checkTargets(targets: unknown, modules: Readonly<Record<string, unknown>>, report: Report): void {
  if (!Array.isArray(targets)) return
  const firstByName = new Map<string, number>()
  for (const [index, target] of targets.entries()) {
    if (typeof target !== 'object' || target === null) continue
    const { name, address, module, interval } = target as Readonly<Record<string, unknown>>
    const own = typeof name === 'string' ? name : typeof address === 'string' ? maskUrl(address) : undefined
    if (own !== undefined) checkUnique(own, index, typeof name === 'string' ? 'name' : 'address', firstByName, report)
    if (typeof module === 'string') checkModule(module, interval, index, modules, report)
  }
}

function checkUnique(name: string, index: number, key: string, firstByName: Map<string, number>, report: Report): void {
  const first = firstByName.get(name)
  if (first === undefined) firstByName.set(name, index)
  else
    report(
      ['targets', index, key],
      `${JSON.stringify(name)} is already the name of targets[${first}]; add another name`,
    )
}

function checkModule(
  name: string,
  interval: unknown,
  index: number,
  modules: Readonly<Record<string, unknown>>,
  report: Report,
): void {
  if (!Object.hasOwn(modules, name)) {
    const known = Object.keys(modules)
    const choice = known.length === 0 ? 'define it under modules' : `write one of ${shortList(known)}`
    report(['targets', index, 'module'], `${JSON.stringify(name)} is no module of this file; ${choice}`)
  }
  const timeout = new Map(entriesOf(modules[name])).get('timeout')
  if (
    typeof timeout === 'number' &&
    typeof interval === 'number' &&
    interval >= SHORTEST_INTERVAL_SECONDS &&
    timeout > interval
  ) {
    const sentence = `${formatDuration(interval)} is shorter than the timeout of module ${JSON.stringify(name)}`
    report(
      ['targets', index, 'interval'],
      `${sentence}; write at least ${formatDuration(timeout)} or lower that timeout`,
    )
  }
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => JSON.stringify(name))
  return names.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ')
}

export function toTarget(block: z.output<typeof targetBlock>): Target {
  return {
    name: block.name ?? maskUrl(block.address),
    address: block.address,
    module: block.module,
    intervalSeconds: block.interval,
    labels: block.labels,
  }
}
