import type { Phase } from '../net/outcome.ts'
import type { PhaseSeconds } from './result.ts'

/** The part of a stopwatch that moves time from one phase to the next. */
export interface PhaseClock {
  /** What came before, up to `atMs` (`performance.now()`, default now), belongs to the phase before. Never runs back. */
  enter(phase: Phase, atMs?: number): void
}

/** Every moment of a probe belongs to exactly one phase, so that the phases add up to the duration. */
export interface Stopwatch extends PhaseClock {
  secondsSinceStart(): number
  /** From here on time is also counted for a hop of its own. */
  startHop(): void
  /** Of the hop since `startHop`, or since the start. */
  hop(): { readonly startSeconds: number; readonly phases: PhaseSeconds }
  finish(): { readonly durationSeconds: number; readonly phases: PhaseSeconds }
}

/**
 * Whole nanoseconds: no clock here is finer, sums are exact, and every digit more is a byte of every answer. Every phase
 * has its place from the start, undefined until it is reached: an object that grows is moved each time.
 */
type Ledger = Record<Phase, number | undefined>

function createLedger(): Ledger {
  return {
    prepare: undefined,
    token: undefined,
    resolve: undefined,
    setup: undefined,
    rtt: undefined,
    connect: undefined,
    proxy: undefined,
    tls: undefined,
    processing: undefined,
    transfer: undefined,
    dialogue: undefined,
    check: undefined,
    other: undefined,
  }
}

export function createStopwatch(): Stopwatch {
  const startedNs = nanoseconds(performance.now())
  const total = createLedger()
  /** What was in `total` when the hop began, and since when. */
  let before: Ledger | undefined
  let hopStartedNs = startedNs
  let phase: Phase = 'prepare'
  let enteredNs = startedNs
  const enter = (next: Phase, atMs = performance.now()) => {
    const elapsedNs = Math.max(0, nanoseconds(atMs) - enteredNs)
    total[phase] = (total[phase] ?? 0) + elapsedNs
    enteredNs += elapsedNs
    phase = next
  }
  return {
    enter,
    secondsSinceStart: () => (nanoseconds(performance.now()) - startedNs) / 1e9,
    startHop() {
      enter(phase)
      before = { ...total }
      hopStartedNs = enteredNs
    },
    hop() {
      enter(phase)
      return { startSeconds: (hopStartedNs - startedNs) / 1e9, phases: inSeconds(total, before) }
    },
    finish() {
      enter('other')
      total.other ??= 0
      return { durationSeconds: (enteredNs - startedNs) / 1e9, phases: inSeconds(total, undefined) }
    },
  }
}

function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6)
}

/** Only what was reached; of a hop, only what it added to. */
function inSeconds(ledger: Ledger, before: Ledger | undefined): PhaseSeconds {
  const seconds: Partial<Record<Phase, number>> = {}
  for (const phase in ledger) {
    const ns = ledger[phase as Phase]
    const beforeNs = before?.[phase as Phase]
    if (ns === undefined || ns === beforeNs) continue
    seconds[phase as Phase] = (ns - (beforeNs ?? 0)) / 1e9
  }
  return seconds
}
