/** What probes of every kind have in common: one deadline, one stopwatch, one log, and the part of the result they give. */
import { aborted, createDeadline, type Deadline } from '../net/deadline.ts'
import { type Failure, failure, type Outcome, type Phase } from '../net/outcome.ts'
import { createLog, type ProbeLog } from './log.ts'
import type { Network, ProbeRequest } from './probe.ts'
import { type Findings, noFindings } from './reach.ts'
import { PHASES_OF, type ResultBase } from './result.ts'
import { createStopwatch, type Stopwatch } from './stopwatch.ts'

/** What one probe works with while it runs. */
export interface Probing {
  readonly network: Network
  /** Fires at the deadline, or when whoever asked has left. */
  readonly signal: AbortSignal
  readonly watch: Stopwatch
  readonly log: ProbeLog
  /** Filled in on the way; what the result says of address, lookup and TLS. */
  readonly findings: Findings
}

/**
 * `shownTarget`: without its credentials. `ask` ends soon after the signal fires, whatever the target does; `complete`
 * adds what this kind found.
 */
export async function probed<Complete extends ResultBase>(
  request: ProbeRequest,
  shownTarget: string,
  network: Network,
  parent: AbortSignal,
  ask: (probing: Probing) => Promise<Outcome>,
  complete: (base: ResultBase) => Complete,
): Promise<Complete> {
  const startedAtSeconds = Date.now() / 1000
  const watch = createStopwatch()
  using deadline = createDeadline(request.timeoutSeconds, parent)
  const log = createLog(watch)
  const findings = noFindings()
  const probing: Probing = { network, signal: deadline.signal, watch, log, findings }
  let outcome: Outcome
  try {
    outcome = request.timeoutSeconds > 0 ? inTime(await ask(probing), deadline, checkPhase(request)) : withoutTime()
  } catch (bug) {
    // A fault of ours must not leave its sockets open: no deadline would end them.
    deadline.end(bug)
    throw bug
  }
  if (outcome.ok) log.info('Probe succeeded')
  else log.error('Probe failed', { phase: outcome.phase, reason: outcome.reason, error: outcome.message })
  const { durationSeconds, phases } = watch.finish()
  return complete({
    outcome,
    target: shownTarget,
    startedAtSeconds,
    durationSeconds,
    timeoutSeconds: request.timeoutSeconds,
    phases,
    address: findings.address,
    lookupSeconds: findings.lookupSeconds,
    tls: findings.tls,
    log: log.lines,
  })
}

/** The offset may take all that the scrape gives, as in blackbox_exporter. */
function withoutTime(): Failure {
  return failure(
    'prepare',
    'prepare_timeout',
    'No time was left for the probe: the scrape timeout less --timeout-offset leaves none; raise the first or lower the second',
  )
}

/** A check that holds the event loop holds the deadline's timer, too: a success that came too late is none. */
function inTime(outcome: Outcome, { signal, remainingSeconds }: Deadline, phase: Phase): Outcome {
  if (!outcome.ok || remainingSeconds() > 0) return outcome
  if (signal.aborted) return { ...aborted('check', signal), phase }
  return failure(
    phase,
    'check_timeout',
    'The deadline passed while the answer was being checked: the checks are costly',
  )
}

/** Where a kind counts its own work on the answer. */
function checkPhase({ module }: ProbeRequest): Phase {
  const phases: readonly Phase[] = PHASES_OF[module.prober]
  return phases.includes('check') ? 'check' : 'other'
}
