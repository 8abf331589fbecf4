import { createHash } from 'node:crypto'
import type { Target } from '../../config/schema.ts'
import type { TlsFacts } from '../../net/tls.ts'
import type { Outcome, Result } from '../../probes/result.ts'
import type { Entry } from '../../sinks/history.ts'
import type { PathRow } from '../../metrics/path-table.ts'
import { answerWord, healthyText } from '../facts.ts'
import { type Html, html } from './html.ts'
import { pathTables } from './path-table.ts'
import { phaseBar, phaseLegend } from './phase-bar.ts'
import { STYLE } from './style.ts'
import { durationText, spanText } from './words.ts'

export interface TargetRow {
  readonly target: Target
  /** undefined: it has not run. */
  readonly result: Result | undefined
  /** Since the result; by a clock that setting the machine's does not move. */
  readonly ageSeconds: number
}

export interface Status {
  readonly version: string
  readonly nowSeconds: number
  readonly isReloaded: boolean
  /** Why `/-/ready` answers 503; undefined: it does not. */
  readonly unready: string | undefined
  readonly targets: readonly TargetRow[]
  readonly paths: readonly PathRow[]
  /** Newest first. */
  readonly recent: readonly Entry[]
  readonly modules: readonly string[]
  /** Whoever reads closely or types into the form wants the page to stand still. */
  readonly isPaused: boolean
}

const REFRESH_SECONDS = 10

/** Nothing may run or load but the one style sheet, so that a target's name that slipped through could do nothing. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const

export function statusPage(status: Status): string {
  const { targets, recent, nowSeconds, version } = status
  const results = [...targets.flatMap(({ result }) => result ?? []), ...recent.map(({ result }) => result)]
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title(status)}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">${status.isPaused ? html`` : REFRESH}
<style>${{ html: STYLE }}</style></head><body>
<header><h1>Sonde</h1><p>${summary(status)}</p>
<nav><a href="metrics">Metrics</a><a href="config">Configuration</a><a href="-/healthy">Health</a></nav></header>
<main>${status.isReloaded ? html`` : RELOAD_WARNING}${unreadyWarning(status)}
${status.paths.length === 0 ? html`` : html`<h2>Paths</h2>${pathTables(status.paths)}`}
<h2>Scheduled targets</h2>${targets.length === 0 ? NO_TARGETS : targetTable(status)}
${phaseLegend(results)}
<h2>Recent probes</h2>${recent.length === 0 ? NO_PROBES : recentTable(recent, nowSeconds)}
<h2>Probe now</h2>${probeForm(status.modules)}
</main><footer>Sonde ${version}, ${new Date(nowSeconds * 1000).toISOString().slice(0, 19)}Z; ${status.isPaused ? PAUSED : RUNNING}</footer>
</body></html>
`
  return page.html
}

const REFRESH = html`<meta http-equiv="refresh" content="${REFRESH_SECONDS}">`
const RUNNING = html`refreshes every ${REFRESH_SECONDS} seconds: <a href="?refresh=off">pause</a>`
const PAUSED = html`paused: <a href="./">refresh every ${REFRESH_SECONDS} seconds</a>`
const RELOAD_WARNING = html`<p class="warn">The last reload failed; the configuration before it keeps running. The log says what is wrong; <code>sonde check FILE</code> does, too.</p>`
const NO_TARGETS = html`<p class="empty">None. Sonde runs what stands under <code>targets:</code> in its configuration by itself; Prometheus may ask for others at <code>/probe</code>.</p>`
const NO_PROBES = html`<p class="empty">None yet. Ask for one below, or let Prometheus do it: <code>/probe?target=https://example.com/&amp;module=http_2xx</code></p>`

function unreadyWarning({ unready }: Status): Html {
  return unready === undefined ? html`` : html`<p class="warn">${unready}.</p>`
}

function title({ targets }: Status): string {
  const failed = targets.filter(({ result }) => result?.outcome.ok === false).length
  return failed === 0 ? 'Sonde' : `${failed} failed · Sonde`
}

function summary({ targets }: Status): string {
  const count = (state: State) => targets.filter(({ result }) => stateOf(result?.outcome) === state).length
  const parts = (['failed', 'ok', 'waiting'] as const).flatMap((state) =>
    count(state) > 0 ? `${count(state)} ${state}` : [],
  )
  return parts.join(', ')
}

type State = 'ok' | 'failed' | 'waiting'

function stateOf(outcome: Outcome | undefined): State {
  if (outcome === undefined) return 'waiting'
  return outcome.ok ? 'ok' : 'failed'
}

function stateCell(result: Result | undefined): Html {
  const state = stateOf(result?.outcome)
  const why = result === undefined ? html`` : whatWasSaid(result)
  return html`<td data-label="State"><div><span class="state ${state}">${state}</span>${why}</div></td>`
}

/** The reason of a failure, the answer's word of a success; of many addresses, how many are well. */
function whatWasSaid(result: Result): Html {
  const { outcome, addresses } = result
  const word = outcome.ok ? answerWord(result) : outcome.reason
  return html`${word === '' ? html`` : html` <code>${word}</code>`}${outcome.ok ? html`` : html`<small>${outcome.message}</small>`}${
    addresses === undefined ? html`` : html`<small>${healthyText(addresses)}</small>`
  }`
}

