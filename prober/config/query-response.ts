import type { Regexp } from './go-regexp.ts'

/** One step of `query_response`; what it has is done in this order: expect, expectBytes, send, starttls. */
export interface QueryStep {
  /** Lines are read until one matches. */
  readonly expect: Regexp | undefined
  /** So many bytes are read, and must be these. */
  readonly expectBytes: string | undefined
  /** Shown by `probe_expect_info` when `expect` matched; `${1}` in a value is what the group matched. */
  readonly labels: readonly { readonly name: string; readonly value: string }[]
  /** `${1}` and `$name` are what `expect` matched; a line feed is added. undefined: nothing is sent. */
  readonly send: string | undefined
  readonly startTls: boolean
}
