/** What `monitoring:` and `slo:` ask of the rest of the file: what would fail without a word once it is generated. */
import type { Report } from './field.ts'
import { entriesOf } from './headers.ts'
import { maskUrl } from './mask-url.ts'
import { TAKEN_LABELS } from './monitoring.ts'
import type { Path } from './problem.ts'
import { formatPromDuration } from './prom-duration.ts'
import { checkTime } from './scheduled.ts'
import { checkSlos, type NamedTarget } from './slo.ts'

type Values = ReadonlyMap<string, unknown>

/** Prometheus forgets a series after five minutes without a sample, and one may be lost. */
export const LONGEST_SCRAPE_INTERVAL_SECONDS = 120
/** What a prober keeps of a scrape's time for the answer, as `--timeout-offset` has it. */
export const TIMEOUT_OFFSET_SECONDS = 0.5
/** Prometheus' own default. */
const RETENTION_SECONDS = 15 * 86_400

export function checkMonitoringOf(file: Readonly<Record<string, unknown>>, report: Report): void {
  const targets = listOf(file.targets)
  const modules: Values = new Map(entriesOf(file.modules))
  const monitoring: Values = new Map(entriesOf(file.monitoring))
  const retention = monitoring.get('retention')
  const seconds = typeof retention === 'number' ? retention : RETENTION_SECONDS
  checkSlos(file.slo, [...targets.flatMap(named), ...listOf(file.paths).flatMap(hopsOf)], seconds, report)
  if (file.monitoring === undefined) return
  checkInterval(monitoring.get('scrape_interval'), ['monitoring', 'scrape_interval'], report)
  checkTimeout(monitoring, targets, modules, report)
  checkLatencyWindow(monitoring, targets, report)
  for (const [index, source] of listOf(monitoring.get('ingress')).entries())
    checkIngress(source, index, modules, report)
  const { files, kubernetes } = Object.fromEntries(entriesOf(file.discovery))
  checkLabelsOf(file.targets, ['targets'], report)
  checkLabelsOf(file.paths, ['paths'], report)
  checkLabelsOf(files, ['discovery', 'files'], report)
  checkLabelsOf(kubernetes, ['discovery', 'kubernetes'], report, ['namespace'])
}

function listOf(value: unknown): readonly Values[] {
  return Array.isArray(value) ? value.map((item) => new Map(entriesOf(item))) : []
}

function named(target: Values): NamedTarget[] {
  const [name, address] = [target.get('name'), target.get('address')]
  const text = typeof name === 'string' ? name : typeof address === 'string' ? maskUrl(address) : undefined
  return text === undefined ? [] : [{ name: text, labels: target.get('labels') }]
}

/** Targets too, and for an objective the outermost is the one that users see. */
function hopsOf(path: Values): NamedTarget[] {
  const labels = path.get('labels')
  return listOf(path.get('hops')).map((hop) => ({ name: `${path.get('name')}/${hop.get('name')}`, labels }))
}

function checkInterval(interval: unknown, path: readonly (string | number)[], report: Report): void {
  if (typeof interval !== 'number') return
  if (interval === 0) report(path, 'is 0; write one as in "30s"')
  if (interval <= LONGEST_SCRAPE_INTERVAL_SECONDS) return
  const longest = formatPromDuration(LONGEST_SCRAPE_INTERVAL_SECONDS)
  report(path, `${formatPromDuration(interval)} leaves gaps, since Prometheus looks back 5m; write ${longest} or less`)
}

/** The Operator rejects an object whose timeout is over its interval; one that cuts off a probe makes slow targets look dead. */
function checkTimeout(monitoring: Values, targets: readonly Values[], modules: Values, report: Report): void {
  const timeout = monitoring.get('scrape_timeout')
  if (typeof timeout !== 'number') return
  const path = ['monitoring', 'scrape_timeout']
  const written = formatPromDuration(timeout)
  const scheduled = monitoring.get('mode') === 'scheduled'
  const intervals = scheduled ? [monitoring.get('scrape_interval')] : targets.map((target) => target.get('interval'))
  const shortest = Math.min(...intervals.filter((interval) => typeof interval === 'number'))
  if (timeout > shortest)
    report(path, `${written} is longer than the interval of ${formatPromDuration(shortest)}; write a shorter one`)
  for (const name of scheduled ? [] : new Set(targets.map((target) => target.get('module')))) {
    const own = new Map(entriesOf(modules.get(String(name)))).get('timeout')
    if (typeof own !== 'number' || timeout >= own + TIMEOUT_OFFSET_SECONDS) continue
    const least = formatPromDuration(own + TIMEOUT_OFFSET_SECONDS)
    report(
      path,
      `${written} cuts off probes of module ${JSON.stringify(name)}; write ${least} or more, or lower its timeout`,
    )
  }
}

/** With fewer than two samples in it, nothing is ever slow. */
function checkLatencyWindow(monitoring: Values, targets: readonly Values[], report: Report): void {
  const window = new Map(entriesOf(monitoring.get('alerts'))).get('latency_window')
  const isPulled = monitoring.get('mode') === 'pull'
  const intervals = isPulled ? targets.map((target) => target.get('interval')) : [monitoring.get('scrape_interval')]
  const longest = Math.max(0, ...intervals.filter((interval) => typeof interval === 'number'))
  const least = 2 * Math.min(longest, LONGEST_SCRAPE_INTERVAL_SECONDS)
  if (typeof window !== 'number' || window >= least) return
  const message = `${formatPromDuration(window)} is too short for two samples; write ${formatPromDuration(least)} or more`
  report(['monitoring', 'alerts', 'latency_window'], message)
}

function checkIngress(source: Values, index: number, modules: Values, report: Report): void {
  const path = ['monitoring', 'ingress', index]
  checkInterval(source.get('interval'), [...path, 'interval'], report)
  checkTime(Object.fromEntries(source), String(source.get('module')), path, Object.fromEntries(modules), report)
  const module = source.get('module')
  if (typeof module === 'string' && !modules.has(module))
    report([...path, 'module'], `${JSON.stringify(module)} is no module of this file; write the name of one`)
}

/** `refused`: told of without `monitoring` already. */
function checkLabelsOf(list: unknown, at: Path, report: Report, refused: readonly string[] = []): void {
  for (const [index, block] of listOf(list).entries()) {
    for (const [name] of entriesOf(block.get('labels'))) {
      if (!TAKEN_LABELS.some((taken) => taken === name) || refused.includes(name)) continue
      report([...at, index, 'labels', name], 'is a label that Prometheus or its Operator sets; write another name')
    }
  }
}
