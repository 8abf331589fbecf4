/** What one hop has added to its path, beat by beat, and since when it is slow. */
import type { Phase } from '../net/outcome.ts'
import type { Run } from '../probes/run.ts'
import { inOrder, spread } from './quantile.ts'
import { type Overhead, overheadOf, type Share, shareOf } from './share.ts'
import { BEATS_IN_A_ROW, createSlowness, type Slow } from './slowness.ts'

/** What a hop adds is told from so many beats at most: enough for quartiles, and few enough to follow what creeps. */
export const WINDOW_BEATS = 20

export interface HopHistory {
  /** Its run on a beat, and that of the next inner hop; where one of them is missing or failed, nothing is learnt. */
  add(own: Run | undefined, inner: Run | 'none' | undefined): void
  overhead(): Overhead | undefined
  /** `phase`: in which it now spends more than before, by most. */
  slow(): (Slow & { readonly phase: Phase }) | undefined
}

export function createHopHistory(): HopHistory {
  const slowness = createSlowness()
  let shares: readonly Share[] = []
  let innerSeconds: readonly number[] = []
  /** Of the beats before it became slow. */
  let usual: Overhead | undefined

  function learn(share: Share): void {
    shares = [...shares, share].slice(-WINDOW_BEATS)
    const wasSlow = slowness.state() !== undefined
    // What is taken off is one draw of many: nothing that it varies by may be laid at this hop's door.
    slowness.add(share.seconds, innerSeconds.length === 0 ? 0 : spread(inOrder(innerSeconds)))
    const isSlow = slowness.state() !== undefined
    if (isSlow === wasSlow) return
    // From here on it is told as it is now: a median over both would be right for neither.
    usual = isSlow ? overheadOf(shares.slice(0, -BEATS_IN_A_ROW)) : undefined
    shares = shares.slice(-BEATS_IN_A_ROW)
  }

  return {
    add(own, inner) {
      if (!isMeasured(own)) return
      if (inner === 'none') return learn(shareOf(own.result))
      if (!isMeasured(inner)) return
      innerSeconds = [...innerSeconds, inner.result.durationSeconds].slice(-WINDOW_BEATS)
      learn(shareOf(own.result, inner.result))
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

function grownPhase(recent: readonly Share[], usual: Overhead | undefined): Phase {
  const growth = [...(overheadOf(recent)?.phases ?? [])].map(
    ([phase, { seconds }]) => [phase, seconds - (usual?.phases.get(phase)?.seconds ?? 0)] as const,
  )
  return growth.toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 'other'
}
