/**
 * When a hop has become slow, by what it adds to each beat. It is called so only for what stands out of everything that
 * was usual before: docs/decisions/011-blame.md says how often that is wrong.
 */
import { inOrder, median, quantile, spread } from './quantile.ts'

/** Half an hour at an interval of 15 s. Slow for as long is how it is now. */
export const USUAL_BEATS = 120
/** From fewer nothing is concluded. */
export const FEWEST_BEATS = 8
/** In a row, to be called slow, and to be called well again. One that stands out alone is part of the noise. */
export const BEATS_IN_A_ROW = 4
/** Nobody is woken for less. */
export const FLOOR_SECONDS = 0.01
/** Up to here it is usual, whatever form the noise has: a hop that is slow one time in ten is not slow all at once. */
const USUAL_SHARE = 0.95

export interface Slowness {
  /** One more beat; `doubtSeconds`: how far the time varies that was subtracted, and so how sure the share is. */
  add(seconds: number, doubtSeconds: number): void
  /** undefined: as usual, or not known yet. */
  state(): Slow | undefined
}

export interface Slow {
  /** Median of what it adds now, and before. */
  readonly seconds: number
  readonly usualSeconds: number
}

export function createSlowness(): Slowness {
  let usual: number[] = []
  /** Those that stood out, in a row; once it is slow, all since. */
  let odd: number[] = []
  let isSlow = false
  let beatsWell = 0

  function settle(values: readonly number[]): void {
    usual = [...usual, ...values].slice(-USUAL_BEATS)
    odd = []
    isSlow = false
    beatsWell = 0
  }

  /** Slow, until it is well for as many beats, or has been so for so long that it is usual. */
  function goOn(standsOut: boolean): void {
    beatsWell = standsOut ? 0 : beatsWell + 1
    if (beatsWell === BEATS_IN_A_ROW) settle(odd.slice(-BEATS_IN_A_ROW))
    else if (odd.length >= USUAL_BEATS) settle(odd)
  }

  return {
    add(seconds, doubtSeconds) {
      if (usual.length < FEWEST_BEATS) return settle([seconds])
      const sorted = inOrder(usual)
      const margin = Math.max(FLOOR_SECONDS, spread(sorted), doubtSeconds)
      const standsOut = seconds > quantile(sorted, USUAL_SHARE) + margin
      odd.push(seconds)
      if (isSlow) goOn(standsOut)
      else if (!standsOut) settle(odd)
      else isSlow = odd.length === BEATS_IN_A_ROW
    },
    state() {
      if (!isSlow) return undefined
      return { seconds: median(odd.slice(-BEATS_IN_A_ROW)), usualSeconds: median(usual) }
    },
  }
}
