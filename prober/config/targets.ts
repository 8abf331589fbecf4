/** `targets:`: what the prober's own schedule probes. */
import { z } from 'zod'
import { parseQueryType } from './dns-names.ts'
import { queryName } from './dns-module.ts'
import { formatDuration } from './duration.ts'
import { atMostOne, listed, optional, parsedText, type Report, required, rules } from './field.ts'
import { entriesOf } from './headers.ts'
import { maskUrl } from './mask-url.ts'
import { type ProberName, PROBERS } from './module.ts'
import { ADDRESS_MODES, type AddressMode } from './module-base.ts'
import type { HopOf } from './paths.ts'
import { type QuietWindow, toQuietWindow } from './quiet.ts'
import { BURST, type Retry, toRetry } from './retry.ts'
import {
  addressText,
  checkLabels,
  checkModule,
  checkTime,
  checkUnique,
  interval,
  type Names,
  nameText,
  RESERVED_LABELS,
  SCHEDULED,
  type Values,
} from './scheduled.ts'
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
  /** Probes of each run, one after the other; from 2. Never beside `retry`. */
  readonly burst?: number
  /** Not probed in any of these. */
  readonly quiet?: readonly QuietWindow[]
  readonly labels: Readonly<Record<string, string>>
  /** As the `hostname` parameter of /probe. */
  readonly hostname?: string
  /** Only with a dns module (#1104). */
  readonly question?: TargetQuestion
  /** Instead of the module's. */
  readonly addresses?: AddressMode
  /** It is one hop of a path. */
  readonly hop?: HopOf
}

export const targetBlock = rules(
  z.strictObject({
    address: required(
      addressText('write what to probe, as in "https://www.example.org/"'),
      'What to probe, as in the `target` parameter of `/probe`. A password in it is masked.',
      { examples: ['https://www.example.org/'] },
    ),
    module: SCHEDULED.module,
    name: optional(
      nameText('write a name or leave the key out'),
      'Unique; becomes the label `instance`. The address when not set.',
      { examples: ['website'] },
    ),
    interval: SCHEDULED.interval,
    interval_failing: optional(
      interval,
      'Time between two probes while the last one failed; shorter than `interval`.',
      { examples: ['10s'] },
    ),
    retry: SCHEDULED.retry,
    burst: BURST,
    quiet: SCHEDULED.quiet,
    labels: SCHEDULED.labels,
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
    checkLabels(block.labels, RESERVED_LABELS, report)
    checkFailingInterval(block, report)
    atMostOne(block, ['retry', 'burst'], report)
  },
).meta({ id: 'target' })

function checkFailingInterval({ interval, interval_failing: failing }: Values, report: Report): void {
  if (typeof failing !== 'number' || typeof interval !== 'number' || failing < interval) return
  const message = `${formatDuration(failing)} is not shorter than the interval of ${formatDuration(interval)}; write a shorter one or leave the key out`
  report('interval_failing', message)
}

/** Rules over the whole list: names are unique, modules exist, a probe ends before the next begins. */
export function checkTargets(targets: unknown, modules: Values, names: Names, report: Report): void {
  if (!Array.isArray(targets)) return
  for (const [index, target] of targets.entries()) {
    if (typeof target !== 'object' || target === null) continue
    const at = ['targets', index]
    const { name, address, module } = target as Values
    const own = typeof name === 'string' ? name : typeof address === 'string' ? maskUrl(address) : undefined
    const key = typeof name === 'string' ? 'name' : 'address'
    if (own !== undefined) checkUnique(own, `targets[${index}]`, [...at, key], names, report)
    if (typeof module !== 'string') continue
    const isKnown = checkModule(module, at, modules, report)
    checkTime(target as Values, module, at, modules, report)
    if (isKnown) checkKind(target as Values, new Map(entriesOf(modules[module])), index, report)
  }
}

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

/** `shownAddress`: as the file has it, where placeholders stand for values of the environment. */
export function toTarget(block: z.output<typeof targetBlock>, shownAddress: string): Target {
  const {
    name,
    address,
    hostname,
    query_name: queryName,
    query_type: type,
    addresses,
    retry,
    burst,
    quiet = [],
  } = block
  const { interval_failing: intervalFailingSeconds } = block
  return {
    name: name ?? maskUrl(shownAddress),
    address,
    module: block.module,
    intervalSeconds: block.interval,
    ...(intervalFailingSeconds === undefined ? {} : { intervalFailingSeconds }),
    ...(retry === undefined ? {} : { retry: toRetry(retry) }),
    ...(burst === undefined || burst === 1 ? {} : { burst }),
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
