import type { GrpcModule } from '../../config/schema.ts'
import { type Failure, failure, type Outcome } from '../../net/outcome.ts'
import type { TlsContext } from '../../net/tls.ts'
import { encodeCheckRequest } from '../../wire/grpc-health.ts'
import type { TraceParent } from '../../wire/traceparent.ts'
import { type HostPort, shownHostPort } from '../host-port.ts'
import { unfitHostname, withoutPort } from '../hostname.ts'
import type { Network, ProbeRequest } from '../probe.ts'
import { type Probing, probed } from '../probing.ts'
import { dial, lookUp, type Reached, type ReachParts, secure } from '../reach.ts'
import { type GrpcFacts, type GrpcResult, SERVING_STATUSES } from '../result.ts'
import { startSpan, startTrace, traceFields } from '../trace.ts'
import { type SentLines, sentLines } from '../stream/excerpt.ts'
import type { CallOnce } from './call.ts'
import { callHeaders, timeoutText } from './headers.ts'
import { STATUS, statusOfAbort } from './status.ts'
import { authorityOf, parseGrpcTarget } from './target.ts'

/** Filled in on the way. */
type Learnt = { -readonly [Fact in keyof GrpcFacts]: GrpcFacts[Fact] }

/** One grpc.health.v1.Health/Check. */
export async function probeGrpc(
  request: ProbeRequest,
  module: GrpcModule,
  network: Network,
  parent: AbortSignal,
): Promise<GrpcResult> {
  // Before the stopwatch starts: the first call of a process would count the loading as its target's time.
  const { callOnce } = await import('./warm-call.ts')
  const grpc: Learnt = { ssl: false, statusCode: STATUS.OK, servingStatus: undefined }
  return await probed(
    request,
    shownHostPort(request.target),
    network,
    parent,
    (probing) => ask(request, module, probing, callOnce, grpc),
    (base) => ({ ...base, prober: 'grpc', grpc }),
  )
}

async function ask(
  request: ProbeRequest,
  module: GrpcModule,
  probing: Probing,
  callOnce: CallOnce,
  grpc: Learnt,
): Promise<Outcome> {
  const { network, watch, log, signal } = probing
  const target = parseGrpcTarget(request.target, module.useTls)
  if (!target.ok) return target
  const unfit = unfitHostname(request.hostname)
  if (unfit !== undefined) return unfit
  const span = spanOf(module)
  if (span !== undefined) grpc.trace = span
  const authority = authorityOf(target, module, request.hostname)
  const reached = await reach(target, request.hostname, module, probing, grpc)
  if (!reached.ok) return reached
  const remainingMs = (request.timeoutSeconds - watch.secondsSinceStart()) * 1000
  const sent = callHeaders(authority, module, network.userAgent ?? 'Sonde', span)
  const headers = { ...sent, 'grpc-timeout': timeoutText(remainingMs) }
  log.debug('Calling grpc.health.v1.Health/Check', { authority, service: module.service, ...traceFields(span) })
  const call = {
    headers,
    message: encodeCheckRequest(module.service),
    secrets: secretsOf(module),
    clientCertificate: module.tls.cert !== undefined,
  }
  const answered = await callOnce(reached.socket, call, watch, signal)
  if (answered.ok) return judge(answered.serving, grpc)
  const { ok, phase, reason, message, statusCode } = answered
  grpc.statusCode = statusCode
  return { ok, phase, reason, message }
}

/** undefined: the module asks for none, or sends a `traceparent` of its own. */
function spanOf({ trace, metadata }: GrpcModule): TraceParent | undefined {
  const isOwn = metadata.some(({ name }) => name === 'traceparent')
  return trace === undefined || isOwn ? undefined : startSpan(startTrace(trace))
}

/** Each value, and each of its words: of `Bearer abc` a server repeats the second. */
function secretsOf({ metadata }: GrpcModule): SentLines {
  return metadata.flatMap(({ values }) => values.flatMap((value) => [value, ...value.split(' ')].flatMap(sentLines)))
}

async function reach(
  target: HostPort,
  hostname: string | undefined,
  module: GrpcModule,
  { network, watch: clock, findings, signal }: Probing,
  grpc: Learnt,
): Promise<Reached | Failure> {
  // Before the lookup: it may read files, and no connection should stand idle meanwhile.
  const tls = module.useTls ? await network.tlsContexts(module.tls, signal) : undefined
  if (tls !== undefined && !tls.ok) return tls
  const parts = { network, clock, signal }
  const found = await lookUp(target.host, module.ip, findings, parts)
  if (!found.ok) return found
  // From here on there is a call in blackbox_exporter's sense, and its status tells why it did not come about.
  const dialled = await dial(found.address, target.port, module.sourceIp, tls === undefined ? 'prepare' : 'tls', parts)
  const name = hostname === undefined ? target.host : withoutPort(hostname)
  const reached =
    dialled.ok && tls !== undefined ? await overTls(dialled, name, module, tls.context, findings, parts) : dialled
  if (reached.ok) grpc.ssl = tls !== undefined
  else grpc.statusCode = signal.aborted ? statusOfAbort(signal) : STATUS.UNAVAILABLE
  return reached
}

async function overTls(
  { socket }: Reached,
  name: string,
  { tls }: GrpcModule,
  context: TlsContext,
  findings: Probing['findings'],
  parts: ReachParts,
): Promise<Reached | Failure> {
  const wish = { context, serverName: tls.serverName ?? name, alpn: ['h2'], tls }
  const secured = await secure(socket, wish, 'prepare', findings, parts)
  if (!secured.ok || findings.tls?.alpn === 'h2') return secured
  secured.socket.destroy()
  const message = 'The server did not agree on HTTP/2 (ALPN h2), which gRPC needs; does it speak gRPC on this port?'
  return failure('tls', 'tls_handshake', message)
}

function judge(serving: number, grpc: Learnt): Outcome {
  grpc.servingStatus = SERVING_STATUSES[serving]
  if (grpc.servingStatus === 'SERVING') return { ok: true }
  const said = grpc.servingStatus ?? `${serving}, which is no ServingStatus`
  return failure('check', 'grpc_not_serving', `The service answered, but its status is ${said}`)
}
