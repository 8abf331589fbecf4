/** A dns module by hand: defaults and what a test changes. */
import type { DnsModule, RecordMatchers } from '../../../prober/config/schema.ts'
import type { ProbeRequest } from '../../../prober/probes/probe.ts'
import type { DnsResult, Result } from '../../../prober/probes/result.ts'
import { NO_TLS_OPTIONS, testProbe } from './http-module.ts'

export const NO_MATCHERS: RecordMatchers = {
  failIfMatches: [],
  failIfAllMatch: [],
  failIfNotMatches: [],
  failIfNoneMatches: [],
}

const DEFAULTS: DnsModule = {
  prober: 'dns',
  timeoutSeconds: 0,
  resolver: undefined,
  addresses: 'one',
  ip: { preferred: 4, fallback: true },
  sourceIp: undefined,
  queryName: 'www.example',
  queryType: 'A',
  queryClass: 'IN',
  recursionDesired: true,
  transport: 'udp',
  tls: NO_TLS_OPTIONS,
  httpsPath: '/dns-query',
  edns: undefined,
  retryTruncatedOverTcp: false,
  validRcodes: ['NOERROR'],
  answer: NO_MATCHERS,
  authority: NO_MATCHERS,
  additional: NO_MATCHERS,
}

export function dnsModule(overrides: Partial<DnsModule> = {}): DnsModule {
  return { ...DEFAULTS, ...overrides }
}

const probe = testProbe()

export async function runDns(
  target: string,
  module: Partial<DnsModule> = {},
  request: Partial<ProbeRequest> = {},
): Promise<DnsResult> {
  const asked = { target, module: dnsModule(module), timeoutSeconds: 5, ...request }
  return asDns(await probe(asked, new AbortController().signal))
}

export function asDns(result: Result): DnsResult {
  if (result.prober !== 'dns') throw new Error(`a ${result.prober} result`)
  return result
}
