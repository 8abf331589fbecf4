/** What a step waited for and what came instead, for a person (#1528). */
import { aborted } from '../../net/deadline.ts'
import { type Failure, failure, type Reason } from '../../net/outcome.ts'
import { classifyTlsError } from '../../net/tls.ts'
import { excerpt, type SentLines } from './excerpt.ts'
import type { Inbox } from './inbox.ts'

export interface Heard {
  /** As `a line that matches "^220"`. */
  readonly wanted: string
  /** Lines of this step that were not it. */
  lines: number
  bytes: number
  last: Buffer | undefined
}

export function listeningFor(wanted: string): Heard {
  return { wanted, lines: 0, bytes: 0, last: undefined }
}

/** What the message needs beside what was heard. */
export interface Hearing {
  readonly inbox: Inbox
  readonly sent: SentLines
  readonly signal: AbortSignal
  /** Whether TLS had one to show: servers of TLS 1.3 refuse it, or its absence, only after the handshake. */
  readonly clientCertificate: boolean
}

export function missed(reason: Reason, found: string, heard: Heard, { inbox, sent }: Hearing): Failure {
  return failure('dialogue', reason, `waited for ${heard.wanted}: ${found}; ${cameText(heard, inbox.pending, sent)}`)
}

/** By the deadline, by whoever asked, or by the other side. */
export function brokenOff(heard: Heard, hearing: Hearing): Failure {
  const { signal, inbox, clientCertificate } = hearing
  if (signal.aborted) {
    const { reason } = aborted('dialogue', signal)
    return missed(reason, reason === 'cancelled' ? 'the probe was cancelled' : 'the deadline passed', heard, hearing)
  }
  const late = inbox.error === undefined ? undefined : classifyTlsError(inbox.error, clientCertificate)
  if (late !== undefined) return { ...late, message: `waited for ${heard.wanted}: ${late.message}` }
  return missed('dialogue_reset', 'the connection was reset', heard, hearing)
}

/** The other side closed: without having said anything that was complete, or after something else. */
export function saidAll(heard: Heard, hearing: Hearing): Failure {
  const reason = heard.lines === 0 ? 'dialogue_reset' : 'dialogue_mismatch'
  return missed(reason, 'the other side closed the connection', heard, hearing)
}

function cameText({ lines, last }: Heard, pending: Buffer, sent: SentLines): string {
  const told: string[] = []
  if (last !== undefined)
    told.push(`the ${lines === 1 ? 'only line' : `last of ${lines} lines`} was ${excerpt(last, sent)}`)
  if (pending.length > 0)
    told.push(`${last === undefined ? 'all that came is' : 'then came'} ${excerpt(pending, sent)}`)
  if (told.length === 0) return 'nothing came'
  return told.join(', ') + (isTlsRecord(last ?? pending) ? ': that is TLS, so set tls: true' : '')
}

/** RFC 8446 §5.1: a content type, alert or handshake, and a version 3.x. */
function isTlsRecord([type, major, minor]: Buffer): boolean {
  return (type === 0x15 || type === 0x16) && major === 3 && minor !== undefined && minor <= 4
}
