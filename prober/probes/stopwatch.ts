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

type Ledger = Partial<Record<Phase, number>>

export function createStopwatch(): Stopwatch {
  const startedMs = performance.now()
  const total: Ledger = {}
  let hop: Ledger = {}
  let phase: Phase = 'prepare'
  let enteredMs = startedMs
  const enter = (next: Phase, atMs = performance.now()) => {
    const elapsedMs = Math.max(0, atMs - enteredMs)
    total[phase] = (total[phase] ?? 0) + elapsedMs
    hop[phase] = (hop[phase] ?? 0) + elapsedMs
    enteredMs += elapsedMs
    phase = next
  }
  return {
    enter,
    get phase() {
      return phase
    },
    secondsSinceStart: () => (performance.now() - startedMs) / 1000,
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
      const durationSeconds = (enteredMs - startedMs) / 1000
      return { durationSeconds, phases: withRemainder(inSeconds(total), durationSeconds) }
    },
  }
}

/** Rounding of the sums is put into `other`, so that the sum is exact to the last bits of a double. */
function withRemainder(phases: Ledger, durationSeconds: number): PhaseSeconds {
  let named = 0
  for (const phase in phases) if (phase !== 'other') named += phases[phase as Phase] ?? 0
  phases.other = Math.max(0, durationSeconds - named)
  return phases
}

function inSeconds(ledger: Ledger): Ledger {
  const seconds: Ledger = {}
  for (const phase in ledger) seconds[phase as Phase] = (ledger[phase as Phase] ?? 0) / 1000
  return seconds
}
