import type { DnsModule, DnsTransport } from '../../config/schema.ts'
import { type Failure, failure, type Outcome } from '../../net/outcome.ts'
import type { Address } from '../../net/resolve.ts'
import type { TlsContext } from '../../net/tls.ts'
import type { DnsReply } from '../../wire/dns-reply.ts'
import { rcodeName } from '../../wire/dns-types.ts'
import type { Network, ProbeRequest } from '../probe.ts'
import { type Probing, probed } from '../probing.ts'
import { dial, lookUp, type Reached, type ReachParts, secure } from '../reach.ts'
import type { DnsFacts, DnsResult } from '../result.ts'
import { checkReply } from './checks.ts'
import type { Heard } from './heard.ts'
import { askHttps } from './https.ts'
import { type Question, questionOf, type Wanted, wantedOf } from './question.ts'
import { askStream } from './stream.ts'
import { type DnsTarget, parseDnsTarget, shownDnsTarget } from './target.ts'
import { askUdp, PLAIN_UDP_BYTES } from './udp.ts'

/** What one probe keeps while it runs. */
interface Run {
  readonly ok: true
  readonly probing: Probing
  readonly parts: ReachParts
  readonly module: DnsModule
  readonly target: DnsTarget
  readonly question: Question
  readonly tls: TlsContext | undefined
  readonly address: Address
}

/** What is known of the answer. */
interface Learnt {
  transport: DnsTransport | undefined
  reply: DnsReply | undefined
}

export function probeDns(
  request: ProbeRequest,
  module: DnsModule,
  network: Network,
  parent: AbortSignal,
): Promise<DnsResult> {
  const wanted = wantedOf(module, request.question)
  const learnt: Learnt = { transport: undefined, reply: undefined }
  return probed(
    request,
    shownDnsTarget(request.target),
    network,
    parent,
    (probing) => probe(request, module, wanted, probing, learnt),
    (base) => ({ ...base, prober: 'dns', dns: factsOf(wanted, learnt) }),
  )
}

async function probe(
  request: ProbeRequest,
  module: DnsModule,
  wanted: Wanted,
  probing: Probing,
  learnt: Learnt,
): Promise<Outcome> {
  const run = await prepare(request, module, wanted, probing)
  if (!run.ok) return run
  const heard = await ask(run, learnt)
  if (!heard.ok) return heard
  probing.watch.enter('check', heard.atMs)
  const { reply } = heard
  if (reply === undefined) return truncated(learnt, module)
  learnt.reply = reply
  logReply(reply, probing)
  return checkReply(reply, module) ?? { ok: true }
}

/** Everything that can be told before the first packet leaves, then the address. */
async function prepare(
  request: ProbeRequest,
  module: DnsModule,
  wanted: Wanted,
  probing: Probing,
): Promise<Run | Failure> {
  const { network, signal, watch, log, findings } = probing
  const question = questionOf(wanted, module)
  if (!question.ok) return question
  const target = parseDnsTarget(request.target, module)
  if (!target.ok) return target
  const { transport } = module
  const isSecure = transport === 'tls' || transport === 'https'
  const tls = isSecure ? await network.tlsContexts(module.tls, signal) : undefined
  if (tls !== undefined && !tls.ok) return tls
  const parts: ReachParts = { network, clock: watch, signal }
  const found = await lookUp(target.host, module.ip, findings, parts)
  if (!found.ok) return found
  const { address } = found
  log.debug('Making DNS query', {
    address: address.ip,
    port: target.port,
    transport,
    query: shownName(wanted.name),
    type: wanted.type,
  })
  return { ok: true, probing, parts, module, target, question, tls: tls?.context, address }
}

async function ask(run: Run, learnt: Learnt): Promise<Heard | Failure> {
  const { module, probing } = run
  learnt.transport = module.transport
  if (module.transport !== 'udp') return await askConnected(run, module.transport)
  const heard = await askByDatagram(run)
  const isCut = heard.ok && (heard.reply === undefined || heard.reply.truncated)
  if (!isCut || !module.retryTruncatedOverTcp) return heard
  probing.watch.enter('connect', heard.atMs)
  probing.log.debug('The answer is truncated; asking again over TCP')
  learnt.transport = 'tcp'
  return await askConnected(run, 'tcp')
}

