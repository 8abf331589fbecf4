/** What Helm makes of helm/sonde: by default what k8s/ is, with every file of ci/ something that fits together, or a refusal. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { parseConfig } from '../../prober/config/load.ts'
import { assert } from '../harness.ts'
import { kubernetesVersions, refusedBy } from '../k8s/kubeconform.ts'
import { lintsOf } from '../k8s/linted.ts'
import { type Manifest, manifestsIn, named, ofKind, parseManifests, ROOT } from '../k8s/manifests.ts'
import { letsThrough, type Party, type Pod } from '../k8s/network-policies.ts'
import { invalidValues, unknownFields } from '../k8s/strict.ts'
import { assertTruths, containerOf, podLabels, truthsOf } from '../k8s/truths.ts'
import { describeWithPrograms } from '../programs.ts'
import { type Json, MISSING, REACHES, REFUSED } from './helm-rows.ts'
import { kubeScore } from './kube-score.ts'

const CHART = join(ROOT, 'helm', 'sonde')
const FEATURES = globSync('*-values.yaml', { cwd: join(CHART, 'ci') })
  .map((file) => basename(file, '-values.yaml'))
  .sort()

/** Names in ci/scheduling-values.yaml and own-gateway-values.yaml of objects that somebody else has made. */
const GIVEN = ['existing', 'my-sonde', 'web']

/** As k8s/kustomize: what kube-score finds and we leave as it is. */
const EXEMPT = ['container-image-pull-policy Deployment/hello', 'container-image-pull-policy Deployment/sonde']

function template(args: readonly string[], input = '') {
  const all = ['template', 'hello', CHART, '--namespace', 'hello', ...args]
  return spawnSync('helm', all, { input, encoding: 'utf8', maxBuffer: 2 ** 26 })
}

function rendered(...args: readonly string[]): Manifest[] {
  const { status, stdout, stderr } = template(args)
  assert.is(status, 0, stderr)
  return parseManifests(stdout)
}

const withFeature = (feature: string) => ['--values', join(CHART, 'ci', `${feature}-values.yaml`)]

/** Helm's own labels; and on the service's pods the checksum of its environment, because Helm restarts nothing by itself. */
const ADDED = [
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/version',
  'helm.sh/chart',
  'checksum/config',
]

function withoutAdditions(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutAdditions)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value as Readonly<Record<string, Json>>)
  return Object.fromEntries(
    entries
      .filter(([key, inner]) => !ADDED.includes(key) && !(key === 'namespace' && inner === 'hello'))
      .map(([key, inner]) => [key, withoutAdditions(inner)]),
  )
}

/** The prober's configuration means the same, and is written otherwise. */
const isProberConfig = ({ kind, metadata }: Manifest) => kind === 'ConfigMap' && metadata.name === 'sonde'

function byName(manifests: readonly Manifest[]): Readonly<Record<string, Json>> {
  const entries = manifests
    .filter((manifest) => manifest.kind !== 'Namespace' && !isProberConfig(manifest))
    .map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest as unknown as Json] as const)
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)))
}

async function configOf(manifests: readonly Manifest[]) {
  const loaded = await parseConfig(named(manifests, 'ConfigMap', 'sonde').data?.['sonde.yml'] ?? '', 'sonde.yml')
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  const { yaml, slos, modules, moduleYaml, ...config } = loaded.config
  // Of the chart's objective the target is named, since there may be twenty services; in k8s/ it is the only one.
  return { ...config, modules: [...modules], slos: slos.map(({ targets: _, ...slo }) => slo) }
}

/** Specs by name, as JSON in which objectives ask as those of k8s/ do: see `configOf`. */
function specsOf(manifests: readonly Manifest[]): Record<string, unknown> {
  const escaped = (matcher: string) => JSON.stringify(matcher).slice(1, -1)
  const json = JSON.stringify(byName(manifests))
  const alike = json.replaceAll(escaped('instance="hello/edge"'), escaped('instance!~"hello/service|hello/pod"'))
  const objects = Object.entries(JSON.parse(alike) as Record<string, { spec: Record<string, unknown> }>)
  // In the chart a monitor is beside its Service.
  return Object.fromEntries(objects.map(([name, { spec }]) => [name, { ...spec, namespaceSelector: undefined }]))
}

function podOf(manifests: readonly Manifest[], name: string): Pod {
  const deployment = named(manifests, 'Deployment', name)
  const ports = containerOf(deployment).ports ?? []
  return {
    namespace: 'hello',
    labels: podLabels(deployment),
    ports: Object.fromEntries(ports.map((port) => [port.name ?? '', port.containerPort])),
  }
}

