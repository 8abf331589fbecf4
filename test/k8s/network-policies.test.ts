/** docs/kubernetes.md draws which connections there are; this is the drawing as a table, and everything beside it. */
import { assert, describe } from '../harness.ts'
import { named, ofKind, manifestsIn } from './manifests.ts'
import { type Address, letsThrough, type Party, type Pod, type Traffic } from './network-policies.ts'

const manifests = manifestsIn('k8s')
const NAMESPACE = 'hello'

function podOf(name: string): Pod {
  const { template } = named(manifests, 'Deployment', name).spec ?? {}
  const ports = (template?.spec?.containers ?? []).flatMap((container) => container.ports ?? [])
  return {
    namespace: NAMESPACE,
    labels: template?.metadata?.labels ?? {},
    ports: Object.fromEntries(ports.map((port) => [port.name ?? '', port.containerPort])),
  }
}

function foreign(namespace: string, name: string): Pod {
  return { namespace, labels: { 'app.kubernetes.io/name': name } }
}

const hello = podOf('hello')
const sonde = podOf('sonde')
const prometheus = foreign('monitoring', 'prometheus')
const traefik = foreign('traefik', 'traefik')
const names = foreign('kube-system', 'coredns')
const neighbour = foreign('shop', 'sonde')
const ownGateway: Pod = { namespace: NAMESPACE, labels: { 'gateway.networking.k8s.io/gateway-name': 'web' } }
const stray: Pod = { namespace: NAMESPACE, labels: {} }
const internet: Address = { ip: '203.0.113.7' }
const internet6: Address = { ip: '2001:db8::7' }
const machine: Address = { ip: '10.0.0.5' }
const nodeNames: Address = { ip: '169.254.20.10' }

const DRAWN: readonly (readonly [title: string, from: Party, to: Party, traffic: Traffic])[] = [
  ['the edge asks the service', traefik, hello, 'TCP/5000'],
  ['the edge of k3s and RKE2 asks the service', foreign('kube-system', 'traefik'), hello, 'TCP/5000'],
  ['the prober asks the service', sonde, hello, 'TCP/5000'],
  ['Prometheus scrapes the service', prometheus, hello, 'TCP/5000'],
  ['Prometheus asks the prober', prometheus, sonde, 'TCP/9115'],
  ['the service asks for names', hello, names, 'UDP/53'],
  ['the service asks for names over TCP', hello, names, 'TCP/53'],
  ['the service asks the node’s name server', hello, nodeNames, 'UDP/53'],
  ['the prober asks for names where OpenShift has them', sonde, foreign('openshift-dns', 'dns'), 'UDP/5353'],
  ['the prober probes the internet', sonde, internet, 'TCP/443'],
  ['the prober probes the internet over IPv6', sonde, internet6, 'TCP/443'],
  ['the prober probes addresses of the network', sonde, machine, 'TCP/8443'],
  ['the prober probes pods anywhere', sonde, neighbour, 'TCP/8080'],
  ['the prober pings', sonde, internet, 'ICMP'],
]

const FORBIDDEN: typeof DRAWN = [
  ['the internet does not reach the service past the edge', internet, hello, 'TCP/5000'],
  ['nobody but Prometheus makes the prober connect anywhere', neighbour, sonde, 'TCP/9115'],
  ['the edge does not reach the prober', traefik, sonde, 'TCP/9115'],
  ['the internet does not reach the prober', internet, sonde, 'TCP/9115'],
  ['the service does not reach the prober', hello, sonde, 'TCP/9115'],
  ['a namesake of the prober elsewhere does not reach the service', neighbour, hello, 'TCP/5000'],
  ['another pod of kube-system does not reach the service', names, hello, 'TCP/5000'],
  ['another pod of the namespace does not reach the service', stray, hello, 'TCP/5000'],
  ['the edge reaches no other port', traefik, hello, 'TCP/9229'],
  ['Prometheus reaches no other port', prometheus, sonde, 'TCP/22'],
  ['the service reaches nothing but names', hello, internet, 'TCP/443'],
  ['the service does not reach itself', hello, hello, 'TCP/5000'],
  ['another pod of the namespace reaches nothing, not even names', stray, names, 'UDP/53'],
  ['nobody reaches another pod of the namespace', prometheus, stray, 'TCP/80'],
  ...['169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254'].map(
    (ip) => [`the prober does not reach the credentials of a cloud at ${ip}`, sonde, { ip }, 'TCP/80'] as const,
  ),
  ['nor does the service', hello, { ip: '169.254.169.254' }, 'TCP/80'],
]

describe('k8s/networkpolicy', (test) => {
  const policies = ofKind(manifests, 'NetworkPolicy')
  for (const [title, from, to, traffic] of DRAWN) {
    test(title, () => assert.ok(letsThrough(policies, NAMESPACE, { from, to, traffic })))
  }
  for (const [title, from, to, traffic] of FORBIDDEN) {
    test(title, () => assert.not(letsThrough(policies, NAMESPACE, { from, to, traffic })))
  }

  test('a rule whose list of peers is empty or missing lets everybody in', () => {
    const way = { from: internet, to: hello, traffic: 'TCP/1' } as const
    const lets = (...ingress: readonly { from?: [] }[]) =>
      letsThrough([{ spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [...ingress] } }], NAMESPACE, way)
    assert.equal([lets({ from: [] }), lets({}), lets()], [true, true, false])
  })

  test('with k8s/gateway/ the proxies of a Gateway in the namespace take what comes and pass it on', () => {
    const all = [...policies, ...ofKind(manifestsIn('k8s/gateway'), 'NetworkPolicy')]
    assert.ok(letsThrough(all, NAMESPACE, { from: internet, to: ownGateway, traffic: 'TCP/8443' }))
    assert.ok(letsThrough(all, NAMESPACE, { from: ownGateway, to: hello, traffic: 'TCP/5000' }))
    assert.not(letsThrough(all, NAMESPACE, { from: ownGateway, to: sonde, traffic: 'TCP/9115' }))
    assert.not(letsThrough(policies, NAMESPACE, { from: ownGateway, to: hello, traffic: 'TCP/5000' }))
  })
})
