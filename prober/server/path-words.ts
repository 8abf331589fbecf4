/** What is said of paths, on the page and in the terminal alike. May hold what a target chose. Pure. */
import type { Measured } from '../paths/quantile.ts'
import type { Blame } from '../paths/verdict.ts'
import { durationText } from './web/words.ts'

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
