/** `query_response` over a socket that stands: expect, expect_bytes, send, starttls, in this order in each step. */
import type { Socket } from 'node:net'
import type { QueryStep, Regexp } from '../../config/schema.ts'
import { aborted } from '../../net/deadline.ts'
import { type Failure, failure, type Outcome } from '../../net/outcome.ts'
import { readLine } from '../../wire/line.ts'
import type { ProbeLog } from '../log.ts'
import type { Reached } from '../reach.ts'
import { excerpt, sentLines } from './excerpt.ts'
import { brokenOff, type Heard, type Hearing, listeningFor, missed, saidAll } from './heard.ts'
import { createInbox, type Inbox } from './inbox.ts'

/** What is learnt on the way. */
export interface DialogueFacts {
  failedDueToRegex: boolean
  failedDueToBytes: boolean
  expectInfo: Readonly<Record<string, string>> | undefined
  failedStep: number | undefined
}

export interface DialogueParts {
  readonly log: ProbeLog
  readonly signal: AbortSignal
  readonly clientCertificate: boolean
  /** TLS over this socket, which it then stands for. */
  readonly secure: (socket: Socket) => Promise<Reached | Failure>
}

interface Talk extends DialogueParts, Hearing {
  socket: Socket
  inbox: Inbox
  sent: readonly string[]
  readonly facts: DialogueFacts
  linesLogged: number
}

/** The socket, and every one of TLS over it, is the caller's to destroy. */
export async function converse(
  socket: Socket,
  steps: readonly QueryStep[],
  facts: DialogueFacts,
  parts: DialogueParts,
): Promise<Outcome> {
  const talk: Talk = { ...parts, socket, inbox: openInbox(socket), facts, sent: [], linesLogged: 0 }
  for (const [index, step] of steps.entries()) {
    talk.log.debug('Processing query response entry', { entry_number: index })
    const outcome = await perform(step, talk)
    if (outcome.ok) continue
    facts.failedStep = index + 1
    return { ...outcome, message: `Step ${index + 1} of query_response ${outcome.message}` }
  }
  return { ok: true }
}

/** A server that has said all may still listen: what we send then is no error, as in Go. */
function openInbox(socket: Socket): Inbox {
  socket.allowHalfOpen = true
  return createInbox(socket)
}

async function perform({ expect, expectBytes, labels, send, startTls }: QueryStep, talk: Talk): Promise<Outcome> {
  let line = send
  if (expect !== undefined) {
    const matched = await expectLine(expect, talk)
    if (!matched.ok) return matched
    line = send === undefined ? undefined : matched.expand(send)
    for (const { name, value } of labels) {
      talk.facts.expectInfo = { ...talk.facts.expectInfo, [name]: matched.expand(value) }
    }
  }
  if (expectBytes !== undefined) {
    const same = await expectSame(Buffer.from(expectBytes, 'utf8'), talk)
    if (!same.ok) return same
  }
  if (line !== undefined && line !== '') {
    const said = await sendLine(line, talk)
    if (!said.ok) return said
  }
  return startTls ? await goOnOverTls(talk) : { ok: true }
}

interface Matched {
  readonly ok: true
  readonly expand: (template: string) => string
}

/** What none of so much matched, nothing will: a flood, while others wait for their turn. */
const MOST_LINES = 100_000
const MOST_BYTES = 10 * 1024 * 1024
const LINES_PER_TURN = 256

async function expectLine(expect: Regexp, talk: Talk): Promise<Matched | Failure> {
  const { inbox } = talk
  const heard = listeningFor(`a line that matches ${expressionText(expect)}`)
  for (;;) {
    const parsed = readLine(inbox.pending, inbox.ended)
    if (parsed.state === 'malformed') return missed('dialogue_too_long', `there is ${parsed.found}`, heard, talk)
    if (parsed.state === 'more') {
      const failed = await nothingMore(heard, talk)
      if (failed === undefined) continue
      return failed
    }
    inbox.take(parsed.bytes)
    logLine(parsed.value, talk)
    const match = expect.match(parsed.value.toString('utf8'))
    if (match !== undefined) return { ok: true, expand: match.expand }
    noteLine(parsed.value, parsed.bytes, heard)
    if (heard.lines >= MOST_LINES || heard.bytes > MOST_BYTES) {
      return missed('dialogue_too_long', `none of the first ${heard.lines} lines does`, heard, talk)
    }
    if (heard.lines % LINES_PER_TURN === 0) await new Promise(setImmediate)
  }
}

