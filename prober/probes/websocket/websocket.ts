import type { WebsocketModule } from '../../config/schema.ts'
import type { Failure, Outcome } from '../../net/outcome.ts'
import { encodeTraceparent } from '../../wire/traceparent.ts'
import { unfitHostname, withoutPort } from '../hostname.ts'
import type { Network, ProbeRequest } from '../probe.ts'
import { type Probing, probed } from '../probing.ts'
import { dial, lookUp, type Reached, secure } from '../reach.ts'
import type { WebsocketResult } from '../result.ts'
import { startSpan, startTrace, traceFields } from '../trace.ts'
import { bareHost } from '../http/connection.ts'
import type { WebsocketFindings } from './dialogue.ts'
import { handshakeHeaders } from './headers.ts'
import { parseWebsocketTarget, shownTarget, type WebsocketTarget } from './target.ts'
import type { Visit } from './visit.ts'

/** The handshake, then what `query_response` says. */
export async function probeWebsocket(
  request: ProbeRequest,
  module: WebsocketModule,
  network: Network,
  parent: AbortSignal,
): Promise<WebsocketResult> {
  // Before the stopwatch starts: the first visit of a process would count the loading as its target's time.
  const { visit } = await import('./warm-visit.ts')
  const websocket: WebsocketFindings = {
    upgraded: false,
    statusCode: 0,
    failedDueToRegex: false,
    failedStep: undefined,
  }
  return await probed(
    request,
    shownTarget(request.target),
    network,
    parent,
    (probing) => ask(request, module, probing, websocket, visit),
    (base) => ({ ...base, prober: 'websocket', websocket }),
  )
}

async function ask(
  request: ProbeRequest,
  module: WebsocketModule,
  probing: Probing,
  facts: WebsocketFindings,
  visit: Visit,
): Promise<Outcome> {
  const { network, log, signal } = probing
  const target = parseWebsocketTarget(request.target)
  if (!target.ok) return target
  const { hostname } = request
  const unfit = unfitHostname(hostname)
  if (unfit !== undefined) return unfit
  const sent = await handshakeHeaders(module, hostname, network.userAgent ?? 'Sonde', signal)
  if (!sent.ok) return sent
  const { headers } = sent
  if (module.trace !== undefined && headers.traceparent === undefined) {
    facts.trace = startSpan(startTrace(module.trace))
    headers.traceparent = encodeTraceparent(facts.trace)
  }
  const reached = await reach(target, hostname, module, probing)
  if (!reached.ok) return reached
  log.debug('Opening WebSocket', { headers: Object.keys(headers).join(' '), ...traceFields(facts.trace) })
  const clientCertificate = module.tls.cert !== undefined
  const handshake = { url: target.url, headers, clientCertificate }
  return await visit(reached.socket, handshake, module.queryResponse, facts, probing)
}

async function reach(
  { url, secure: overTls, port }: WebsocketTarget,
  hostname: string | undefined,
  module: WebsocketModule,
  { network, watch: clock, findings, signal }: Probing,
): Promise<Reached | Failure> {
  // Before the lookup: it may read files, and no connection should stand idle meanwhile.
  const tls = overTls ? await network.tlsContexts(module.tls, signal) : undefined
  if (tls !== undefined && !tls.ok) return tls
  const parts = { network, clock, signal }
  const host = bareHost(url)
  const found = await lookUp(host, module.ip, findings, parts)
  if (!found.ok) return found
  const dialled = await dial(found.address, port, module.sourceIp, tls === undefined ? 'prepare' : 'tls', parts)
  if (!dialled.ok || tls === undefined) return dialled
  const serverName = module.tls.serverName ?? (hostname === undefined ? host : withoutPort(hostname))
  const wish = { context: tls.context, serverName, alpn: ['http/1.1'], tls: module.tls }
  return await secure(dialled.socket, wish, 'prepare', findings, parts)
}
