/** An http module by hand: defaults and what a test changes, and probes with a network of names that all lead to loopback. */
import { compileRegexp } from '../../../prober/config/go-regexp.ts'
import type { HttpModule, Regexp, TlsConfig } from '../../../prober/config/schema.ts'
import { type SecretSource, secret } from '../../../prober/config/secret.ts'
import { failure } from '../../../prober/net/outcome.ts'
import { type Address, type Resolver, resolverAt } from '../../../prober/net/resolve.ts'
import { createTlsContexts } from '../../../prober/net/tls.ts'
import { createProbe, type Network, type Probe, type ProbeRequest } from '../../../prober/probes/probe.ts'
import type { HttpResult, Result } from '../../../prober/probes/result.ts'

export const NO_TLS_OPTIONS: TlsConfig = {
  insecureSkipVerify: false,
  ca: undefined,
  cert: undefined,
  key: undefined,
  serverName: undefined,
  minVersion: undefined,
  maxVersion: undefined,
}

const DEFAULTS: HttpModule = {
  prober: 'http',
  timeoutSeconds: 0,
  resolver: undefined,
  addresses: 'one',
  sourceIp: undefined,
  validStatusCodes: [],
  validHttpVersions: [],
  method: 'GET',
  headers: {},
  httpHeaders: [],
  body: '',
  bodyFile: undefined,
  bodySizeLimitBytes: 0,
  compression: '',
  followRedirects: true,
  failIfSsl: false,
  failIfNotSsl: false,
  failIfBodyMatchesRegexp: [],
  failIfBodyNotMatchesRegexp: [],
  failIfBodyJsonMatchesCel: undefined,
  failIfBodyJsonNotMatchesCel: undefined,
  failIfHeaderMatches: [],
  failIfHeaderNotMatches: [],
  ip: { preferred: 4, fallback: true },
  skipResolvePhaseWithProxy: false,
  http2: true,
  trace: undefined,
  applicationTimings: ['app', 'total'],
  auth: { kind: 'none' },
  proxy: { kind: 'none' },
  tls: NO_TLS_OPTIONS,
}

export function httpModule(overrides: Partial<HttpModule> = {}): HttpModule {
  return { ...DEFAULTS, ...overrides }
}

/** Trusts this authority only. */
export function trusting(caPem: string, overrides: Partial<TlsConfig> = {}): TlsConfig {
  return { ...NO_TLS_OPTIONS, ca: value(caPem), ...overrides }
}

export function regexp(source: string): Regexp {
  const compiled = compileRegexp(source)
  if (!compiled.ok) throw new Error(compiled.message)
  return compiled.value
}

export function value(text: string): SecretSource {
  return { from: 'value', value: secret(text) }
}

/** `localhost` and every name under `.test` is 127.0.0.1, literals are themselves; `nowhere.test` is not there. */
export const resolve: Resolver = async (host, _preference, _signal) => {
  const atMs = performance.now()
  if (host === 'nowhere.test') return failure('resolve', 'dns_nxdomain', 'nowhere.test does not exist')
  const address: Address = host.includes(':')
    ? { ip: host, family: 6 }
    : { ip: /^[\d.]+$/.test(host) ? host : '127.0.0.1', family: 4 }
  return { ok: true, addresses: [address], atMs }
}

export function testProbe(overrides: Partial<Network> = {}): Probe {
  return createProbe({
    resolve,
    resolverAt,
    tlsContexts: createTlsContexts(),
    environment: {},
    userAgent: 'Sonde/1.2.3',
    ...overrides,
  })
}

const probe = testProbe()

export async function run(
  target: string,
  module: Partial<HttpModule> = {},
  request: Partial<ProbeRequest> = {},
): Promise<HttpResult> {
  const asked = { target, module: httpModule(module), timeoutSeconds: 5, ...request }
  return asHttp(await probe(asked, new AbortController().signal))
}

export function asHttp(result: Result): HttpResult {
  if (result.prober !== 'http') throw new Error(`a ${result.prober} result`)
  return result
}

export function reasonOf({ outcome }: Result): string {
  return outcome.ok ? 'ok' : outcome.reason
}

/** `ok` or `phase reason`: what most rows compare. */
export function verdictOf({ outcome }: Result): string {
  return outcome.ok ? 'ok' : `${outcome.phase} ${outcome.reason}`
}

export function sumOfPhases({ phases }: Result): number {
  return Object.values(phases).reduce((sum, seconds) => sum + seconds, 0)
}

/** What waits for its deadline gets little, yet enough for a stalled machine to come so far; all else never meets it. */
export function patienceFor(verdict: string): number {
  return verdict.endsWith('_timeout') ? 0.8 : 30
}
