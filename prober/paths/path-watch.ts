/** One path over time: joins the runs of its hops to beats, judges each beat, and knows what is usual. */
import type { Path } from '../config/schema.ts'
import type { Phase } from '../net/outcome.ts'
import type { Run } from '../probes/run.ts'
import { inOrder, spread } from './quantile.ts'
import { type Overhead, overheadOf, type Share, shareOf } from './share.ts'
import { BEATS_IN_A_ROW, createSlowness, type Slow, type Slowness } from './slowness.ts'
import { type Blame, brokenHop, type HopFinding, type Verdict } from './verdict.ts'

/** What a hop adds is told from so many beats at most: enough for quartiles, and few enough to follow what creeps. */
export const WINDOW_BEATS = 20
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
  const histories = new Map(names.map((name) => [name, createHistory()]))
  let beat: Beat | undefined
  let verdict: Verdict | undefined
  /** When the last beat was planned that is judged, or under way. */
  let newestSeconds = Number.NEGATIVE_INFINITY

  function judge({ plannedSeconds, runs }: Beat): Verdict {
    beat = undefined
    for (const [index, name] of names.entries()) {
      histories.get(name)?.add(runs.get(name), index + 1 < names.length ? runs.get(names[index + 1] ?? '') : NONE)
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

/** Stands for what is within the innermost hop. */
const NONE = 'none'

/** What a hop has added to its path. */
interface History {
  add(own: Run | undefined, inner: Run | typeof NONE | undefined): void
  overhead(): Overhead | undefined
  slow(): (Slow & { readonly phase: Phase }) | undefined
}

function createHistory(): History {
  const slowness: Slowness = createSlowness()
  let shares: readonly Share[] = []
  let innerSeconds: readonly number[] = []
  /** Of the beats before it became slow. */
  let usual: Overhead | undefined
  return {
    add(own, inner) {
      if (!isMeasured(own) || (inner !== NONE && !isMeasured(inner))) return
      const share = inner === NONE ? shareOf(own.result) : shareOf(own.result, inner.result)
      shares = [...shares, share].slice(-WINDOW_BEATS)
      // What is taken off is one draw of many: nothing that it varies by may be laid at this hop's door.
      if (inner !== NONE) innerSeconds = [...innerSeconds, inner.result.durationSeconds].slice(-WINDOW_BEATS)
      const wasSlow = slowness.state() !== undefined
      slowness.add(share.seconds, innerSeconds.length === 0 ? 0 : spread(inOrder(innerSeconds)))
      const isSlow = slowness.state() !== undefined
      if (isSlow === wasSlow) return
      // From here on it is told as it is now: a median over both would be right for neither.
      usual = isSlow ? overheadOf(shares.slice(0, -BEATS_IN_A_ROW)) : undefined
      shares = shares.slice(-BEATS_IN_A_ROW)
    },
    overhead: () => overheadOf(shares),
    slow() {
      const slow = slowness.state()
      return slow === undefined ? undefined : { ...slow, phase: grownPhase(shares.slice(-BEATS_IN_A_ROW), usual) }
    },
  }
}

/** A wait for a free place came before the probe, all else that held the prober up is in its times. */
function isMeasured(run: Run | undefined): run is Run {
  return run?.result.outcome.ok === true && (run.disturbance === undefined || run.disturbance.cause === 'queue')
}

function blameOf(findings: readonly HopFinding[], histories: ReadonlyMap<string, History>): Blame | undefined {
  const outermost = findings[0]?.outcome
  if (outermost?.ok !== true) return brokenHop(findings)
  const slow = findings.flatMap(({ hop }) => {
    const found = histories.get(hop)?.slow()
    return found === undefined ? [] : [{ hop, ...found }]
  })
  const [worst] = slow.toSorted((a, b) => b.seconds - b.usualSeconds - (a.seconds - a.usualSeconds))
  if (worst === undefined) return undefined
  const { hop, phase, seconds, usualSeconds } = worst
  return { hop, phase, reason: 'slow', slow: { seconds, usualSeconds } }
}

/** In which the hop now spends more than before, by most. */
function grownPhase(recent: readonly Share[], usual: Overhead | undefined): Phase {
  const growth = [...(overheadOf(recent)?.phases ?? [])].map(
    ([phase, { seconds }]) => [phase, seconds - (usual?.phases.get(phase)?.seconds ?? 0)] as const,
  )
  return growth.toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 'other'
}
