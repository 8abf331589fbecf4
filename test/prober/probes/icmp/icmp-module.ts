/** An icmp module by hand, and sockets that answer as a script says, where no machine would do so when asked. */
import type { IcmpModule } from '../../../../prober/config/schema.ts'
import type { IcmpListener, IcmpSockets } from '../../../../prober/net/icmp-socket.ts'
import { probeIcmp } from '../../../../prober/probes/icmp/icmp.ts'
import type { ProbeRequest } from '../../../../prober/probes/probe.ts'
import type { IcmpResult } from '../../../../prober/probes/result.ts'
import { resolverAt } from '../../../../prober/net/resolve.ts'
import { createTlsContexts } from '../../../../prober/net/tls.ts'
import { resolve } from '../http-module.ts'

export function icmpModule(overrides: Partial<IcmpModule> = {}): IcmpModule {
  return {
    prober: 'icmp',
    timeoutSeconds: 0,
    resolver: undefined,
    addresses: 'one',
    sourceIp: undefined,
    ip: { preferred: 4, fallback: true },
    payloadBytes: 0,
    dontFragment: false,
    ttl: 64,
    packetCount: 1,
    packetIntervalSeconds: 0.01,
    maxLossRatio: 0.5,
    ...overrides,
  }
}

const network = { resolve, resolverAt, tlsContexts: createTlsContexts(), environment: {} }

export function ping(
  target: string,
  module: Partial<IcmpModule>,
  sockets: IcmpSockets,
  request: Partial<ProbeRequest> = {},
  signal = new AbortController().signal,
): Promise<IcmpResult> {
  const whole = icmpModule(module)
  return probeIcmp({ target, module: whole, timeoutSeconds: 5, ...request }, whole, network, sockets, signal)
}

/** What becomes of each request: called with its number, from 0, and what a listener would be told of. */
export type Script = (packet: number, tell: IcmpListener, sequence: number) => void

export interface ScriptedSockets extends IcmpSockets {
  open(...asked: Parameters<IcmpSockets['open']>): ReturnType<IcmpSockets['open']>
  /** Sockets that were opened and not closed. */
  openSockets(): number
}

export function scripted(script: Script): ScriptedSockets {
  let open = 0
  return {
    openSockets: () => open,
    permission: () => ({ ok: true, kind: 'datagram' }),
    open(_options, listener) {
      open += 1
      let sent = 0
      return {
        ok: true,
        kind: 'datagram',
        send(sequence) {
          const packet = sent
          sent += 1
          setImmediate(() => script(packet, listener, sequence))
          return { ok: true, atMs: performance.now() }
        },
        [Symbol.dispose]() {
          open -= 1
        },
      }
    },
  }
}

export const answers: Script = (_packet, tell, sequence) =>
  tell.onReply({ sequence, atMs: performance.now(), hopLimit: 60 })
