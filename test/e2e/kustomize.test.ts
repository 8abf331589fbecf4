/** What kustomize makes of k8s/kustomize: each overlay and each component, looked at as what would be applied. */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import { API_RESOURCES } from '../../prober/discovery/kubernetes/resources.ts'
import { assert } from '../harness.ts'
import { kubernetesVersions, refusedBy } from '../k8s/kubeconform.ts'
import { lintsOf } from '../k8s/linted.ts'
import {
  type Manifest,
  manifestsIn,
  named,
  ofKind,
  parseManifests,
  ROOT,
  type Selector,
  selects,
} from '../k8s/manifests.ts'
import { letsThrough, type Party, type Pod } from '../k8s/network-policies.ts'
import { invalidValues, unknownFields } from '../k8s/strict.ts'
import { assertTruths, truthsOf } from '../k8s/truths.ts'
import { describeWithPrograms } from '../programs.ts'
import { kubeScore } from './kube-score.ts'

const KUSTOMIZE = join(ROOT, 'k8s', 'kustomize')
const namesIn = (folder: string) => globSync(`${folder}/*/kustomization.yaml`, { cwd: KUSTOMIZE }).sort().map(folderOf)
const folderOf = (file: string) => basename(join(file, '..'))

/** Objects of which kubernetes-models knows nothing. */
const UNTYPED = ['CiliumNetworkPolicy']

/** What kube-score finds and we leave as it is. One that it finds no more fails, too. */
const EXEMPT: readonly (readonly [check: string, object: string, overlays: readonly string[], reason: string])[] = [
  [
    'container-image-pull-policy',
    'Deployment/hello',
    ['dev', 'staging', 'prod'],
    'a version is never pushed twice, and images loaded by hand into kind or minikube are in no registry',
  ],
  ['container-image-pull-policy', 'Deployment/sonde', ['dev', 'staging', 'prod'], 'the same'],
  ['deployment-replicas', 'Deployment/sonde', ['dev'], 'one is enough to try things'],
  ['horizontalpodautoscaler-replicas', 'HorizontalPodAutoscaler/hello', ['dev'], 'the same'],
  ['networkpolicy-targets-pod', 'NetworkPolicy/web', ['prod'], 'its pods are made by the Gateway’s controller'],
]

function kustomize(folder: string): Manifest[] {
  const { status, stdout, stderr } = spawnSync('kustomize', ['build', folder], { encoding: 'utf8' })
  assert.is(status, 0, stderr)
  assert.is(stderr, '', 'nothing in it is deprecated')
  return parseManifests(stdout)
}

