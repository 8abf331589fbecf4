/** What a module is, in a few words: `sonde check` lists them, so that a default which surprises is seen. Pure. */
import { formatDuration } from '../prober/config/duration.ts'
import type {
  DnsModule,
  GrpcModule,
  HttpModule,
  IcmpModule,
  Module,
  QueryStep,
  StreamOptions,
} from '../prober/config/schema.ts'
import { counted } from './counted.ts'

/** As in `tcp, TLS, 3 steps, timeout 5s, all addresses`. May hold what the file chose. */
export function moduleSummary(module: Module): string {
  return [module.prober, ...ownWords(module), ...commonWords(module)].join(', ')
}

function ownWords(module: Module): readonly string[] {
  switch (module.prober) {
    case 'http':
      return httpWords(module)
    case 'tcp':
    case 'unix':
      return streamWords(module)
    case 'dns':
      return dnsWords(module)
    case 'icmp':
      return icmpWords(module)
    case 'grpc':
      return grpcWords(module)
    case 'websocket':
      return steps(module.queryResponse)
  }
}

function httpWords(module: HttpModule): readonly string[] {
  const { validStatusCodes: codes, auth, proxy } = module
  const matchers = [
    module.failIfBodyMatchesRegexp,
    module.failIfBodyNotMatchesRegexp,
    module.failIfHeaderMatches,
    module.failIfHeaderNotMatches,
    [module.failIfBodyJsonMatchesCel, module.failIfBodyJsonNotMatchesCel].filter((cel) => cel !== undefined),
  ].reduce((sum, { length }) => sum + length, 0)
  return [
    module.method,
    codes.length === 0 ? '2xx' : codes.slice(0, 8).join(' '),
    ...(matchers === 0 ? [] : [counted(matchers, 'matcher')]),
    ...(module.followRedirects ? [] : ['redirects not followed']),
    ...(auth.kind === 'none' ? [] : [`credentials (${auth.kind})`]),
    ...(proxy.kind === 'none' ? [] : ['by proxy']),
  ]
}

function streamWords({ useTls, queryResponse }: StreamOptions): readonly string[] {
  const later = queryResponse.some(({ startTls }) => startTls) ? ['STARTTLS'] : []
  return [...(useTls ? ['TLS'] : later), ...steps(queryResponse)]
}

function steps(queryResponse: readonly QueryStep[]): readonly string[] {
  return queryResponse.length === 0 ? [] : [counted(queryResponse.length, 'step')]
}

function dnsWords({ queryName, queryType, transport }: DnsModule): readonly string[] {
  return [`${queryName} ${queryType} over ${transport}`]
}

function icmpWords({ packetCount }: IcmpModule): readonly string[] {
  return packetCount === 1 ? [] : [counted(packetCount, 'packet')]
}

function grpcWords({ useTls, service }: GrpcModule): readonly string[] {
  return [...(useTls ? ['TLS'] : []), service === '' ? 'the whole server' : `service ${service}`]
}

function commonWords(module: Module): readonly string[] {
  const { timeoutSeconds, resolver, addresses } = module
  const from = 'sourceIp' in module && module.sourceIp !== undefined ? [`from ${module.sourceIp}`] : []
  return [
    ...('tls' in module && module.tls.insecureSkipVerify ? ['any certificate'] : []),
    ...(timeoutSeconds > 0 ? [`timeout ${formatDuration(timeoutSeconds)}`] : []),
    ...(addresses === 'one' ? [] : [`${addresses} of the addresses`]),
    ...(resolver === undefined ? [] : [`names from ${resolver.ip} port ${resolver.port}`]),
    ...from,
  ]
}
