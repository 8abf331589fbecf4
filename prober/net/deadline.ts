// PROVISIONAL signatures
import type { Failure, Phase } from './outcome.ts'

/** One per probe: a signal that fires at the deadline or when the parent does. Dispose it when the probe ends. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  /** Above 0 until the deadline. */
  remainingSeconds(): number
}
export declare function createDeadline(timeoutSeconds: number, parent?: AbortSignal): Deadline

/** What an aborted signal means in this phase: `connect_timeout`, `tls_timeout`, … or `cancelled` when the parent fired. */
export declare function aborted(phase: Phase, signal: AbortSignal): Failure
