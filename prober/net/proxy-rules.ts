/** Which proxy a URL goes through: the rules of Go's golang.org/x/net/http/httpproxy, which curl's resemble. */
import { BlockList, isIP } from 'node:net'
import type { ProxyConfig } from '../config/schema.ts'

type Environment = Readonly<Record<string, string | undefined>>

interface Destination {
  readonly host: string
  readonly port: string
}

/** undefined: go direct. */
export function proxyFor(url: URL, proxy: ProxyConfig, environment: Environment): URL | undefined {
  switch (proxy.kind) {
    case 'none':
      return undefined
    case 'url':
      // As prometheus/common: without a no_proxy even localhost goes through the proxy that was asked for.
      return proxy.noProxy === '' || usesProxy(url, proxy.noProxy) ? proxy.url : undefined
    case 'environment':
      return usesProxy(url, variable(environment, 'NO_PROXY') ?? '') ? proxyOfEnvironment(url, environment) : undefined
  }
}

function proxyOfEnvironment(url: URL, environment: Environment): URL | undefined {
  const text = variable(environment, url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  return text === undefined ? undefined : parseProxyUrl(text)
}

/** Upper case first; an empty variable is as good as none. */
function variable(environment: Environment, name: string): string | undefined {
  return environment[name] || environment[name.toLowerCase()] || undefined
}

/** `host:port` without a scheme means http. A text that is no URL is no proxy, as Go takes it. */
function parseProxyUrl(text: string): URL | undefined {
  return URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`) ?? undefined
}

function usesProxy(url: URL, noProxy: string): boolean {
  const destination = destinationOf(url)
  if (isLocal(destination.host)) return false
  const entries = noProxy.split(',').map((entry) => entry.trim().toLowerCase())
  return !entries.some((entry) => entry === '*' || excludes(entry, destination))
}

function destinationOf(url: URL): Destination {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return { host, port: url.port || (url.protocol === 'https:' ? '443' : '80') }
}

/** Requests to this machine never go through a proxy. */
function isLocal(host: string): boolean {
  return host === 'localhost' || inSubnet(host, '127.0.0.0/8') || host === '::1'
}

/** One entry: IP, CIDR, `host`, `.suffix`, `*.suffix`; all but a CIDR may have a port. */
function excludes(entry: string, { host, port }: Destination): boolean {
  if (entry.includes('/')) return inSubnet(host, entry)
  const { host: wanted, port: wantedPort } = splitPort(entry)
  if (wanted === '' || (wantedPort !== '' && wantedPort !== port)) return false
  if (isIP(wanted) !== 0) return sameIp(host, wanted)
  if (isIP(host) !== 0) return false
  const suffix = wanted.replace(/^\*?\./, '.')
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`)
}

function splitPort(entry: string): Destination {
  if (isIP(entry) !== 0) return { host: entry, port: '' }
  const [, host = entry, port = ''] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port }
}

function sameIp(one: string, other: string): boolean {
  return inSubnet(one, `${other}/${isIP(other) === 6 ? 128 : 32}`)
}

function inSubnet(ip: string, cidr: string): boolean {
  const [network = '', bits = ''] = cidr.split('/')
  const family = isIP(network)
  const most = family === 6 ? 128 : 32
  if (family === 0 || isIP(ip) !== family || !/^\d+$/.test(bits) || Number(bits) > most) return false
  const subnet = new BlockList()
  subnet.addSubnet(network, Number(bits), family === 6 ? 'ipv6' : 'ipv4')
  return subnet.check(ip, family === 6 ? 'ipv6' : 'ipv4')
}
