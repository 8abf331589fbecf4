/** `paths:`: one request, asked at each place that it passes on its way in. */
import { z } from 'zod'
import { length, optional, type Report, required, rules } from './field.ts'
import { entriesOf } from './headers.ts'
import { ADDRESS_MODES } from './module-base.ts'
import { toQuietWindow } from './quiet.ts'
import { toRetry } from './retry.ts'
import {
  addressText,
  checkLabels,
  checkModule,
  checkTime,
  checkUnique,
  type Names,
  nameText,
  RESERVED_LABELS,
  SCHEDULED,
  type Values,
} from './scheduled.ts'
import { complaintAbout } from './target-address.ts'
import type { Target } from './targets.ts'

export interface Path {
  /** Unique; the value of the label `path`. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** From the outermost, where users arrive, to the innermost. At least two; they start on the same beat. */
  readonly hops: readonly HopTarget[]
}

/** A scheduled target that is one hop of a path, named `<path>/<hop>`. */
export type HopTarget = Target & { readonly hop: HopOf }

/** Which hop of which path. */
export interface HopOf {
  readonly path: string
  readonly name: string
}

const PATH_LABELS: ReadonlySet<string> = new Set([...RESERVED_LABELS, 'path'])
const FEWEST_HOPS = 2
/** More are no longer a way through a cluster, and each is a probe per beat. */
const MOST_HOPS = 16

const hopBlock = z
  .strictObject({
    name: required(
      nameText('write a name').regex(/^[^/\p{C}]*$/u, 'holds a / or a control character; write a name as in "gateway"'),
      'Unique in its path; the value of the label `hop`.',
      { examples: ['gateway'] },
    ),
    address: optional(
      addressText('write it as in "http://gateway.shop.svc:8080"'),
      'Where this hop listens: `host:port`, with `https://` in front where TLS has not ended yet. Only the outermost may leave it out: that of the `url`.',
      { examples: ['http://gateway.shop.svc:8080'] },
    ),
    addresses: optional(
      z.enum(ADDRESS_MODES),
      'Instead of the module’s `addresses`: `all` asks each pod of a headless Service.',
      { examples: ['all'] },
    ),
  })
  .meta({ id: 'hop' })

export const pathBlock = rules(
  z.strictObject({
    name: required(nameText('write a name'), 'Unique; the value of the label `path`.', { examples: ['shop'] }),
    url: required(
      addressText('write what users ask for, as in "https://shop.example.org/"'),
      'What users ask for. Its path and query are asked for at each hop, and its host is the Host header and the name for TLS there.',
      { examples: ['https://shop.example.org/'] },
    ),
    module: SCHEDULED.module,
    interval: SCHEDULED.interval,
    retry: SCHEDULED.retry,
    quiet: SCHEDULED.quiet,
    labels: SCHEDULED.labels,
    hops: required(
      z
        .array(hopBlock)
        .min(
          FEWEST_HOPS,
          length('has fewer than two hops, which tells no more than a target; add hops, or write it under targets'),
        )
        .max(MOST_HOPS, length(`has more than ${MOST_HOPS} hops; leave some out`)),
      'From the outermost to the innermost.',
    ),
  }),
  (block, report) => {
    checkLabels(block.labels, PATH_LABELS, report)
    const complaint = typeof block.url === 'string' ? complaintAboutUrl(block.url) : undefined
    if (complaint !== undefined) report('url', complaint)
    checkHops(block.hops, report)
  },
).meta({ id: 'path' })

