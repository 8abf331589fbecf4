/** Paths on the status page: of each its verdict, and its hops from the outermost to the innermost. */
import type { Phase } from '../../net/outcome.ts'
import type { Overhead } from '../../paths/share.ts'
import type { HopFinding, Verdict } from '../../paths/verdict.ts'
import type { PathRow } from '../../metrics/path-table.ts'
import { addedText, blameText, type PathState, pathState, UNKNOWN_BLAME } from '../path-words.ts'
import { type Html, html } from './html.ts'
import { phaseBar } from './phase-bar.ts'

export function pathTables(paths: readonly PathRow[]): Html {
  return html`${paths.map(pathTable)}`
}

function pathTable({ path, watch }: PathRow): Html {
  const verdict = watch.verdict()
  const findings = verdict?.hops ?? path.hops.map(({ hop }) => ({ hop: hop.name, outcome: undefined }))
  const rows = findings.map((finding, index) => {
    const instance = path.hops[index]?.name ?? ''
    return hopRow(finding, instance, verdict, watch.overhead(finding.hop))
  })
  return html`<table class="path"><caption>${badge(pathState(verdict))} <b>${path.name}</b> ${blameLine(verdict)}</caption>
<thead><tr><th>Hop</th><th>State</th><th>Adds</th><th class="phases">Where it adds</th></tr></thead><tbody>
${rows}</tbody></table>`
}

const COLOURS: Readonly<Record<PathState, 'ok' | 'failed' | 'waiting'>> = {
  ok: 'ok',
  failed: 'failed',
  slow: 'failed',
  missing: 'waiting',
  waiting: 'waiting',
}

function badge(state: PathState): Html {
  return html`<span class="state ${COLOURS[state]}">${state}</span>`
}

function blameLine(verdict: Verdict | undefined): Html {
  if (verdict?.blame !== undefined) return html`<span class="late">${blameText(verdict.blame)}</span>`
  return verdict?.isOk === false ? html`${UNKNOWN_BLAME}` : html``
}

function hopRow(
  { hop, outcome }: HopFinding,
  instance: string,
  verdict: Verdict | undefined,
  overhead?: Overhead,
): Html {
  const isSlow = verdict?.blame?.hop === hop && verdict.blame.reason === 'slow'
  const state = outcome === undefined ? (verdict === undefined ? 'waiting' : 'missing') : outcome.ok ? 'ok' : 'failed'
  const reason = outcome?.ok === false ? html` <code>${outcome.reason}</code>` : html``
  const link = html`<a href="logs?instance=${encodeURIComponent(instance.toWellFormed())}">${hop}</a>`
  return html`<tr><td data-label="Hop"><div>${link}</div></td><td data-label="State"><div>${badge(isSlow ? 'slow' : state)}${reason}</div></td>
${addedCells(overhead)}</tr>
`
}

function addedCells(overhead: Overhead | undefined): Html {
  if (overhead === undefined) return html`<td class="none"></td><td class="none"></td>`
  const beats = `of the last ${overhead.beats === 1 ? 'beat' : `${overhead.beats} beats`}`
  return html`<td data-label="Adds" class="number"><div>${addedText(overhead)}<small>median ${beats}</small></div></td><td data-label="Phases" class="phases">${phaseBar(added(overhead))}</td>`
}

/** What is added only: a phase that the hop spares its path cannot be drawn. */
function added({ phases }: Overhead) {
  const seconds = [...phases].flatMap(([phase, { seconds }]): [Phase, number][] =>
    seconds > 0 ? [[phase, seconds]] : [],
  )
  return {
    phases: Object.fromEntries(seconds),
    durationSeconds: seconds.reduce((sum, [, each]) => sum + each, 0),
  }
}
