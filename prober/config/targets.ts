/** `targets:`: what the prober's own schedule probes. */
import { z } from 'zod'
import { parseQueryType } from './dns-names.ts'
import { queryName } from './dns-module.ts'
import { formatDuration } from './duration.ts'
import { length, listed, optional, parsedText, type Report, required, rules, seconds, withDefault } from './field.ts'
import { entriesOf } from './headers.ts'
import { maskUrl } from './mask-url.ts'
import { type ProberName, PROBERS } from './module.ts'
import { ADDRESS_MODES, type AddressMode } from './module-base.ts'
import { LABEL_NAME } from './query-response.ts'
import { type QuietWindow, quietBlock, toQuietWindow } from './quiet.ts'
import { complaintAboutRetry, type Retry, retryBlock, toRetry } from './retry.ts'
import { complaintAbout } from './target-address.ts'

/** What a dns probe asks for; either may be left to the module. */
export interface TargetQuestion {
  readonly name?: string
  /** In capitals, as `AAAA`. */
  readonly type?: string
}

export interface Target {
  /** Unique; the value of the `instance` label. Defaults to the address, a password in it masked. */
  readonly name: string
  readonly address: string
  /** A key of `modules`. */
  readonly module: string
  readonly intervalSeconds: number
  /** Between runs while the last one failed; shorter than `intervalSeconds`. */
  readonly intervalFailingSeconds?: number
  readonly retry?: Retry
  /** Not probed in any of these. */
  readonly quiet?: readonly QuietWindow[]
  readonly labels: Readonly<Record<string, string>>
  /** As the `hostname` parameter of /probe. */
  readonly hostname?: string
  /** Only with a dns module (#1104). */
  readonly question?: TargetQuestion
  /** Instead of the module's. */
  readonly addresses?: AddressMode
}

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
  'timing',
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
        .min(1, length('is empty; write what to probe, as in "https://www.example.org/"'))
        .max(LONGEST_ADDRESS, length(`is longer than ${LONGEST_ADDRESS} characters; write a shorter one`)),
      'What to probe, as in the `target` parameter of `/probe`. A password in it is masked.',
      { examples: ['https://www.example.org/'] },
    ),
    module: withDefault(z.string(), 'http_2xx', 'Name of one of the `modules`: how to probe it.', {
      examples: ['http_2xx'],
    }),
    name: optional(
      z
        .string()
        .min(1, length('is empty; write a name or leave the key out'))
        .max(LONGEST_NAME, length(`is longer than ${LONGEST_NAME} characters; write a shorter one`)),
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
    interval_failing: optional(
      intervalSeconds,
      'Time between two probes while the last one failed; shorter than `interval`.',
      { examples: ['10s'] },
    ),
    retry: optional(retryBlock, 'Probe again at once after a failure. All attempts fit into the interval.'),
    quiet: optional(
      z.array(quietBlock),
      'When the target is not probed: its metrics go away meanwhile, so that nothing alerts.',
    ),
    labels: withDefault(z.record(z.string(), z.string()), {}, 'Labels for all metrics of this target.', {
      examples: [{ team: 'web' }],
    }),
    hostname: optional(
      z.string().regex(/^[^\s\p{Cc}/?#@\\]*$/u, 'is no host name; write one as in "www.example.org"'),
      'Name to ask the address for: Host header and name for TLS, as the `hostname` parameter of `/probe`. Not for `dns` and `icmp`.',
      { examples: ['www.example.org'] },
    ),
    query_name: optional(queryName, 'Name to ask for instead of the module’s. For `dns`.', {
      examples: ['example.org'],
    }),
    query_type: optional(parsedText(parseQueryType), 'Type of record to ask for instead of the module’s. For `dns`.', {
      examples: ['AAAA'],
    }),
    addresses: optional(z.enum(ADDRESS_MODES), 'Instead of the module’s `addresses`.', { examples: ['all'] }),
  }),
  (block, report) => {
    checkLabels(block.labels, report)
    checkFailingInterval(block, report)
  },
).meta({ id: 'target' })

function checkFailingInterval({ interval, interval_failing: failing }: Values, report: Report): void {
  if (typeof failing !== 'number' || typeof interval !== 'number' || failing < interval) return
  const message = `${formatDuration(failing)} is not shorter than the interval of ${formatDuration(interval)}; write a shorter one or leave the key out`
  report('interval_failing', message)
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
    const { name, address, module } = target as Readonly<Record<string, unknown>>
    const own = typeof name === 'string' ? name : typeof address === 'string' ? maskUrl(address) : undefined
    if (own !== undefined) checkUnique(own, index, typeof name === 'string' ? 'name' : 'address', firstByName, report)
    if (typeof module !== 'string') continue
    checkModule(module, index, modules, report)
    checkTime(target as Values, module, index, modules, report)
    if (Object.hasOwn(modules, module)) checkKind(target as Values, new Map(entriesOf(modules[module])), index, report)
  }
}

