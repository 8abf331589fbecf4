/**
 * How the address of a target is written, by the kind of its module. Only what could never work is said here; the text
 * itself is not repeated, as it may hold a password.
 */
import { isIP } from 'node:net'
import type { ProberName } from './module.ts'

/** What is wrong with it and what to write; undefined: nothing. */
export function complaintAbout(address: string, prober: ProberName): string | undefined {
  if (address === '') return undefined
  if (prober === 'unix') return address.includes('\0') ? 'holds a NUL character; remove it' : undefined
  if (/[\s\p{Cc}]/u.test(address)) return 'holds white space or a control character; remove or encode it'
  switch (prober) {
    case 'http':
      return aboutUrl(address, ['http', 'https'], '"https://www.example.org/" or "localhost:8080"')
    case 'websocket':
      if (/^wss?:\/\/[^/?#]*@/i.test(address)) {
        return 'holds a user name or a password; write them in the module, as http_config.basic_auth'
      }
      return /^wss?:\/\//i.test(address)
        ? aboutUrl(address, ['ws', 'wss'], '"wss://www.example.org/live"')
        : 'has no scheme ws:// or wss://; write it as in "wss://www.example.org/live"'
    case 'dns':
      return /^https:\/\//i.test(address)
        ? aboutUrl(address, ['https'], '"https://dns.example.org/dns-query"')
        : aboutHost(address, 'optional', '"192.0.2.53" or "ns.example.org:53"')
    case 'grpc':
      return aboutHost(address.replace(/^https?:\/\//i, ''), 'optional', '"grpc.example.org:443"')
    case 'tcp':
      return aboutHost(address, 'required', '"mail.example.org:25" or "[2001:db8::1]:25"')
    case 'icmp':
      return aboutHost(address, 'none', '"www.example.org" or "2001:db8::1"')
  }
}

function aboutUrl(address: string, schemes: readonly string[], examples: string): string | undefined {
  if (/^[^?#]*\\/.test(address)) return 'holds a backslash; write /'
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase()
  if (scheme !== undefined && !schemes.includes(scheme)) {
    return `begins with ${scheme}://; write ${schemes.map((name) => `${name}://`).join(' or ')}`
  }
  const url = scheme === undefined ? `http://${address}` : address
  return URL.canParse(url) ? undefined : `is no URL or host; write it as in ${examples}`
}

type Port = 'none' | 'optional' | 'required'

function aboutHost(address: string, port: Port, examples: string): string | undefined {
  const write = `write it as in ${examples}`
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(address)) return `is a URL, and this prober takes none; ${write}`
  if (/[/?#@\\]/.test(address)) return `holds more than a host and a port; ${write}`
  if (isIP(address) === 6) return port === 'required' ? `is an IPv6 address without a port; ${write}` : undefined
  const parts = /^(\[[^[\]]+\]|[^:[\]]+)(?::([^:]*))?$/.exec(address)
  if (parts === null || (address.startsWith('[') && isIP(address.slice(1, address.indexOf(']'))) !== 6)) {
    return `is no host; ${write}`
  }
  if (parts[2] === undefined) return port === 'required' ? `has no port; ${write}` : undefined
  if (port === 'none') return `has a port, and this prober uses none; ${write}`
  return isPort(parts[2]) ? undefined : `names a port that is none; write one from 1 to 65535`
}

/** Go knows some by name, as `smtp`; which, the prober says. */
function isPort(text: string): boolean {
  return /^\d+$/.test(text) ? Number(text) >= 1 && Number(text) <= 65_535 : /^[a-z][a-z\d-]*$/i.test(text)
}
