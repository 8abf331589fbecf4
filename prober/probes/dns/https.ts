/** DNS over HTTPS, RFC 8484: one POST over a connection of our own, HTTP/2 when the server has it. */
import type { Socket } from 'node:net'
import { type Failure, failure } from '../../net/outcome.ts'
import { readReply } from '../../wire/dns-reply.ts'
import type { ResponseHead } from '../../wire/http-response.ts'
import { exchange, type OutgoingRequest, type Receiver } from '../http/exchange.ts'
import type { PhaseClock } from '../stopwatch.ts'
import { type Heard, heardAlone } from './heard.ts'
import type { Question } from './question.ts'
import { authorityOf, type DnsTarget } from './target.ts'

const MEDIA_TYPE = 'application/dns-message'
/** RFC 8484 §6. */
const MOST_BYTES = 65_535

export interface HttpsWay {
  readonly socket: Socket
  readonly target: DnsTarget
  readonly clientCertificate: boolean
  readonly userAgent: string
}

export async function askHttps(
  question: Question,
  { socket, target, clientCertificate, userAgent }: HttpsWay,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<Heard | Failure> {
  // RFC 8484 §4.1: an ID of 0, which also says nothing of the asker.
  const query = question.encode(0)
  const body = createBody()
  const request = post(target, query, userAgent)
  const exchanged = await exchange({ socket, clientCertificate }, request, body.receiver, clock, signal)
  if (!exchanged.ok) return exchanged
  const wrong = unfitHead(exchanged.head)
  if (wrong !== undefined) return wrong
  return heardAlone(readReply(body.bytes(), query), exchanged.atMs, 'transfer')
}

function post(target: DnsTarget, query: Buffer, userAgent: string): OutgoingRequest {
  const host = ['host', authorityOf(target), 'user-agent', userAgent]
  const headers = [...host, 'accept', MEDIA_TYPE, 'content-type', MEDIA_TYPE]
  return { method: 'POST', path: target.path, headers, body: query, upgrade: undefined }
}

function createBody(): { readonly receiver: Receiver; bytes(): Buffer } {
  const chunks: Buffer[] = []
  let size = 0
  let tell: (found: Failure) => void = () => undefined
  const receiver: Receiver = {
    onHead(head, flow) {
      tell = (found) => flow.fail(found)
      return unfitHead(head) === undefined
    },
    onData(chunk) {
      size += chunk.length
      if (size > MOST_BYTES) tell(failure('transfer', 'body_too_large', `The answer is over ${MOST_BYTES} bytes`))
      else chunks.push(chunk)
      return true
    },
  }
  return { receiver, bytes: () => Buffer.concat(chunks) }
}

function unfitHead({ statusCode, headers }: ResponseHead): Failure | undefined {
  if (statusCode < 200 || statusCode > 299) {
    const hint = statusCode === 404 ? ': is this the path of its DNS?' : ''
    return failure('transfer', 'http_status', `The status code is ${statusCode}, none of 200 to 299${hint}`)
  }
  const found = headers['content-type']
  const type = typeof found === 'string' ? found : ''
  if (/^application\/dns-message\s*(;|$)/i.test(type)) return undefined
  const shown = type === '' ? 'has no content-type' : `is ${JSON.stringify(type.slice(0, 100))}`
  return failure('transfer', 'response_malformed', `The answer ${shown}, and must be ${MEDIA_TYPE}`)
}
