import type { Phase } from '../net/outcome.ts'
import type { PhaseSeconds } from './result.ts'

/** The part of a stopwatch that moves time from one phase to the next. */
export interface PhaseClock {
  /** What came before, up to `atMs` (`performance.now()`, default now), belongs to the phase before. Never runs back. */
  enter(phase: Phase, atMs?: number): void
}

/** Every moment of a probe belongs to exactly one phase, so that the phases add up to the duration. */
export interface Stopwatch extends PhaseClock {
  readonly phase: Phase
  secondsSinceStart(): number
  /** From here on time is also counted for a hop of its own. */
  startHop(): void
  /** Of the hop since `startHop`. */
  hopPhases(): PhaseSeconds
  finish(): { readonly durationSeconds: number; readonly phases: PhaseSeconds }
}

/** Whole nanoseconds: no clock here is finer, sums are exact, and every digit more is a byte of every answer. */
type Ledger = Partial<Record<Phase, number>>

export function createStopwatch(): Stopwatch {
  const startedNs = nanoseconds(performance.now())
  const total: Ledger = {}
  let hop: Ledger = {}
  let phase: Phase = 'prepare'
  let enteredNs = startedNs
  const enter = (next: Phase, atMs = performance.now()) => {
    const elapsedNs = Math.max(0, nanoseconds(atMs) - enteredNs)
    total[phase] = (total[phase] ?? 0) + elapsedNs
    hop[phase] = (hop[phase] ?? 0) + elapsedNs
    enteredNs += elapsedNs
    phase = next
  }
  return {
    enter,
    get phase() {
      return phase
    },
    secondsSinceStart: () => (nanoseconds(performance.now()) - startedNs) / 1e9,
    startHop() {
      enter(phase)
      hop = {}
    },
    hopPhases() {
      enter(phase)
      return inSeconds(hop)
    },
    finish() {
      enter('other')
      return {
        durationSeconds: (enteredNs - startedNs) / 1e9,
        phases: inSeconds({ ...total, other: total.other ?? 0 }),
      }
    },
  }
}

function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6)
}

function inSeconds(ledger: Ledger): PhaseSeconds {
  const seconds: Ledger = {}
  for (const phase in ledger) seconds[phase as Phase] = (ledger[phase as Phase] ?? 0) / 1e9
  return seconds
}
