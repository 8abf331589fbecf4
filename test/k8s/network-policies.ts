/** What a set of NetworkPolicies of one namespace lets through, by the rules of networking.k8s.io/v1. */
import { BlockList, isIPv6 } from 'node:net'
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import { type Labels, selects } from './manifests.ts'

/** Its port names are those of its containers. */
export interface Pod {
  readonly namespace: string
  readonly labels: Labels
  readonly ports?: Readonly<Record<string, number>>
}
export interface Address {
  readonly ip: string
}
export type Party = Pod | Address

/** ICMP has no port; rules that name ports do not let it through. */
export type Traffic = `${'TCP' | 'UDP'}/${number}` | 'ICMP'

export interface Way {
  readonly from: Party
  readonly to: Party
  readonly traffic: Traffic
}

type Rule = { readonly ports?: readonly Port[]; readonly peers?: readonly Peer[] }
type Spec = NonNullable<INetworkPolicy['spec']>
type Ingress = NonNullable<Spec['ingress']>[number]
type Peer = NonNullable<Ingress['from']>[number]
type Port = NonNullable<Ingress['ports']>[number]

type Policy = Pick<INetworkPolicy, 'spec'>

export function letsThrough(policies: readonly Policy[], namespace: string, { from, to, traffic }: Way) {
  const inside = (party: Party): party is Pod => 'labels' in party && party.namespace === namespace
  const isOut = !inside(from) || isAllowed(rulesOf(policies, from, 'Egress'), namespace, to, to, traffic)
  const isIn = !inside(to) || isAllowed(rulesOf(policies, to, 'Ingress'), namespace, from, to, traffic)
  return isOut && isIn
}

/** undefined: no policy of that direction selects the pod, and all is allowed. */
function rulesOf(policies: readonly Policy[], pod: Pod, direction: 'Ingress' | 'Egress'): Rule[] | undefined {
  const specs = policies.flatMap(({ spec }) => (spec === undefined ? [] : [spec]))
  const own = specs.filter(
    ({ podSelector, policyTypes = [] }) => selects(podSelector ?? {}, pod.labels) && policyTypes.includes(direction),
  )
  if (own.length === 0) return undefined
  return own.flatMap(({ ingress = [], egress = [] }) =>
    direction === 'Ingress'
      ? ingress.map(({ from, ports }) => rule(from, ports))
      : egress.map(({ to, ports }) => rule(to, ports)),
  )
}

/** A list that is empty or null is as good as none: everybody, every port. */
function rule(peers: readonly Peer[] | null = [], ports: readonly Port[] | null = []): Rule {
  return { ...(peers?.length ? { peers } : {}), ...(ports?.length ? { ports } : {}) }
}

function isAllowed(rules: readonly Rule[] | undefined, namespace: string, other: Party, to: Party, traffic: Traffic) {
  if (rules === undefined) return true
  return rules.some(
    ({ peers, ports }) =>
      (peers === undefined || peers.some((peer) => isPeer(peer, namespace, other))) &&
      (ports === undefined || ports.some((port) => isPort(port, to, traffic))),
  )
}

function isPeer({ ipBlock, namespaceSelector, podSelector }: Peer, namespace: string, other: Party): boolean {
  // Cilium and others match no pod by its address, so a policy must not rely on it.
  if (ipBlock !== undefined) return 'ip' in other && isInBlock(ipBlock.cidr, ipBlock.except ?? [], other.ip)
  if ('ip' in other) return false
  const isNamespace =
    namespaceSelector === undefined
      ? other.namespace === namespace
      : selects(namespaceSelector, { 'kubernetes.io/metadata.name': other.namespace })
  return isNamespace && (podSelector === undefined || selects(podSelector, other.labels))
}

function isInBlock(cidr: string, except: readonly string[], ip: string): boolean {
  return isInRange(cidr, ip) && !except.some((range) => isInRange(range, ip))
}

function isInRange(cidr: string, ip: string): boolean {
  const [network = '', prefix] = cidr.split('/')
  if (isIPv6(network) !== isIPv6(ip)) return false
  const family = isIPv6(ip) ? 'ipv6' : 'ipv4'
  const list = new BlockList()
  list.addSubnet(network, Number(prefix), family)
  return list.check(ip, family)
}

function isPort({ port, protocol = 'TCP' }: Port, to: Party, traffic: Traffic): boolean {
  const number = typeof port === 'string' ? ('labels' in to ? to.ports?.[port] : undefined) : port
  return traffic === `${protocol}/${number}`
}
