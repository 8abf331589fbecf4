/** What a person writes after `sonde probe`: a URL whose scheme says which kind of probe is meant. Pure. */
import { parseQueryType } from '../prober/config/dns-names.ts'
import type { Module } from '../prober/config/schema.ts'
import type { DnsQuestion } from '../prober/probes/probe.ts'

export interface ProbeTarget {
  readonly ok: true
  /** As the prober takes it. */
  readonly target: string
  /** Of the built-in modules, the one to take unless another is named. */
  readonly module: string
  /** undefined: any. */
  readonly prober: Module['prober'] | undefined
  readonly question: DnsQuestion | undefined
}
export type ProbeTargetReading = ProbeTarget | { readonly ok: false; readonly message: string }

type Reader = (rest: string, whole: string) => ProbeTargetReading

const READERS: Readonly<Record<string, Reader>> = {
  http: (_rest, whole) => plain(whole, 'http_2xx', 'http'),
  https: (_rest, whole) => plain(whole, 'http_2xx', 'http'),
  tcp: (rest) => hostAndPort('tcp', rest, 'tcp_connect', 'tcp'),
  tls: (rest) => hostAndPort('tls', rest, 'tcp_tls', 'tcp'),
  unix: readUnix,
  dns: readDns,
  icmp: readIcmp,
  grpc: (rest) => hostAndPort('grpc', rest, 'grpc', 'grpc'),
  grpcs: (rest) => hostAndPort('grpcs', rest, 'grpc_tls', 'grpc'),
  ws: (_rest, whole) => plain(whole, 'websocket', 'websocket'),
  wss: (_rest, whole) => plain(whole, 'websocket', 'websocket'),
}

/** Without a scheme it is left as it is: http puts its own before, and a named module may take what it wants. */
export function readProbeTarget(text: string): ProbeTargetReading {
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? []
  if (scheme === undefined) return plain(text, 'http_2xx', undefined)
  const name = scheme.toLowerCase()
  const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined
  if (reader !== undefined) return reader(rest, text)
  return refuse(`${name}:// is nothing that can be probed; there are ${Object.keys(READERS).join(', ')}`)
}

function plain(target: string, module: string, prober: Module['prober'] | undefined): ProbeTarget {
  return { ok: true, target, module, prober, question: undefined }
}

/** The port itself is the prober's to judge. */
function hostAndPort(scheme: string, rest: string, module: string, prober: Module['prober']): ProbeTargetReading {
  const target = rest.replace(/\/$/, '')
  const example = `write it as in ${scheme}://example.com:${EXAMPLE_PORTS[scheme] ?? 443}`
  if (target === '') return refuse(`${scheme}:// names no host; ${example}`)
  if (/[/?#]/.test(target)) return refuse(`${scheme}:// takes neither path nor query; ${example}`)
  return plain(target, module, prober)
}

const EXAMPLE_PORTS: Readonly<Record<string, number>> = { tcp: 25, tls: 443, grpc: 50_051, grpcs: 443 }

function readUnix(rest: string): ProbeTargetReading {
  if (!rest.startsWith('/')) return refuse('unix:// takes an absolute path; write it as in unix:///run/app.sock')
  return plain(rest, 'unix_connect', 'unix')
}

function readIcmp(rest: string): ProbeTargetReading {
  const host = rest.replace(/\/$/, '')
  if (host === '' || /[/?#]/.test(host)) return refuse('icmp:// takes a host alone; write it as in icmp://example.com')
  return plain(host.replace(/^\[(.*)\]$/, '$1'), 'icmp', 'icmp')
}

const DNS_MODULES = new Map([
  ['udp', 'dns'],
  ['tcp', 'dns_tcp'],
  ['tls', 'dns_tls'],
  ['https', 'dns_https'],
])
const DNS_EXAMPLE = 'write it as in dns://9.9.9.9/example.com?type=AAAA'

/** Much as RFC 4501 has it: `dns://SERVER[:PORT][/NAME][?type=TYPE&transport=udp|tcp|tls|https]`. */
function readDns(rest: string): ProbeTargetReading {
  const [, server = '', path = '', query = ''] = /^([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(rest) ?? []
  if (server === '') return refuse(`dns:// names no server; ${DNS_EXAMPLE}`)
  const options = new URLSearchParams(query)
  const unknown = [...options.keys()].find((key) => key !== 'type' && key !== 'transport')
  if (unknown !== undefined) return refuse(`dns:// takes type and transport, not ${JSON.stringify(unknown)}`)
  const transport = options.get('transport') ?? 'udp'
  const module = DNS_MODULES.get(transport)
  if (module === undefined) return refuse(`transport is udp, tcp, tls or https, not ${JSON.stringify(transport)}`)
  const name = decoded(path)
  if (name === undefined) return refuse(`the name in dns:// is no text in percent-encoding; ${DNS_EXAMPLE}`)
  const type = parseQueryType(options.get('type') ?? 'A')
  if (!type.ok) return refuse(`type: ${type.message}`)
  const isAsked = name !== '' || options.has('type')
  const question = isAsked ? { ...(name === '' ? {} : { name }), type: type.value } : undefined
  return { ok: true, target: server, module, prober: 'dns', question }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function refuse(message: string): ProbeTargetReading {
  return { ok: false, message }
}
