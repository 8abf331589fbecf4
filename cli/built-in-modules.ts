/** Modules of `sonde probe` when no configuration is named: those of blackbox_exporter's example that need no options. */
import { parseConfig } from '../prober/config/load.ts'
import type { Module } from '../prober/config/schema.ts'

const BUILT_IN = `modules:
  http_2xx: { prober: http }
  tcp_connect: { prober: tcp }
  tcp_tls: { prober: tcp, tcp: { tls: true } }
  unix_connect: { prober: unix }
  dns: { prober: dns, dns: { query_name: ., query_type: NS } }
  dns_tcp: { prober: dns, dns: { query_name: ., query_type: NS, transport_protocol: tcp } }
  dns_tls: { prober: dns, dns: { query_name: ., query_type: NS, transport_protocol: tcp, dns_over_tls: true } }
  dns_https: { prober: dns, dns: { query_name: ., query_type: NS, dns_over_https: true } }
  icmp: { prober: icmp }
  grpc: { prober: grpc, grpc: { ip_protocol_fallback: true } }
  grpc_tls: { prober: grpc, grpc: { ip_protocol_fallback: true, tls: true } }
  websocket: { prober: websocket }
`

export async function builtInModules(): Promise<ReadonlyMap<string, Module>> {
  const loaded = await parseConfig(BUILT_IN, '<built-in>')
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return loaded.config.modules
}
