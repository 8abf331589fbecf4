import { PHASES } from '../../net/outcome.ts'
import type { Result } from '../../probes/result.ts'
import { type Html, html } from './html.ts'
import { durationText } from './words.ts'

const WIDTH = 200
const HEIGHT = 12

/** One segment per phase, as wide as its share; colours come from the style sheet's `phase-…`. */
export function phaseBar({ phases, durationSeconds }: Pick<Result, 'phases' | 'durationSeconds'>): Html {
  let before = 0
  const segments = PHASES.flatMap((phase) => {
    const seconds = phases[phase] ?? 0
    if (seconds <= 0 || durationSeconds <= 0) return []
    const [x, width] = [before, seconds].map((value) => Math.round((value / durationSeconds) * WIDTH * 100) / 100)
    before += seconds
    return html`<rect class="phase-${phase}" x="${x ?? 0}" y="0" width="${width ?? 0}" height="${HEIGHT}"><title>${phase} ${durationText(seconds)}</title></rect>`
  })
  const words = PHASES.flatMap((phase) =>
    (phases[phase] ?? 0) > 0 ? `${phase} ${durationText(phases[phase] ?? 0)}` : [],
  )
  return html`<svg class="bar" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${words.join(', ')}">${segments}</svg>`
}

export function phaseLegend(results: readonly Result[]): Html {
  const seen = PHASES.filter((phase) => results.some(({ phases }) => (phases[phase] ?? 0) > 0))
  if (seen.length === 0) return html``
  const items = seen.map(
    (phase) =>
      html`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="phase-${phase}" width="10" height="10"/></svg>${phase}</li>`,
  )
  return html`<ul class="legend">${items}</ul>`
}
