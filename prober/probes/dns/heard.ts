import type { Failure, Phase } from '../../net/outcome.ts'
import { failure } from '../../net/outcome.ts'
import type { DnsReply, ReadReply } from '../../wire/dns-reply.ts'

/** An answer to our question. */
export interface Heard {
  readonly ok: true
  /** undefined: truncated in the middle of a record. */
  readonly reply: DnsReply | undefined
  /** `performance.now()` of its last byte. */
  readonly atMs: number
}

/** Of a connection that carries our question alone: what is no answer to it is a fault. */
export function heardAlone(read: ReadReply, atMs: number, phase: Phase): Heard | Failure {
  switch (read.kind) {
    case 'reply':
      return { ok: true, reply: read.reply, atMs }
    case 'cut':
      return { ok: true, reply: undefined, atMs }
    case 'foreign':
      return failure(phase, 'response_malformed', `The server sent what is no answer to the question: ${read.found}`)
    case 'malformed':
      return unreadable(phase, read.found)
  }
}

export function unreadable(phase: Phase, found: string): Failure {
  return failure(phase, 'response_malformed', `The answer cannot be read: it holds ${found}`)
}
