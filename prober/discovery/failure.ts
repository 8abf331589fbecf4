/** Why a source could not be read. */
export const FAILURE_REASONS = [
  'expired',
  'file_invalid',
  'file_unreadable',
  'forbidden',
  'malformed',
  'not_found',
  'rejected',
  'server_error',
  'throttled',
  'timeout',
  'too_large',
  'unauthorized',
  'unreachable',
] as const
export type FailureReason = (typeof FAILURE_REASONS)[number]

export interface SourceFailure {
  readonly ok: false
  readonly reason: FailureReason
  /** What was found; what to do. No secret. */
  readonly message: string
  /** As the server asked for. */
  readonly retryAfterSeconds?: number
}

export function sourceFailure(reason: FailureReason, message: string): SourceFailure {
  return { ok: false, reason, message }
}
