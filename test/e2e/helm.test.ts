/** What Helm makes of helm/sonde: by default what k8s/ is, with every file of ci/ something that fits together, or a refusal. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { parseConfig } from '../../prober/config/load.ts'
import { assert } from '../harness.ts'
import { type Manifest, manifestsIn, named, ofKind, parseManifests, ROOT } from '../k8s/manifests.ts'
import { letsThrough, type Party, type Pod } from '../k8s/network-policies.ts'
import { invalidValues, unknownFields } from '../k8s/strict.ts'
import { podLabels, containerOf, truthsOf } from '../k8s/truths.ts'
import { describeWithPrograms } from '../programs.ts'
import { kubeScore } from './kube-score.ts'

const CHART = join(ROOT, 'helm', 'sonde')
const FEATURES = globSync('*-values.yaml', { cwd: join(CHART, 'ci') })
  .map((file) => basename(file, '-values.yaml'))
  .sort()

/** Names in ci/scheduling-values.yaml of objects that somebody else has made. */
const GIVEN = ['existing', 'my-sonde']

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

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

const ADDED_LABELS = [
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/version',
  'helm.sh/chart',
]

/**
 * What an object of the chart has besides: the namespace and Helm's own labels; on the service's pods, the checksum of its
 * environment, because Helm restarts nothing by itself.
 */