/** The text itself is not repeated: it may hold a password. */
function complaintAboutUrl(url: string): string | undefined {
  if (url === '') return undefined
  if (!/^https?:\/\//i.test(url)) return 'does not begin with http:// or https://; write what users ask for'
  return complaintAbout(url, 'http') ?? complaintAboutCredentials(url)
}

/** Of a URL they would reach one hop only; the module's reach all. */
function complaintAboutCredentials(url: string): string | undefined {
  const { username = '', password = '' } = URL.parse(url) ?? {}
  if (username === '' && password === '') return undefined
  return 'holds a user name or a password; write them in the module, as http.basic_auth'
}

function checkHops(hops: unknown, report: Report): void {
  if (!Array.isArray(hops)) return
  const names: Names = new Map()
  for (const [index, hop] of hops.entries()) {
    if (typeof hop !== 'object' || hop === null) continue
    const { name, address } = hop as Values
    if (typeof name === 'string' && name !== '') {
      checkUnique(name, `hops[${index}]`, ['hops', index, 'name'], names, report)
    }
    if (typeof address === 'string') {
      const complaint = complaintAboutHop(address)
      if (complaint !== undefined) report(['hops', index, 'address'], complaint)
    } else if (index > 0 && address === undefined) {
      const message =
        'is missing; only the outermost hop may leave it out, write it as in "http://gateway.shop.svc:8080"'
      report(['hops', index, 'address'], message)
    }
  }
}

function complaintAboutHop(address: string): string | undefined {
  const complaint = complaintAbout(address, 'http') ?? complaintAboutCredentials(withScheme(address))
  if (complaint !== undefined || address === '') return complaint
  const hasMore = /[/?#]/.test(address.replace(/^https?:\/\//i, '').replace(/\/$/, ''))
  return hasMore ? 'holds more than a host and a port; the rest comes from the url of the path' : undefined
}

/** Rules over the whole list, and with the targets, whose names the hops' must not take. */
export function checkPaths(paths: unknown, modules: Values, targetNames: Names, report: Report): void {
  if (!Array.isArray(paths)) return
  const pathNames: Names = new Map()
  for (const [index, path] of paths.entries()) {
    const block: Values = Object.fromEntries(entriesOf(path))
    const at = ['paths', index]
    if (typeof block.name === 'string') {
      checkUnique(block.name, `paths[${index}]`, [...at, 'name'], pathNames, report)
      checkInstances(block.name, block.hops, index, pathNames, targetNames, report)
    }
    if (typeof block.module !== 'string' || !checkModule(block.module, at, modules, report)) continue
    checkKind(block, block.module, index, modules, report)
    checkTime(block, block.module, at, modules, report)
  }
}

/** Of a path whose own name is taken, that has been said. */
function checkInstances(
  path: string,
  hops: unknown,
  index: number,
  pathNames: Names,
  targetNames: Names,
  report: Report,
): void {
  if (!Array.isArray(hops) || pathNames.get(path) !== `paths[${index}]`) return
  for (const [place, hop] of hops.entries()) {
    const { name } = Object.fromEntries(entriesOf(hop))
    const owner = typeof name === 'string' ? targetNames.get(instanceOf(path, name)) : undefined
    if (owner === undefined) continue
    const message = `the hop is probed under the name ${JSON.stringify(instanceOf(path, String(name)))}, which ${owner} has; rename one`
    report(['paths', index, 'hops', place, 'name'], message)
  }
}

function checkKind(block: Values, moduleName: string, index: number, modules: Values, report: Report): void {
  const module = new Map(entriesOf(modules[moduleName]))
  const prober = module.get('prober')
  if (typeof prober === 'string' && prober !== 'http') {
    const message = `is for http only, and this module's prober is ${prober}; write a module of the prober http`
    report(['paths', index, 'module'], message)
    return
  }
  const headers = entriesOf(new Map(entriesOf(module.get('http'))).get('headers'))
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1]
  if (host === undefined || typeof block.url !== 'string' || host === URL.parse(block.url)?.host) return
  report(['paths', index, 'module'], 'sets a Host header that is not the host of the url; write a module without it')
}

function instanceOf(path: string, hop: string): string {
  return `${path}/${hop}`
}

function withScheme(address: string): string {
  return /^https?:\/\//i.test(address) ? address : `http://${address}`
}

export function toPath(block: z.output<typeof pathBlock>): Path {
  return { name: block.name, labels: block.labels, hops: block.hops.map((hop) => toHop(block, hop)) }
}

function toHop(block: z.output<typeof pathBlock>, hop: z.output<typeof hopBlock>): HopTarget {
  const { name: path, url, retry, quiet = [] } = block
  const { name, address, addresses } = hop
  return {
    name: instanceOf(path, name),
    ...(address === undefined ? { address: url } : { address: addressOf(address, url), hostname: new URL(url).host }),
    module: block.module,
    intervalSeconds: block.interval,
    ...(retry === undefined ? {} : { retry: toRetry(retry) }),
    ...(quiet.length === 0 ? {} : { quiet: quiet.map(toQuietWindow) }),
    labels: { ...block.labels, path, hop: name },
    ...(addresses === undefined ? {} : { addresses }),
    hop: { path, name },
  }
}

/** The same request at another place. */
function addressOf(address: string, url: string): string {
  const { pathname, search } = new URL(url)
  return `${withScheme(address).replace(/\/$/, '')}${pathname}${search}`
}
