/** A websocket module by hand, and probes with it. */
import type { QueryStep, WebsocketModule } from '../../../prober/config/schema.ts'
import type { ProbeRequest } from '../../../prober/probes/probe.ts'
import type { WebsocketResult } from '../../../prober/probes/result.ts'
import { NO_TLS_OPTIONS, regexp, testProbe } from './http-module.ts'

const DEFAULTS: WebsocketModule = {
  prober: 'websocket',
  timeoutSeconds: 0,
  resolver: undefined,
  addresses: 'one',
  sourceIp: undefined,
  ip: { preferred: 4, fallback: true },
  headers: [],
  auth: { kind: 'none' },
  tls: NO_TLS_OPTIONS,
  queryResponse: [],
  trace: undefined,
}

const probe = testProbe()

export async function run(
  target: string,
  module: Partial<WebsocketModule> = {},
  request: Partial<ProbeRequest> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<WebsocketResult> {
  const result = await probe({ target, module: { ...DEFAULTS, ...module }, timeoutSeconds: 5, ...request }, signal)
  if (result.prober !== 'websocket') throw new Error(`a ${result.prober} result`)
  return result
}

export function step(expect: string | undefined, send?: string): QueryStep {
  const compiled = expect === undefined ? undefined : regexp(expect)
  return { expect: compiled, expectBytes: undefined, labels: [], send, startTls: false }
}