function withoutAdditions(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutAdditions)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value as Readonly<Record<string, Json>>)
  return Object.fromEntries(
    entries
      .filter(([key]) => !ADDED_LABELS.includes(key) && key !== 'checksum/config' && key !== 'namespace')
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
  const named = (matcher: string) => JSON.stringify(matcher).slice(1, -1)
  const json = JSON.stringify(byName(manifests))
  const alike = json.replaceAll(named('instance="hello/edge"'), named('instance!~"hello/service|hello/pod"'))
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

const foreign = (namespace: string, name: string): Pod => ({ namespace, labels: { 'app.kubernetes.io/name': name } })
const internet: Party = { ip: '203.0.113.7' }

/** With a feature: who reaches which workload, and who does not. */
const REACHES: readonly (readonly [feature: string, who: string, from: Party, to: string, reaches: boolean])[] = [
  ['gateway-api', 'the Gateway’s namespace', foreign('edge', 'proxy'), 'hello', true],
  ['gateway-api', 'another edge', foreign('traefik', 'traefik'), 'hello', false],
  ['load-balancer', 'the internet', internet, 'hello', true],
  ['load-balancer', 'the internet', internet, 'sonde', false],
  ['internal', 'an edge', foreign('traefik', 'traefik'), 'hello', false],
  ['internal', 'Prometheus', foreign('monitoring', 'prometheus'), 'hello', true],
  ['one-of-many', 'the prober of another release', foreign('probes', 'sonde'), 'orders', true],
  ['one-of-many', 'another pod there', foreign('probes', 'other'), 'orders', false],
  ['prober-only', 'Grafana, which is let in', foreign('grafana', 'grafana'), 'sonde', true],
  ['prober-only', 'somebody else', foreign('shop', 'sonde'), 'sonde', false],
  ['twenty-services', 'the prober', foreign('hello', 'sonde'), 'wishes', true],
  ['twenty-services', 'another of the twenty', foreign('hello', 'cart'), 'wishes', false],
]

/** Values, and what Helm says of them. */
const REFUSED: readonly (readonly [title: string, values: Json, message: RegExp])[] = [
  ['a text for a number', { replicas: 'three' }, /at '\/replicas': got string, want integer/],
  ['an unknown value', { autoscalling: {} }, /additional properties 'autoscalling' not allowed/],
  ['an unknown value inside', { ingress: { host: 'x' } }, /at '\/ingress': additional properties 'host' not allowed/],
  [
    'a digest that is none',
    { image: { digest: 'sha256:abc' } },
    /at '\/image\/digest': 'sha256:abc' does not match pattern/,
  ],
  ['an objective that no rules are made for', { objective: 98 }, /at '\/objective': value must be one of 99, 99.5/],
  ['a service of the list without a name', { services: [{}] }, /at '\/services\/0': missing property 'name'/],
  [
    'two edges',
    { gatewayApi: { enabled: true } },
    /\nhello has two edges; write ingress\.enabled=false or gatewayApi\.enabled=false\n/,
  ],
  [
    'no edge',
    { ingress: { enabled: false } },
    /\nhello has no edge, so that no user reaches it; write ingress\.enabled=true, gatewayApi\.enabled=true or service\.type=LoadBalancer, or internal=true if that is meant\n/,
  ],
  [
    'an internal service with an edge',
    { internal: true },
    /\nhello is internal and has an edge; write internal=false, or/,
  ],
  [
    'an empty host',
    { ingress: { hosts: [{ host: '' }] } },
    /\ningress\.hosts\[0\]\.host of hello: found ""; write a host name without scheme, path and \*, as in hello\.example\.com\n/,
  ],
  ['a URL for a host', { ingress: { hosts: [{ host: 'https://a/' }] } }, /found "https:\/\/a\/"; write a host name/],
  [
    'no host at all',
    { ingress: { hosts: [] } },
    /\ningress\.hosts of hello is empty; write the host that users ask for, as in ingress\.hosts\[0\]\.host=hello\.example\.com\n/,
  ],
  [
    'fewer pods than are kept',
    { autoscaling: { minReplicas: 2 } },
    /\npodDisruptionBudget\.minAvailable of hello is 2 and autoscaling\.minReplicas is 2, so that no node could ever be drained; write autoscaling\.minReplicas=3 or more, or podDisruptionBudget\.enabled=false\n/,
  ],
  [
    'fewer without an autoscaler',
    { autoscaling: { enabled: false }, replicas: 1 },
    /and replicas is 1, so that no node/,
  ],
  [
    'a least over the most',
    { autoscaling: { minReplicas: 11 } },
    /\nautoscaling\.minReplicas of hello is 11, over maxReplicas, which is 10; write at most 10\n/,
  ],
  [
    'a prober’s URL with a path',
    { metrics: { blackbox: { enabled: true, proberUrl: 'http://blackbox-exporter.monitoring.svc:9115/probe' } } },
    /\nmetrics\.blackbox\.proberUrl: found "http:\/\/blackbox-exporter\.monitoring\.svc:9115\/probe"; write http:\/\/host:port or host:port, without a path: \/probe is added\n/,
  ],
  [
    'a Probe, and nothing that probes',
    { prober: { enabled: false }, metrics: { blackbox: { enabled: true } } },
    /\nmetrics\.blackbox\.proberUrl is empty and this release has no prober; write it as in/,
  ],
  [
    'a ServiceMonitor of a prober elsewhere',
    { metrics: { blackbox: { enabled: true, useProbe: false, proberUrl: 'sonde.monitoring.svc:9115' } } },
    /\nmetrics\.blackbox\.useProbe=false asks the pods of this release's prober; write/,
  ],
  [
    'a target whose module is not there',
    { prober: { config: { targets: [{ name: 'shop', address: 'http://shop/', module: 'wbe' }] } } },
    /\nthe target shop has the module "wbe", which prober\.config\.modules does not have; write one of: web\n/,
  ],
  [
    'a target that means the usual module, which is not there',
    { prober: { config: { targets: [{ name: 'shop', address: 'http://shop/' }] } } },
    /\nthe target shop has the module "http_2xx", which/,
  ],
  [
    'a service whose module is not there',
    { path: { module: 'http_2xx' } },
    /\nthe path hello has the module "http_2xx"/,
  ],
  [
    'a Probe whose module is not there',
    { metrics: { blackbox: { enabled: true, module: 'http_2xx' } } },
    /\nmetrics\.blackbox\.module of hello is "http_2xx", which prober\.config\.modules does not have; write one of: web\n/,
  ],
  [
    'two services of one name',
    { services: [{ name: 'shop' }, { name: 'shop' }] },
    /\nname: "shop", or a name made of it, is already that of the service "shop"; write another, as in "hello"\n/,
  ],
  [
    'a service named as another’s pods',
    { services: [{ name: 'shop' }, { name: 'shop-pods' }] },
    /\nname: "shop-pods", or a name made of it, is already that of the service "shop";/,
  ],
  [
    'a service named as the prober',
    { name: 'sonde' },
    /\nname: "sonde", or a name made of it, is already that of the prober/,
  ],
  [
    'two services at one host',
    { services: [{ name: 'shop' }, { name: 'blog' }] },
    /\ningress\.hosts\[0\]\.host of blog: hello\.example\.com\/ is already of shop; write another host or path\n/,
  ],
  [
    'more than the quota',
    { autoscaling: { maxReplicas: 20 } },
    /\nnamespace\.resourceQuota\.hard of pods is 20, and all pods at their most and in an update need 28; write that much, or namespace\.resourceQuota\.enabled=false\n/,
  ],
  [
    'nothing at all',
    { app: { enabled: false }, prober: { enabled: false } },
    /\nnothing to deploy: write app\.enabled=true, prober\.enabled=true, or both\n/,
  ],
  [
    'a namespace where Prometheus lives',
    { monitoring: { namespace: 'hello' } },
    /\nnamespace\.defaultDeny would cut off the Prometheus in the namespace hello; write/,
  ],
]

describeWithPrograms('helm/sonde', ['helm', 'kube-score'], (test) => {
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

  for (const feature of FEATURES) {
    test(`${feature}: its objects fit each other`, async () => {
      const manifests = having(feature)
      assert.not.match(JSON.stringify(manifests), /each-(service|prober)/)
      const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
      assert.is(new Set(names).size, names.length)
      for (const [title, holds] of truthsOf(manifests, GIVEN)) {
        try {
          await holds()
        } catch (thrown) {
          throw new Error(title, { cause: thrown })
        }
      }
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
