/** `query_response` in messages: of each step `expect` reads one message, `send` writes one, as text. */
import type { WebSocket } from 'ws'
import type { QueryStep, Regexp } from '../../config/schema.ts'
import { aborted } from '../../net/deadline.ts'
import { type Failure, failure, type Outcome } from '../../net/outcome.ts'
import type { ProbeLog } from '../log.ts'
import type { WebsocketFacts } from '../result.ts'
import { excerpt, type SentLines, sentLines } from '../stream/excerpt.ts'
import { MAX_MESSAGE_BYTES, type Opened } from './handshake.ts'
import type { Arrival } from './inbox.ts'

export type WebsocketFindings = { -readonly [Fact in keyof WebsocketFacts]: WebsocketFacts[Fact] }

interface Talk extends Opened {
  readonly log: ProbeLog
  readonly signal: AbortSignal
  sent: SentLines
}

/** Ends when the socket does; the caller destroys it. */
export async function converse(
  opened: Opened,
  steps: readonly QueryStep[],
  facts: WebsocketFindings,
  { log, signal }: Pick<Talk, 'log' | 'signal'>,
): Promise<Outcome> {
  const talk: Talk = { ...opened, log, signal, sent: [] }
  for (const [index, step] of steps.entries()) {
    const outcome = await perform(step, talk)
    if (outcome.ok) continue
    facts.failedStep = index + 1
    // As in blackbox_exporter also when nothing came that could have matched.
    facts.failedDueToRegex = true
    return { ...outcome, message: `Step ${index + 1} of query_response ${outcome.message}` }
  }
  return { ok: true }
}

async function perform({ expect, send }: QueryStep, talk: Talk): Promise<Outcome> {
  let text = send ?? ''
  if (expect !== undefined) {
    const arrival = await talk.inbox.next()
    if (arrival.kind !== 'message' || talk.signal.aborted) return missed(expect, arrival, talk)
    const shown = excerpt(arrival.bytes, talk.sent)
    talk.log.debug('Read message', { message: shown })
    const match = expect.match(arrival.bytes.toString('utf8'))
    if (match === undefined) {
      return waitedFor(expect, failure('dialogue', 'dialogue_mismatch', `the message that came is ${shown}`))
    }
    text = match.expand(text)
  }
  return text === '' ? { ok: true } : await sendMessage(text, talk)
}

/** The next message did not come. */
function missed(expect: Regexp, arrival: Arrival, { signal, sent }: Talk): Failure {
  if (signal.aborted) {
    const { reason } = aborted('dialogue', signal)
    const found = reason === 'cancelled' ? 'the probe was cancelled' : 'no message came until the deadline'
    return waitedFor(expect, failure('dialogue', reason, found))
  }
  if (arrival.kind === 'broken') return waitedFor(expect, brokenFailure(arrival.error))
  const code = arrival.kind === 'closed' ? arrival.code : ABNORMAL
  const reason = arrival.kind === 'closed' ? arrival.reason : ''
  return waitedFor(expect, failure('dialogue', 'dialogue_reset', `the server closed${closeText(code, reason, sent)}`))
}

function waitedFor({ source }: Regexp, failed: Failure): Failure {
  const shown = JSON.stringify(source.length > 100 ? `${source.slice(0, 100)}…` : source)
  return { ...failed, message: `waited for a message that matches ${shown}: ${failed.message}` }
}

/** RFC 6455 §7.4.1: set by the receiver, never sent. */
const NO_CODE = 1005
const ABNORMAL = 1006

function closeText(code: number, reason: string, sent: SentLines): string {
  if (code === ABNORMAL) return ' the connection without a word'
  const words = reason === '' ? '' : `, saying ${excerpt(Buffer.from(reason), sent)}`
  return code === NO_CODE ? ' without a code' : ` with code ${code}${words}`
}

/** What ws makes of frames that break the rules (RFC 6455 §5, its doc/ws.md "WS Error Codes"). */
function brokenFailure(error: NodeJS.ErrnoException): Failure {
  const { code = '', message } = error
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
    return failure('dialogue', 'dialogue_too_long', `a message is larger than ${MAX_MESSAGE_BYTES} bytes`)
  }
  if (code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') {
    return failure('dialogue', 'dialogue_too_long', 'a message comes in more pieces than anyone sends in earnest')
  }
  if (code.startsWith('WS_ERR_')) {
    const found = message.replace(/^Invalid WebSocket frame: /, '').slice(0, 100)
    return failure('dialogue', 'response_malformed', `the server broke the rules of WebSocket: ${found}`)
  }
  return failure('dialogue', 'dialogue_reset', 'the connection was reset')
}

/** Its text stands in no log and no message: it may be a password. */
async function sendMessage(text: string, talk: Talk): Promise<Outcome> {
  const { websocket, log, signal } = talk
  log.debug('Sending message', { bytes: Buffer.byteLength(text) })
  talk.sent = [...talk.sent, ...sentLines(text)]
  const error = await sending(websocket, text)
  if (error === undefined) return { ok: true }
  if (!signal.aborted) {
    return failure('dialogue', 'dialogue_reset', 'could not send its message: the server has closed the connection')
  }
  const { reason, message } = aborted('dialogue', signal)
  return failure('dialogue', reason, `could not send its message, the server does not read: ${message}`)
}

function sending(websocket: WebSocket, text: string): Promise<Error | undefined> {
  return new Promise((resolve) => websocket.send(text, (error) => resolve(error ?? undefined)))
}
