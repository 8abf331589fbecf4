/** One path over time: joins the runs of its hops to beats, judges each beat, and knows what is usual. */
import type { Path } from '../config/schema.ts'
import type { Run } from '../probes/run.ts'
import { createHopHistory, type HopHistory } from './hop-history.ts'
import type { Overhead } from './share.ts'
import { type Blame, brokenHop, type HopFinding, type Verdict } from './verdict.ts'

/** Intervals are 1 s at least, and moments reckoned in different ways differ by rounding. */
const SAME_BEAT_SECONDS = 0.5

export interface PathWatch {
  /** The verdict of the newest beat that this run brought to its end. */
  add(hop: string, run: Run): Verdict | undefined
  /** As if nothing had run yet: it is quiet. What is usual stays known. */
  forget(): void
  /** Of the last beat that is over. */
  verdict(): Verdict | undefined
  /** undefined: there was no beat in which this hop and the next inner one succeeded. */
  overhead(hop: string): Overhead | undefined
}

interface Beat {
  readonly plannedSeconds: number
  readonly runs: Map<string, Run>
}

export function createPathWatch({ hops }: Pick<Path, 'hops'>): PathWatch {
  const names = hops.map(({ hop }) => hop.name)
  const histories = new Map(names.map((name) => [name, createHopHistory()]))
  let beat: Beat | undefined
  let verdict: Verdict | undefined
  /** When the last beat was planned that is judged, or under way. */
  let newestSeconds = Number.NEGATIVE_INFINITY

  function judge({ plannedSeconds, runs }: Beat): Verdict {
    beat = undefined
    for (const [index, name] of names.entries()) {
      const inner = names[index + 1]
      histories.get(name)?.add(runs.get(name), inner === undefined ? 'none' : runs.get(inner))
    }
    const findings = names.map((hop) => ({ hop, outcome: runs.get(hop)?.result.outcome }))
    verdict = { plannedSeconds, hops: findings, isOk: findings[0]?.outcome?.ok, blame: blameOf(findings, histories) }
    return verdict
  }

  return {
    add(hop, run) {
      const { plannedSeconds } = run
      const isLater = plannedSeconds > newestSeconds + SAME_BEAT_SECONDS
      // Told too late: its beat was judged without it.
      if (!isLater && (beat === undefined || plannedSeconds < newestSeconds - SAME_BEAT_SECONDS)) return undefined
      const before = isLater && beat !== undefined ? judge(beat) : undefined
      if (isLater) newestSeconds = plannedSeconds
      beat ??= { plannedSeconds, runs: new Map() }
      beat.runs.set(hop, run)
      return beat.runs.size === names.length ? judge(beat) : before
    },
    forget() {
      beat = undefined
      verdict = undefined
    },
    verdict: () => verdict,
    overhead: (hop) => histories.get(hop)?.overhead(),
  }
}

function blameOf(findings: readonly HopFinding[], histories: ReadonlyMap<string, HopHistory>): Blame | undefined {
  const outermost = findings[0]?.outcome
  if (outermost?.ok !== true) return brokenHop(findings)
  const slow = findings.flatMap((finding, index) => {
    // What it was found to add before one of the two failed need not be so any more.
    if ([finding, findings[index + 1]].some((each) => each?.outcome?.ok === false)) return []
    const found = histories.get(finding.hop)?.slow()
    return found === undefined ? [] : [{ hop: finding.hop, ...found }]
  })
  const [worst] = slow.toSorted((a, b) => b.seconds - b.usualSeconds - (a.seconds - a.usualSeconds))
  if (worst === undefined) return undefined
  const { hop, phase, seconds, usualSeconds } = worst
  return { hop, phase, reason: 'slow', slow: { seconds, usualSeconds } }
}
