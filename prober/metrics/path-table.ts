/** What paths are found to be, family after family. */
import { setImmediate } from 'node:timers/promises'
import type { Path } from '../config/schema.ts'
import type { PathWatch } from '../paths/path-watch.ts'
import { PATH_METRICS, type PathMetricName } from './catalogue.ts'
import { type Format, headerOf, labelText, sampleLine } from './exposition.ts'
import type { Labels } from './samples.ts'

export interface PathRow {
  readonly path: Path
  readonly watch: PathWatch
}

interface PathSample {
  readonly name: PathMetricName
  readonly labels?: Labels
  readonly value: number
}

/** Paths reckoned before the event loop gets a turn: medians of 20 beats, eight phases, four hops: 1.5 ms. */
export const PATHS_AT_ONCE = 10

/** Each whole, in the order of the catalogue. */
export async function pathFamilies(rows: readonly PathRow[], format: Format): Promise<readonly string[]> {
  const families = new Map<PathMetricName, string>()
  for (const [index, { path, watch }] of rows.entries()) {
    if (index > 0 && index % PATHS_AT_ONCE === 0) await setImmediate()
    for (const { name, labels, value } of pathSamples({ path, watch })) {
      const line = sampleLine(name, labelText(labels), value)
      families.set(name, (families.get(name) ?? headerOf(name, format)) + line)
    }
  }
  return (Object.keys(PATH_METRICS) as PathMetricName[]).flatMap((name) => families.get(name) ?? [])
}

/** With the path's own labels. */
export function pathSamples({ path, watch }: PathRow): readonly Required<PathSample>[] {
  const own = { path: path.name, ...path.labels }
  return samplesOf(path, watch).map(({ labels, ...sample }) => ({ ...sample, labels: { ...own, ...labels } }))
}

function samplesOf({ hops }: Path, watch: PathWatch): PathSample[] {
  const verdict = watch.verdict()
  // A quiet path tells nothing, not even what it added before.
  if (verdict === undefined) return []
  const { isOk, blame } = verdict
  return [
    ...(isOk === undefined ? [] : [{ name: 'probe_path_success', value: Number(isOk) } as const]),
    ...(blame === undefined
      ? []
      : [{ name: 'probe_path_blame_info', labels: { hop: blame.hop, reason: blame.reason }, value: 1 } as const]),
    ...verdict.hops.flatMap(({ hop, outcome }) =>
      outcome === undefined
        ? []
        : [{ name: 'probe_path_hop_success', labels: { hop }, value: Number(outcome.ok) } as const],
    ),
    ...hops.flatMap(({ hop }) => overheadSamples(hop.name, watch)),
  ]
}

function overheadSamples(hop: string, watch: PathWatch): PathSample[] {
  const overhead = watch.overhead(hop)
  if (overhead === undefined) return []
  const { seconds, spreadSeconds, phases } = overhead
  return [
    { name: 'probe_path_hop_overhead_seconds', labels: { hop }, value: seconds },
    { name: 'probe_path_hop_overhead_spread_seconds', labels: { hop }, value: spreadSeconds },
    ...[...phases].flatMap(([phase, added]): PathSample[] => [
      { name: 'probe_path_overhead_seconds', labels: { hop, phase }, value: added.seconds },
      { name: 'probe_path_overhead_spread_seconds', labels: { hop, phase }, value: added.spreadSeconds },
    ]),
  ]
}
