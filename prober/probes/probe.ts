import type { AddressMode, Module, NameServerAddress } from '../config/schema.ts'
import { createIcmpSockets } from '../net/icmp-socket.ts'
import type { Pulse } from '../net/pulse.ts'
import type { Resolver } from '../net/resolve.ts'
import type { TlsContexts } from '../net/tls.ts'
import { probeAddresses } from './addresses.ts'
import { selfAware } from './disturbance.ts'
import { probeDns } from './dns/dns.ts'
import { probeGrpc } from './grpc/grpc.ts'
import { probeIcmp } from './icmp/icmp.ts'
import { probeTcp } from './tcp.ts'
import { probeUnix } from './unix.ts'
import { probeWebsocket } from './websocket/websocket.ts'
import { probeHttp } from './http/http.ts'
import { createTokenStore } from './http/oauth2.ts'
import type { Result } from './result.ts'

/** Either may be left to the module. */
export interface DnsQuestion {
  readonly name?: string
  /** In capitals, as `AAAA`. */
  readonly type?: string
}

export interface ProbeRequest {
  readonly target: string
  readonly module: Module
  /** The whole probe ends by then. */
  readonly timeoutSeconds: number
  /** `hostname=` of /probe: Host header and SNI. */
  readonly hostname?: string
  /** A redirect that leads to the `hostname` leads back to the target. */
  readonly staysAtTarget?: boolean
  /** What a dns probe asks for instead of its module's question (#1104). */
  readonly question?: DnsQuestion
  /** Instead of the module's. */
  readonly addresses?: AddressMode
}

/** Never throws for what the target does; ends by the deadline or soon after `signal` fires. */
export type Probe = (request: ProbeRequest, signal: AbortSignal) => Promise<Result>

/** What every probe of this process shares. */
export interface Network {
  readonly resolve: Resolver
  /** Asks this name server only; /etc/hosts and resolv.conf's search list are left out. */
  readonly resolverAt: (server: NameServerAddress) => Resolver
  readonly tlsContexts: TlsContexts
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Unless a module sets its own, as `Sonde/1.2.3`; default `Sonde`. */
  readonly userAgent?: string
  /** Without one no result tells what held the prober up. */
  readonly pulse?: Pulse
}

export function createProbe(network: Network): Probe {
  const tokens = createTokenStore(network)
  const icmpSockets = createIcmpSockets()
  const probeOnce = (request: ProbeRequest, own: Network, signal: AbortSignal): Promise<Result> => {
    const { module } = request
    switch (module.prober) {
      case 'http':
        return probeHttp(request, module, own, tokens, signal)
      case 'tcp':
        return probeTcp(request, module, own, signal)
      case 'unix':
        return probeUnix(request, module, own, signal)
      case 'dns':
        return probeDns(request, module, own, signal)
      case 'icmp':
        return probeIcmp(request, module, own, icmpSockets, signal)
      case 'grpc':
        return probeGrpc(request, module, own, signal)
      case 'websocket':
        return probeWebsocket(request, module, own, signal)
    }
  }
  const probe: Probe = (request, signal) => {
    const { module } = request
    const own = module.resolver === undefined ? network : { ...network, resolve: network.resolverAt(module.resolver) }
    const mode = request.addresses ?? module.addresses
    if (mode === 'one' || !looksUpItsTarget(module)) return probeOnce(request, own, signal)
    return probeAddresses(request, mode, own, (each, ends) => probeOnce(request, each, ends), signal)
  }
  return network.pulse === undefined ? probe : selfAware(probe, network.pulse)
}

/** A path has no addresses; behind a proxy that is given the name, only the proxy's would be known. */
function looksUpItsTarget(module: Module): boolean {
  if (module.prober === 'unix') return false
  return module.prober !== 'http' || module.proxy.kind === 'none' || !module.skipResolvePhaseWithProxy
}