/** The base with these components, as somebody's own overlay would have it. */
function withComponents(...components: readonly string[]): Manifest[] {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-kustomize-'))
  try {
    const from = (path: string) => relative(folder, join(KUSTOMIZE, path))
    const paths = components.map((component) => from(`components/${component}`))
    const content = { namespace: 'elsewhere', resources: [from('base')], components: paths }
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(content))
    return kustomize(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describeWithPrograms('k8s/kustomize', ['kustomize', 'kube-score', 'kubeconform'], (test) => {
  for (const overlay of namesIn('overlays')) {
    test(`overlay ${overlay}: valid, in a namespace of its own, its objects fit each other, and kube-score has nothing to add`, async () => {
      const manifests = kustomize(join(KUSTOMIZE, 'overlays', overlay))
      assert.equal(unknownFields(manifests), [])
      assert.equal(await invalidValues(manifests), [])
      const namespaces = new Set(
        manifests.map(({ kind, metadata }) => (kind === 'Namespace' ? metadata.name : metadata.namespace)),
      )
      assert.equal([...namespaces], [named(manifests, 'Namespace', [...namespaces][0] ?? '').metadata?.name])
      await assertTruths([...truthsOf(manifests), ...lintsOf(manifests)])
      const exempt = EXEMPT.filter(([, , overlays]) => overlays.includes(overlay))
      assert.equal(kubeScore(manifests).sort(), exempt.map(([check, object]) => `${check} ${object}`).sort())
    })
  }

  for (const component of namesIn('components')) {
    test(`component ${component}: valid, and no object of the base is lost`, async () => {
      const manifests = withComponents(component)
      const typed = manifests.filter(({ kind }) => !UNTYPED.includes(kind))
      assert.equal(unknownFields(typed), [])
      assert.equal(await invalidValues(typed), [])
      const documents = manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n')
      for (const version of kubernetesVersions()) assert.equal(refusedBy(version, documents), [])
      const names = manifests.map(({ metadata }) => metadata.name)
      for (const { kind, metadata } of manifestsIn('k8s').filter(
        (manifest) => !['Ingress', 'Namespace'].includes(manifest.kind),
      ))
        assert.ok(names.includes(metadata.name), `${kind} ${metadata.name}`)
    })
  }

  test('the base and its edge are what kubectl apply -f k8s/ takes, object by object', () => {
    const sorted = (manifests: readonly Manifest[]) =>
      manifests
        .map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, manifest]) => manifest)
    const built = withComponents('ingress').map((manifest) => {
      const { namespace: _, ...metadata } = manifest.metadata
      return { ...manifest, metadata: manifest.kind === 'Namespace' ? { ...metadata, name: 'hello' } : metadata }
    })
    assert.equal(sorted(built), sorted(manifestsIn('k8s')))
  })

  const traefik = { namespace: 'traefik', labels: { 'app.kubernetes.io/name': 'traefik' } }
  const envoy = { namespace: 'envoy-gateway-system', labels: { 'app.kubernetes.io/component': 'proxy' } }
  const elsewhere = { namespace: 'ingress-nginx', labels: { ...traefik.labels, ...envoy.labels } }
  const unlike = { ...traefik, labels: {} }
  const balancer = { ip: '192.0.2.7' }
  const internet = { ip: '203.0.113.7' }
  const edges: readonly (readonly [component: string, within: readonly Party[], without: readonly Party[]])[] = [
    ['edge-envoy-gateway', [envoy], [traefik, { ...envoy, labels: {} }, elsewhere, internet]],
    ['edge-traefik', [traefik], [envoy, unlike, elsewhere, internet]],
    ['edge-cidr', [balancer], [traefik, internet]],
    // What it lets in is no pod and no address.
    ['edge-cilium', [], [traefik, envoy, elsewhere, balancer, internet]],
    ['loadbalancer', [balancer, internet], [traefik, elsewhere]],
  ]
  for (const [component, within, without] of edges) {
    test(`${component} lets that edge in, and no other`, () => {
      const manifests = withComponents(component)
      const policies = ofKind(manifests, 'NetworkPolicy')
      const container = named(manifests, 'Deployment', 'hello').spec?.template.spec?.containers[0]
      const port = container?.ports?.[0]?.containerPort ?? 0
      const to: Pod = { namespace: 'elsewhere', labels: { 'app.kubernetes.io/name': 'hello' }, ports: { http: port } }
      const lets = (from: Party) => letsThrough(policies, 'elsewhere', { from, to, traffic: `TCP/${port}` })
      assert.equal(
        within.filter((party) => !lets(party)),
        [],
      )
      assert.equal(without.filter(lets), [])
    })
  }

  test('monitoring: what is scraped is a Service of the overlay with a port of that name, each once', () => {
    const manifests = withComponents('monitoring', 'slo', 'dashboards')
    const monitors = manifests.filter(({ kind }) => kind === 'ServiceMonitor') as unknown as IServiceMonitor[]
    assert.equal(
      monitors.map(({ metadata, spec }) => [metadata?.name, spec.namespaceSelector]),
      [
        ['sonde', undefined],
        ['sonde-hello', undefined],
      ],
    )
    for (const { spec } of monitors) {
      const scraped = ofKind(manifests, 'Service').filter(({ metadata }) =>
        selects(spec.selector as Selector, metadata?.labels ?? {}),
      )
      assert.equal(
        scraped.map((service) => service.spec?.ports?.map(({ name }) => name)),
        [spec.endpoints.map(({ port }) => port)],
      )
    }
  })

  test('discovery gives the prober, and no other, a token that reads the objects of all kinds and nothing else', () => {
    const manifests = withComponents('discovery')
    const mounts = (name: string) =>
      named(manifests, 'Deployment', name).spec?.template.spec?.automountServiceAccountToken
    assert.equal([mounts('sonde'), mounts('hello')], [true, false])
    const { roleRef, subjects } = named(manifests, 'ClusterRoleBinding', 'sonde-discovery')
    assert.equal(
      [roleRef.name, subjects],
      ['sonde-discovery', [{ kind: 'ServiceAccount', name: 'sonde', namespace: 'elsewhere' }]],
    )
    const { rules } = named(manifests, 'ClusterRole', 'sonde-discovery')
    const given = rules?.flatMap(({ apiGroups = [], resources = [], verbs }) =>
      resources.map((resource) => `${apiGroups.join()}/${resource} ${verbs.join()}`),
    )
    const read = Object.values(API_RESOURCES).map(({ group, resource }) => `${group}/${resource} get,list,watch`)
    assert.equal(given?.sort(), read.sort())
  })

  test('icmp gives the prober the one sysctl that it needs, and the service none', () => {
    const manifests = withComponents('icmp')
    const sysctls = (name: string) => named(manifests, 'Deployment', name).spec?.template.spec?.securityContext?.sysctls
    assert.equal(sysctls('sonde'), [{ name: 'net.ipv4.ping_group_range', value: '0 2147483647' }])
    assert.is(sysctls('hello'), undefined)
  })
})