type Values = Readonly<Record<string, unknown>>

/** What depends on the prober of the target's module. */
function checkKind(target: Values, module: ReadonlyMap<string, unknown>, index: number, report: Report): void {
  const prober = PROBERS.find((name) => name === module.get('prober'))
  if (prober === undefined) return
  const { address } = target
  const complaint = typeof address === 'string' ? complaintAbout(address, prober) : undefined
  if (complaint !== undefined) report(['targets', index, 'address'], complaint)
  for (const [key, probers] of ONLY_FOR) {
    if (target[key] === undefined || probers.includes(prober)) continue
    const message = `is for ${listed(probers)} only, and this module's prober is ${prober}; remove it`
    report(['targets', index, key], message)
  }
  if (prober === 'http') checkHostname(target.hostname, module.get('http'), index, report)
}

const ONLY_FOR: readonly (readonly [key: string, probers: readonly ProberName[]])[] = [
  ['hostname', PROBERS.filter((prober) => prober !== 'dns' && prober !== 'icmp')],
  ['query_name', ['dns']],
  ['query_type', ['dns']],
  ['addresses', PROBERS.filter((prober) => prober !== 'unix')],
]

/** As `/probe` answers 400 to such a `hostname`. */
function checkHostname(hostname: unknown, http: unknown, index: number, report: Report): void {
  if (typeof hostname !== 'string' || hostname === '') return
  const headers = entriesOf(new Map(entriesOf(http)).get('headers'))
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1]
  if (host === undefined || host === hostname) return
  report(['targets', index, 'hostname'], 'is not the Host header of the module; keep one of the two')
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

function checkModule(name: string, index: number, modules: Readonly<Record<string, unknown>>, report: Report): void {
  if (!Object.hasOwn(modules, name)) {
    const known = Object.keys(modules)
    const choice = known.length === 0 ? 'define it under modules' : `write one of ${shortList(known)}`
    report(['targets', index, 'module'], `${JSON.stringify(name)} is no module of this file; ${choice}`)
  }
}

/** A run ends, all attempts of it, before the next begins, also while the target fails. */
function checkTime(target: Values, name: string, index: number, modules: Values, report: Report): void {
  const timeout = new Map(entriesOf(modules[name])).get('timeout')
  if (typeof timeout !== 'number') return
  const intervals = [target.interval, target.interval_failing].filter(isInterval)
  for (const key of ['interval', 'interval_failing']) {
    const interval = target[key]
    if (!isInterval(interval) || timeout <= interval) continue
    const sentence = `${formatDuration(interval)} is shorter than the timeout of module ${JSON.stringify(name)}`
    report(['targets', index, key], `${sentence}; write at least ${formatDuration(timeout)} or lower that timeout`)
    return
  }
  const { attempts, pause } = Object.fromEntries(entriesOf(target.retry))
  if (typeof attempts !== 'number' || typeof pause !== 'number' || intervals.length === 0) return
  const complaint = complaintAboutRetry({ attempts, pauseSeconds: pause }, timeout, Math.min(...intervals))
  if (complaint !== undefined) report(['targets', index, 'retry'], complaint)
}

/** One that is too short has been complained of. */
function isInterval(value: unknown): value is number {
  return typeof value === 'number' && value >= SHORTEST_INTERVAL_SECONDS
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => JSON.stringify(name))
  return names.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ')
}

/** `shownAddress`: as the file has it, where placeholders stand for values of the environment. */
export function toTarget(block: z.output<typeof targetBlock>, shownAddress: string): Target {
  const { name, address, hostname, query_name: queryName, query_type: type, addresses, retry, quiet = [] } = block
  const { interval_failing: intervalFailingSeconds } = block
  return {
    name: name ?? maskUrl(shownAddress),
    address,
    module: block.module,
    intervalSeconds: block.interval,
    ...(intervalFailingSeconds === undefined ? {} : { intervalFailingSeconds }),
    ...(retry === undefined ? {} : { retry: toRetry(retry) }),
    ...(quiet.length === 0 ? {} : { quiet: quiet.map(toQuietWindow) }),
    labels: block.labels,
    ...(hostname === undefined || hostname === '' ? {} : { hostname }),
    ...(queryName === undefined && type === undefined ? {} : { question: questionOf(queryName, type) }),
    ...(addresses === undefined ? {} : { addresses }),
  }
}

function questionOf(name: string | undefined, type: string | undefined): TargetQuestion {
  return { ...(name === undefined ? {} : { name }), ...(type === undefined ? {} : { type }) }
}
