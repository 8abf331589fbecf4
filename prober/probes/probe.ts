import type { Module } from '../config/schema.ts'
import type { Resolver } from '../net/resolve.ts'
import type { TlsContexts } from '../net/tls.ts'
import { warmUp } from './http/exchange.ts'
import { probeHttp } from './http/http.ts'
import { createTokenStore } from './http/oauth2.ts'
import type { Result } from './result.ts'

export interface ProbeRequest {
  readonly target: string
  readonly module: Module
  /** The whole probe ends by then. */
  readonly timeoutSeconds: number
  /** `hostname=` of /probe: Host header and SNI. */
  readonly hostname?: string
}

/** Never throws for what the target does; ends by the deadline or soon after `signal` fires. */
export type Probe = (request: ProbeRequest, signal: AbortSignal) => Promise<Result>

/** What every probe of this process shares. */
export interface Network {
  readonly resolve: Resolver
  readonly tlsContexts: TlsContexts
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Unless a module sets its own, as `Sonde/1.2.3`; default `Sonde`. */
  readonly userAgent?: string
}

export function createProbe(network: Network): Probe {
  const tokens = createTokenStore(network)
  void warmUp()
  return (request, signal) => {
    const { module } = request
    switch (module.prober) {
      case 'http':
        return probeHttp(request, module, network, tokens, signal)
    }
  }
}