/** undefined: something came. blackbox_exporter blames the expression only where the other side has said all. */
async function nothingMore(heard: Heard, talk: Talk): Promise<Failure | undefined> {
  const arrival = await talk.inbox.more()
  if (arrival === 'bytes' || (arrival === 'ended' && talk.inbox.pending.length > 0)) return undefined
  if (arrival === 'broken') return brokenOff(heard, talk)
  talk.facts.failedDueToRegex = true
  return saidAll(heard, talk)
}

function noteLine(line: Buffer, bytes: number, heard: Heard): void {
  heard.last = line
  heard.lines += 1
  heard.bytes += bytes
}

/** The log is kept with the result, in hundreds. */
const MOST_LINES_LOGGED = 50

function logLine(line: Buffer, talk: Talk): void {
  talk.linesLogged += 1
  if (talk.linesLogged <= MOST_LINES_LOGGED) talk.log.debug('Read line', { line: excerpt(line, talk.sent) })
  if (talk.linesLogged === MOST_LINES_LOGGED) talk.log.debug('Further lines are not logged')
}

/** Exactly so many, however they were cut into packets; what cannot become them any more is not waited for. */
async function expectSame(expected: Buffer, talk: Talk): Promise<Outcome> {
  const { inbox, facts } = talk
  const heard = listeningFor(`the bytes ${excerpt(expected, [])}`)
  for (;;) {
    const came = inbox.pending.subarray(0, expected.length)
    if (!came.equals(expected.subarray(0, came.length))) {
      facts.failedDueToBytes = true
      return missed('dialogue_mismatch', 'other ones came', heard, talk)
    }
    if (came.length === expected.length) break
    const arrival = await inbox.more()
    if (arrival === 'broken') return brokenOff(heard, talk)
    if (arrival === 'ended') return saidAll(heard, talk)
  }
  inbox.take(expected.length)
  talk.log.debug('Bytes matched', { bytes: expected.length })
  return { ok: true }
}

/** Its text stands in no log and no message: it may be a password. */
async function sendLine(text: string, talk: Talk): Promise<Outcome> {
  const { socket, log, signal } = talk
  const line = `${text}\n`
  log.debug('Sending line', { bytes: Buffer.byteLength(line) })
  talk.sent = [...talk.sent, ...sentLines(text)]
  const error = await new Promise<Error | null | undefined>((resolve) => socket.write(line, 'utf8', resolve))
  if (error === undefined || error === null) return { ok: true }
  if (signal.aborted) {
    const { reason, message } = aborted('dialogue', signal)
    return failure('dialogue', reason, `could not send its line, the other side does not read: ${message}`)
  }
  return failure('dialogue', 'dialogue_reset', 'could not send its line: the other side has closed the connection')
}

async function goOnOverTls(talk: Talk): Promise<Outcome> {
  // What came in the clear must not be read as if it had come over TLS (CVE-2011-0411).
  const droppedBytes = talk.inbox.close()
  if (droppedBytes > 0) talk.log.debug('Dropping what came before TLS', { bytes: droppedBytes })
  const secured = await talk.secure(talk.socket)
  if (!secured.ok) return { ...secured, message: `could not start TLS: ${secured.message}` }
  talk.socket = secured.socket
  talk.inbox = openInbox(secured.socket)
  return { ok: true }
}

const CHARACTERS_SHOWN = 100

function expressionText({ source }: Regexp): string {
  return JSON.stringify(source.length > CHARACTERS_SHOWN ? `${source.slice(0, CHARACTERS_SHOWN)}…` : source)
}
