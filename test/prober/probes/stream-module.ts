/** Modules of tcp and unix by hand, and probes with them. */
import type { QueryStep, TcpModule, UnixModule } from '../../../prober/config/schema.ts'
import type { Network, ProbeRequest } from '../../../prober/probes/probe.ts'
import type { TcpResult, UnixResult } from '../../../prober/probes/result.ts'
import { NO_TLS_OPTIONS, testProbe } from './http-module.ts'

const STREAM = { timeoutSeconds: 0, useTls: false, tls: NO_TLS_OPTIONS, queryResponse: [] } as const

export function tcpModule(overrides: Partial<TcpModule> = {}): TcpModule {
  const base = {
    resolver: undefined,
    addresses: 'one',
    ip: { preferred: 4, fallback: true },
    sourceIp: undefined,
  } as const
  return { ...STREAM, ...base, prober: 'tcp', ...overrides }
}

export function unixModule(overrides: Partial<UnixModule> = {}): UnixModule {
  return { ...STREAM, resolver: undefined, addresses: 'one', prober: 'unix', ...overrides }
}

export function step(overrides: Partial<QueryStep>): QueryStep {
  return { expect: undefined, expectBytes: undefined, labels: [], send: undefined, startTls: false, ...overrides }
}

export interface RunOptions extends Partial<Omit<ProbeRequest, 'target' | 'module'>> {
  readonly signal?: AbortSignal
  readonly network?: Partial<Network>
}

/** `target`: a port stands for 127.0.0.1. */
export async function runTcp(
  target: string | number,
  module: Partial<TcpModule> = {},
  { signal = new AbortController().signal, network, ...request }: RunOptions = {},
): Promise<TcpResult> {
  const text = typeof target === 'number' ? `127.0.0.1:${target}` : target
  const asked = { target: text, module: tcpModule(module), timeoutSeconds: 30, ...request }
  const result = await testProbe(network)(asked, signal)
  if (result.prober !== 'tcp') throw new Error(`a ${result.prober} result`)
  return result
}

export async function runUnix(
  target: string,
  module: Partial<UnixModule> = {},
  { signal = new AbortController().signal, network, ...request }: RunOptions = {},
): Promise<UnixResult> {
  const asked = { target, module: unixModule(module), timeoutSeconds: 30, ...request }
  const result = await testProbe(network)(asked, signal)
  if (result.prober !== 'unix') throw new Error(`a ${result.prober} result`)
  return result
}