function targetTable({ targets, nowSeconds }: Status): Html {
  return html`<table><thead><tr><th>Target</th><th>State</th><th>Duration</th><th class="phases">Where the time went</th><th>Certificate</th><th>Last run</th></tr></thead><tbody>
${targets.map((row) => targetRow(row, nowSeconds))}</tbody></table>`
}

function targetRow({ target, result, ageSeconds }: TargetRow, nowSeconds: number): Html {
  const name =
    result === undefined
      ? html`${target.name}`
      : html`<a href="logs?instance=${encodeURIComponent(target.name.toWellFormed())}">${target.name}</a>`
  return html`<tr><td data-label="Target"><div>${name}${addressLine(target, result)}</div></td>${stateCell(result)}
${resultCells(result)}${certificateCell(result?.tls, nowSeconds)}${lastRunCell(result, target.intervalSeconds, ageSeconds)}</tr>
`
}

/** The address of the configuration may hold credentials; the result's has them masked. */
function addressLine({ name, module }: Target, result: Result | undefined): Html {
  const address = result === undefined || result.target === name ? '' : `${result.target} · `
  return html`<small>${address}${module}${question(result)}</small>`
}

/** Which name a name server was asked for says more than the server. */
function question(result: Result | undefined): string {
  return result?.prober === 'dns' ? ` · ${result.dns.queryName} ${result.dns.queryType}` : ''
}

function resultCells(result: Result | undefined): Html {
  if (result === undefined) return html`<td class="none"></td><td class="none"></td>`
  return html`<td data-label="Duration" class="number">${durationText(result.durationSeconds)}</td><td data-label="Phases" class="phases">${phaseBar(result)}</td>`
}

function certificateCell(tls: TlsFacts | undefined, nowSeconds: number): Html {
  if (tls === undefined) return html`<td class="none"></td>`
  return html`<td data-label="Certificate"><div>${certificate(tls, nowSeconds)}</div></td>`
}

function certificate({ peerChain, verification }: TlsFacts, nowSeconds: number): Html {
  const verdict = verification.ok ? html`` : html`<small class="late">not verified</small>`
  if (peerChain.length === 0) return verdict
  const leftSeconds = Math.min(...peerChain.map(({ notAfterSeconds }) => notAfterSeconds)) - nowSeconds
  const left =
    leftSeconds < 0
      ? html`<span class="late">expired ${spanText(-leftSeconds)} ago</span>`
      : html`${spanText(leftSeconds)} left`
  return html`${left}${verdict}`
}

/** Three intervals without a run deserve a look. */
function lastRunCell(result: Result | undefined, intervalSeconds: number, ageSeconds: number): Html {
  if (result === undefined)
    return html`<td data-label="Last run" class="dim">first one within ${spanText(intervalSeconds)}</td>`
  const late = ageSeconds > 3 * intervalSeconds ? 'late' : ''
  return html`<td data-label="Last run" class="number"><div><span class="${late}">${spanText(ageSeconds)} ago</span><small>every ${spanText(intervalSeconds)}</small></div></td>`
}

function recentTable(recent: readonly Entry[], nowSeconds: number): Html {
  return html`<table><thead><tr><th>Target</th><th>State</th><th>Duration</th><th class="phases">Where the time went</th><th>When</th></tr></thead><tbody>
${recent.map(
  ({
    id,
    module,
    result,
  }) => html`<tr><td data-label="Target"><div><a href="logs?id=${id}">${result.target}</a><small>${module}${question(result)}</small></div></td>${stateCell(result)}
${resultCells(result)}<td data-label="When" class="number">${spanText(nowSeconds - result.startedAtSeconds)} ago</td></tr>
`,
)}</tbody></table>`
}

function probeForm(modules: readonly string[]): Html {
  const options = modules.map((name) => html`<option>${name}</option>`)
  return html`<form action="probe" method="get"><input type="text" name="target" aria-label="Target" placeholder="https://example.com/" required><select name="module" aria-label="Module">${options}</select><input type="hidden" name="debug" value="true"><button>Probe</button></form>`
}
