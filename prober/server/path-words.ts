/** What is said of paths, on the page and in the terminal alike. May hold what a target chose. Pure. */
import type { Measured } from '../paths/quantile.ts'
import type { PathWatch } from '../paths/path-watch.ts'
import type { Blame, Verdict } from '../paths/verdict.ts'
import { durationText } from './web/words.ts'

export type PathState = 'ok' | 'failed' | 'slow' | 'missing' | 'waiting'

export function pathState(verdict: Verdict | undefined): PathState {
  if (verdict === undefined) return 'waiting'
  if (verdict.isOk === undefined) return 'missing'
  if (!verdict.isOk) return 'failed'
  return verdict.blame === undefined ? 'ok' : 'slow'
}

/** Who is to blame; of a path that is well what each of its hops adds. */
export function pathText(watch: PathWatch): string {
  const verdict = watch.verdict()
  if (verdict?.blame !== undefined) return blameText(verdict.blame)
  if (verdict?.isOk === false) return UNKNOWN_BLAME
  const added = (verdict?.hops ?? []).flatMap(({ hop }) => {
    const overhead = watch.overhead(hop)
    return overhead === undefined ? [] : [`${hop} ${addedText(overhead)}`]
  })
  return added.join(', ')
}

export const UNKNOWN_BLAME = 'nobody knows which hop: one has not told'

export function blameText(blame: Blame): string {
  if (blame.reason !== 'slow') return `${blame.hop}: ${blame.reason} in ${blame.phase}: ${blame.message}`
  const { seconds, usualSeconds } = blame.slow
  return `${blame.hop}: slow, adds ${signedText(seconds)}, ${signedText(usualSeconds)} before, more of it in ${blame.phase}`
}

/** The middle half of the values lies about so far around the median. */
export function addedText({ seconds, spreadSeconds }: Measured): string {
  return `${signedText(seconds)} ± ${durationText(spreadSeconds / 2)}`
}

function signedText(seconds: number): string {
  return `${seconds < 0 ? '−' : '+'}${durationText(Math.abs(seconds))}`
}