function askByDatagram({ module, question, address, target, parts }: Run): Promise<Heard | Failure> {
  const mostBytes = Math.max(PLAIN_UDP_BYTES, module.edns?.udpPayloadBytes ?? 0)
  const way = { address, port: target.port, sourceIp: module.sourceIp, mostBytes }
  return askUdp(question, way, parts.clock, parts.signal)
}

async function askConnected(run: Run, transport: Exclude<DnsTransport, 'udp'>): Promise<Heard | Failure> {
  const { probing, parts, module, target, question } = run
  const reached = await connect(run, transport)
  if (!reached.ok) return reached
  const { socket } = reached
  const clientCertificate = transport !== 'tcp' && module.tls.cert !== undefined
  if (transport !== 'https') return await askStream(socket, question, clientCertificate, parts.clock, parts.signal)
  const userAgent = probing.network.userAgent ?? 'Sonde'
  return await askHttps(question, { socket, target, clientCertificate, userAgent }, parts.clock, parts.signal)
}

async function connect(run: Run, transport: Exclude<DnsTransport, 'udp'>): Promise<Reached | Failure> {
  const { probing, parts, module, target, tls, address } = run
  const next = transport === 'tcp' ? 'processing' : 'tls'
  const dialled = await dial(address, target.port, module.sourceIp, next, parts)
  if (!dialled.ok || tls === undefined) return dialled
  const serverName = module.tls.serverName ?? target.host
  const alpn = transport === 'https' ? ['h2', 'http/1.1'] : []
  const wish = { context: tls, serverName, alpn, tls: module.tls }
  const secured = await secure(dialled.socket, wish, 'processing', probing.findings, parts)
  if (!secured.ok) dialled.socket.destroy()
  return secured
}

/** In the middle of a record: what is there cannot be judged. */
function truncated({ transport }: Learnt, { edns }: DnsModule): Failure {
  if (transport !== 'udp') return failure('check', 'dns_truncated', 'The answer is truncated, and not by a datagram')
  const limit = Math.max(PLAIN_UDP_BYTES, edns?.udpPayloadBytes ?? 0)
  const hint = 'set retry_truncated_over_tcp, or edns for larger ones'
  return failure('check', 'dns_truncated', `The answer does not fit into a datagram of ${limit} bytes: ${hint}`)
}

function logReply({ rcode, answer, authority, additional, truncated }: DnsReply, { log }: Probing): void {
  log.debug('Got DNS response', {
    rcode: rcodeName(rcode),
    answer: answer.length,
    authority: authority.length,
    additional: additional.length,
    truncated,
  })
}

/** Enough for a person. */
const MOST_RECORDS_SHOWN = 24
const MOST_RECORD_TEXT = 500

const SOA = 6

function factsOf(wanted: Wanted, { transport, reply }: Learnt): DnsFacts {
  const isSoa = wanted.type === 'SOA' || wanted.type === `TYPE${SOA}`
  return {
    queryName: shownName(wanted.name),
    queryType: wanted.type.slice(0, MOST_LABEL_TEXT),
    transport,
    querySucceeded: reply !== undefined,
    rcode: reply === undefined ? undefined : rcodeName(reply.rcode),
    answerCount: reply?.answer.length ?? 0,
    authorityCount: reply?.authority.length ?? 0,
    additionalCount: reply?.additional.length ?? 0,
    serial: isSoa && reply !== undefined ? (reply.serial ?? 0) : undefined,
    authenticated: reply?.authenticated ?? false,
    truncated: reply?.truncated ?? false,
    records: reply === undefined ? [] : shownRecords(reply),
  }
}

function shownRecords({ answer, authority, additional }: DnsReply): readonly string[] {
  const some = [...answer.slice(0, MOST_RECORDS_SHOWN), ...authority.slice(0, MOST_RECORDS_SHOWN), ...additional]
  return some.slice(0, MOST_RECORDS_SHOWN).map(({ text }) => {
    return text.length > MOST_RECORD_TEXT ? `${copied(text.slice(0, MOST_RECORD_TEXT))}…` : text
  })
}

/** V8 keeps the whole text for a slice of it, and results are kept in hundreds. */
function copied(slice: string): string {
  return Buffer.from(slice, 'utf8').toString('utf8')
}

/** A name has at most 253 characters unless it is full of escapes; it becomes the value of a label. */
const MOST_LABEL_TEXT = 255

function shownName(name: string): string {
  const cut = name.length > MOST_LABEL_TEXT ? `${name.slice(0, MOST_LABEL_TEXT)}…` : name
  return cut.toWellFormed().replace(/\p{C}/gu, '\u{fffd}')
}