describeWithPrograms('helm/sonde', ['helm', 'kube-score', 'kubeconform'], (test) => {
  const features = new Map(FEATURES.map((feature) => [feature, rendered('--skip-tests', ...withFeature(feature))]))
  const having = (feature: string) => features.get(feature) ?? []

  test('without values it is k8s/, object by object', async () => {
    const [made, written] = [having('default'), manifestsIn('k8s')]
    assert.equal(withoutAdditions(byName(made)), withoutAdditions(byName(written)))
    assert.equal(await configOf(made), await configOf(written))
    assert.equal(kubeScore(made).sort(), EXEMPT)
  })

  test('its monitoring is k8s/monitoring, object by object', () => {
    const kinds = ['PrometheusRule', 'ServiceMonitor']
    const args = ['monitoring.serviceMonitor.enabled', 'monitoring.prometheusRule.enabled'].map((key) => `${key}=true`)
    const made = rendered('--skip-tests', '--set', args.join(',')).filter(({ kind }) => kinds.includes(kind))
    assert.equal(specsOf(made), specsOf(manifestsIn('k8s/monitoring')))
  })

  test('every field and value of every feature is known to Kubernetes', async () => {
    const all = [...features.values(), rendered()].flat()
    assert.equal(unknownFields(all), [])
    assert.equal(await invalidValues(all), [])
  })

  for (const version of kubernetesVersions()) {
    test(`Kubernetes ${version} takes every feature, and the pods of helm test`, () => {
      const documents = [...features.values(), rendered()].flat().map((manifest) => JSON.stringify(manifest))
      assert.equal(refusedBy(version, documents.join('\n---\n')), [])
    })
  }

  for (const feature of FEATURES) {
    test(`${feature}: its objects fit each other`, async () => {
      const manifests = having(feature)
      assert.not.match(JSON.stringify(manifests), /each-(service|prober)/)
      const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
      assert.is(new Set(names).size, names.length)
      await assertTruths([...truthsOf(manifests, GIVEN), ...lintsOf(manifests)])
    })
  }

  for (const [feature, who, from, to, reaches] of REACHES) {
    test(`${feature}: ${who} ${reaches ? 'reaches' : 'does not reach'} ${to}`, () => {
      const manifests = having(feature)
      const pod = podOf(manifests, to)
      const traffic = `TCP/${pod.ports?.http ?? 0}` as const
      assert.is(letsThrough(ofKind(manifests, 'NetworkPolicy'), 'hello', { from, to: pod, traffic }), reaches)
    })
  }

  test('what discovery may read is what the component of kustomize gives', () => {
    const [role] = ofKind(having('discovery'), 'ClusterRole')
    assert.equal(
      role?.rules,
      named(manifestsIn('k8s/kustomize/components/discovery'), 'ClusterRole', 'sonde-discovery').rules,
    )
  })

  test('a Gateway in the namespace takes what comes and passes it on, to the service alone', () => {
    const manifests = having('own-gateway')
    const internet = { ip: '203.0.113.7' }
    const gateway = { namespace: 'hello', labels: { 'gateway.networking.k8s.io/gateway-name': 'web' } }
    const lets = (from: Party, to: Party, port: number) =>
      letsThrough(ofKind(manifests, 'NetworkPolicy'), 'hello', { from, to, traffic: `TCP/${port}` })
    assert.ok(lets(internet, gateway, 8443))
    assert.ok(lets(gateway, podOf(manifests, 'hello'), 5000))
    assert.not(lets(gateway, podOf(manifests, 'sonde'), 9115))
    assert.not(lets(internet, podOf(manifests, 'hello'), 5000))
  })

  for (const edge of [[], null]) {
    test(`an edge that is ${JSON.stringify(edge)} is nobody, and not everybody`, () => {
      const manifests = rendered('--set-json', `networkPolicy.edge=${JSON.stringify(edge)}`)
      const to = podOf(manifests, 'hello')
      const policies = ofKind(manifests, 'NetworkPolicy')
      for (const from of [
        { ip: '203.0.113.7' },
        { namespace: 'traefik', labels: {} },
        { namespace: 'hello', labels: {} },
      ])
        assert.not(letsThrough(policies, 'hello', { from, to, traffic: 'TCP/5000' }))
    })
  }

  for (const [title, values] of MISSING) {
    test(`can do without ${title}`, async () => {
      const { status, stdout, stderr } = template(['--values', '-'], JSON.stringify(values))
      assert.is(status, 0, stderr)
      assert.equal(await invalidValues(parseManifests(stdout)), [])
    })
  }

  test('two renderings of the same values are the same', () => {
    const values = withFeature('monitoring')
    assert.is(template(values).stdout, template(values).stdout)
  })

  test('what says which version it is says that of this checkout', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as Record<string, string>
    assert.equal([chart.version, chart.appVersion], [version, version])
  })

  for (const [title, values, message] of REFUSED) {
    test(`refused: ${title}`, () => {
      const { status, stderr } = template(['--values', '-'], JSON.stringify(values))
      assert.is(status, 1)
      assert.match(stderr, message)
    })
  }
})
