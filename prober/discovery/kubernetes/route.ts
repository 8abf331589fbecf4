/** Hosts of a route: those that it has in common with the listeners of its Gateways. https://gateway-api.sigs.k8s.io/ */
import type { Resource } from '../../config/schema.ts'
import { commonHost } from './hosts.ts'
import type { KubernetesObject, Spec } from './objects.ts'
import type { PlaceSettings, RuledHost, RulePath, Unplaced } from './placement.ts'

export type RouteKind = Extract<Resource, `${string}route`>
export type Route = { [K in RouteKind]: KubernetesObject<K> }[RouteKind]
export type Gateway = KubernetesObject<'gateway'>
/** By `namespace/name`. */
export type Gateways = ReadonlyMap<string, Gateway>

type Parent = Spec<RouteKind>['parentRefs'][number]
type Listener = Spec<'gateway'>['listeners'][number]

const PROTOCOLS: Readonly<Record<RouteKind, readonly string[]>> = {
  httproute: ['HTTP', 'HTTPS'],
  grpcroute: ['HTTP', 'HTTPS'],
  tlsroute: ['TLS'],
}

const USUAL_PORTS: readonly number[] = [443, 80]

export interface RouteHosts {
  readonly hosts: readonly RuledHost[]
  readonly skipped: readonly Unplaced[]
  /** Of the Gateways, for a route that has no host at all. */
  readonly addresses: readonly string[]
}

export function routeHosts(route: Route, gateways: Gateways, { scheme }: PlaceSettings): RouteHosts {
  const hostnames = route.spec.hostnames.length === 0 ? [''] : route.spec.hostnames
  const parents = route.spec.parentRefs
    .filter(isGateway)
    .map((parent) => [parent, gatewayOf(parent, route, gateways)] as const)
  const known = parents.flatMap(([parent, gateway]) => (gateway === undefined ? [] : [[parent, gateway] as const]))
  const paths = pathsOf(route)
  const addresses = known.flatMap(([, gateway]) => gateway.addresses)
  if (known.length === 0) return { ...withoutGateway(hostnames, paths, scheme), addresses }
  const attached = known.flatMap(([parent, gateway]) =>
    gateway.spec.listeners
      .filter((listener) => takes(listener, parent, route, gateway))
      .flatMap((listener) => hostsOn(listener, hostnames)),
  )
  const hosts = [...Map.groupBy(attached, ({ host }) => host)].map(([host, ways]) => ({ host, ...bestOf(ways), paths }))
  const reached = new Set(attached.map(({ hostname }) => hostname))
  const skipped = hostnames.filter((id) => !reached.has(id)).map((id): Unplaced => ({ id, ...NOT_ATTACHED }))
  return { hosts, skipped, addresses }
}

const NOT_ATTACHED = {
  reason: 'not_attached',
  message: 'no listener of its Gateway takes it: compare names, hosts, protocols and allowedRoutes',
} as const

/** Whoever says the scheme knows what stands in front. */
function withoutGateway(hostnames: readonly string[], paths: readonly RulePath[], scheme: PlaceSettings['scheme']) {
  if (scheme !== undefined) {
    const way = { isSecure: scheme === 'https', port: undefined, paths }
    return { hosts: hostnames.map((host) => ({ host, ...way })), skipped: [] }
  }
  const message = 'none of its parents is a Gateway that is seen; check gateway_namespaces, or write the scheme'
  return { hosts: [], skipped: hostnames.map((id): Unplaced => ({ id, reason: 'gateway_unknown', message })) }
}

function isGateway({ group, kind }: Parent): boolean {
  return (kind ?? 'Gateway') === 'Gateway' && (group ?? 'gateway.networking.k8s.io') === 'gateway.networking.k8s.io'
}

function gatewayOf(parent: Parent, route: Route, gateways: Gateways): Gateway | undefined {
  return gateways.get(`${parent.namespace || route.namespace}/${parent.name}`)
}

function takes(listener: Listener, parent: Parent, route: Route, gateway: Gateway): boolean {
  if (!PROTOCOLS[route.kind].includes(listener.protocol)) return false
  if (parent.sectionName !== '' && parent.sectionName !== listener.name) return false
  if (parent.port !== null && parent.port !== undefined && parent.port !== listener.port) return false
  // Which namespaces a selector means is not known here: it gets the benefit of the doubt.
  const from = listener.allowedRoutes.namespaces.from || 'Same'
  return from === 'Same' ? route.namespace === gateway.namespace : from !== 'None'
}

type Way = Omit<RuledHost, 'paths'>
/** `hostname`: of the route. */
type Attached = Way & { readonly hostname: string }

function hostsOn(listener: Listener, hostnames: readonly string[]): Attached[] {
  const { protocol, port } = listener
  const isSecure = protocol !== 'HTTP'
  return hostnames.flatMap((hostname) => {
    const host = commonHost(listener.hostname, hostname)
    return host === undefined ? [] : [{ host, isSecure, port, hostname }]
  })
}

/** What people use: with TLS before without, a usual port before any other. */
function bestOf(ways: readonly Way[]): Omit<Way, 'host'> {
  const rank = ({ isSecure, port = 0 }: Way) => (isSecure ? 0 : 2) + (USUAL_PORTS.includes(port) ? 0 : 1)
  const [best] = [...ways].sort((a, b) => rank(a) - rank(b) || (a.port ?? 0) - (b.port ?? 0))
  return { isSecure: best?.isSecure ?? true, port: best?.port }
}

/** A rule without matches takes all. What wants a header, a query or a method is not asked for by a path alone. */
function pathsOf(route: Route): RulePath[] {
  if (route.kind !== 'httproute') return []
  return route.spec.rules.flatMap(({ matches }) => {
    if (matches.length === 0) return [{ path: '/', isAskable: true }]
    return matches.map(({ path, headers, queryParams, method }) => ({
      path: path?.value || '/',
      isAskable:
        path?.type !== 'RegularExpression' &&
        headers.length + queryParams.length === 0 &&
        (method === '' || method === 'GET'),
    }))
  })
}
