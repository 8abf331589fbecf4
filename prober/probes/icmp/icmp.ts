import type { IcmpModule } from '../../config/schema.ts'
import { aborted } from '../../net/deadline.ts'
import type { IcmpSockets } from '../../net/icmp-socket.ts'
import type { Failure, Outcome } from '../../net/outcome.ts'
import type { Address } from '../../net/resolve.ts'
import { parseHost, shownHostPort } from '../host-port.ts'
import type { Network, ProbeRequest } from '../probe.ts'
import { type Probing, probed } from '../probing.ts'
import { lookUp } from '../reach.ts'
import type { IcmpFacts, IcmpResult } from '../result.ts'
import { type EchoPlan, exchangeEchoes } from './echoes.ts'
import { payloadOf } from './payload.ts'
import { factsOf, roundTripSecondsOf, type Tally, verdictOf } from './verdict.ts'

export function probeIcmp(
  request: ProbeRequest,
  module: IcmpModule,
  network: Network,
  sockets: IcmpSockets,
  parent: AbortSignal,
): Promise<IcmpResult> {
  const kept: { tally?: Tally } = {}
  const { packetCount } = module
  const none: IcmpFacts = { packetCount, sent: 0, received: 0, roundTripSeconds: [], replyHopLimit: undefined }
  return probed(
    request,
    shownHostPort(request.target),
    network,
    parent,
    (probing) => ask(request, module, sockets, probing, kept),
    (base) => ({ ...base, prober: 'icmp', icmp: kept.tally === undefined ? none : factsOf(kept.tally, packetCount) }),
  )
}

async function ask(
  { target, timeoutSeconds }: ProbeRequest,
  module: IcmpModule,
  sockets: IcmpSockets,
  probing: Probing,
  kept: { tally?: Tally },
): Promise<Outcome> {
  const { network, signal, watch, findings, log } = probing
  const parsed = parseHost(target)
  if (!parsed.ok) return parsed
  log.debug('Beginning probe', { target: parsed.host, timeout_seconds: timeoutSeconds })
  const found = await lookUp(parsed.host, module.ip, findings, { network, clock: watch, signal }, 'setup')
  if (!found.ok) return found
  if (signal.aborted) return aborted('setup', signal)
  const plan = { ...planOf(module), lastMs: performance.now() + 1000 * remaining(timeoutSeconds, probing) }
  const tally = await exchange(found.address, module, plan, sockets, probing)
  if ('ok' in tally) return tally
  kept.tally = tally
  logTally(tally, probing)
  return verdictOf(tally, module, found.address, signal)
}

/** Of the deadline a twentieth is kept, so that a probe that may lose packets ends before it and not by it. */
const SHARE_FOR_WAITING = 0.95

function remaining(timeoutSeconds: number, { watch }: Probing): number {
  return timeoutSeconds * SHARE_FOR_WAITING - watch.secondsSinceStart()
}

function planOf({ packetCount, packetIntervalSeconds }: IcmpModule): Omit<EchoPlan, 'lastMs'> {
  return { count: packetCount, intervalMs: packetIntervalSeconds * 1000 }
}

async function exchange(
  address: Address,
  module: IcmpModule,
  plan: EchoPlan,
  sockets: IcmpSockets,
  { watch, log, signal }: Probing,
): Promise<Tally | Failure> {
  const { sourceIp, ttl, dontFragment } = module
  const payload = payloadOf(module.payloadBytes)
  const options = { address, sourceIp, ttl, dontFragment, payload }
  const tally = await exchangeEchoes(sockets, options, plan, signal, ({ kind }) =>
    log.debug('Opened ICMP socket', { kind, address: address.ip, payload_bytes: payload.length }),
  )
  if ('ok' in tally) return tally
  watch.enter('rtt', tally.startedAtMs)
  watch.enter('other', tally.endedAtMs)
  return tally
}

/** A probe of many packets is not a log of them. */
const MOST_LINES = 10

function logTally({ echoes }: Tally, { log }: Probing): void {
  for (const [index, echo] of echoes.slice(0, MOST_LINES).entries()) {
    const packet = index + 1
    if (echo.state === 'replied') {
      const { hopLimit } = echo
      const fields = hopLimit === undefined ? {} : { hop_limit: hopLimit }
      log.debug('Received echo reply', { packet, round_trip_seconds: roundTripSecondsOf(echo), ...fields })
    } else log.debug(echo.state === 'refused' ? 'Received ICMP error' : 'No echo reply', { packet })
  }
}
