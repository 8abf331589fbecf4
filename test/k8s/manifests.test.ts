/** What no schema knows: that the objects fit each other, and what runs in them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseServeFlags } from '../../cli/serve-flags.ts'
import { parseConfig } from '../../prober/config/load.ts'
import { readSettings } from '../../service/settings.ts'
import { assert, describe } from '../harness.ts'
import { type Kinds, type Labels, type Manifest, manifestsIn, named, ofKind, ROOT, selects } from './manifests.ts'
import { invalidValues, unknownFields } from './strict.ts'

const manifests = manifestsIn('k8s')
const withGateway = [...manifests, ...manifestsIn('k8s/gateway')]
const deployments = ofKind(manifests, 'Deployment')
const services = ofKind(manifests, 'Service')
const hpa = named(manifests, 'HorizontalPodAutoscaler', 'hello').spec

type Deployment = Kinds['Deployment']
type Container = NonNullable<NonNullable<NonNullable<Deployment['spec']>['template']['spec']>['containers']>[number]

function podSpec({ spec }: Deployment) {
  const pod = spec?.template.spec
  if (pod === undefined || pod === null) throw new Error('a Deployment without a pod')
  return pod
}

function podLabels({ spec }: Deployment): Labels {
  return spec?.template.metadata?.labels ?? {}
}

function containerOf(deployment: Deployment): Container {
  const [container, ...others] = podSpec(deployment).containers
  if (container === undefined || others.length > 0) throw new Error('one container per pod, so far')
  return container
}

/** Cores, bytes or a bare number, of the forms in use here. */
function quantity(text: string | number | undefined): number {
  const [, number, unit = ''] = /^([\d.]+)(m|Mi|Gi)?$/.exec(String(text)) ?? []
  const factor = { '': 1, m: 1e-3, Mi: 2 ** 20, Gi: 2 ** 30 }[unit]
  if (number === undefined || factor === undefined) throw new Error(`no quantity: ${text}`)
  return Number(number) * factor
}

/** Of a rolling update: more pods than wanted. Kubernetes rounds a percentage up. */
function surged(replicas: number, surge: string | number | undefined): number {
  const share = /^(\d+)%$/.exec(String(surge))?.[1]
  return replicas + (share === undefined ? Number(surge) : Math.ceil((replicas * Number(share)) / 100))
}

function mostPods(deployment: Deployment): number {
  const isScaled = hpa?.scaleTargetRef.name === deployment.metadata?.name
  const replicas = isScaled ? hpa?.maxReplicas : deployment.spec?.replicas
  return surged(replicas ?? Number.NaN, deployment.spec?.strategy?.rollingUpdate?.maxSurge)
}

describe('k8s, as it stands', (test) => {
  test('has only fields and values that Kubernetes knows', async () => {
    assert.equal(unknownFields(withGateway), [])
    assert.equal(await invalidValues(withGateway), [])
  })

  test('a misspelt field and a wrong value are seen', async () => {
    const pdb = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'x' } }
    const misspelt = { ...pdb, spec: { minAvailible: 2 } } as Manifest
    const wrong = { ...pdb, spec: { minAvailable: true } } as Manifest
    assert.match(unknownFields([misspelt]).join(), /^PodDisruptionBudget x: .*minAvailible/)
    assert.match((await invalidValues([wrong])).join(), /PodDisruptionBudget x: .*minAvailable/)
  })

  test('is taken by kubectl apply -f k8s/ as it is: objects only, in whatever namespace is named', () => {
    assert.ok(manifests.every(({ kind }) => kind !== 'Kustomization'))
    assert.equal(
      withGateway.filter(({ metadata }) => metadata.namespace !== undefined),
      [],
    )
    const names = withGateway.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    assert.equal(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
      'no object stands there twice',
    )
  })

  test('the namespace enforces Pod Security "restricted"', () => {
    const labels = named(manifests, 'Namespace', 'hello').metadata?.labels ?? {}
    for (const mode of ['enforce', 'audit', 'warn'])
      assert.is(labels[`pod-security.kubernetes.io/${mode}`], 'restricted')
  })

  for (const deployment of deployments) {
    const name = deployment.metadata?.name ?? ''
    const pod = podSpec(deployment)
    const container = containerOf(deployment)

    test(`${name}: is restricted, reads only, and has no token`, () => {
      const { runAsNonRoot, runAsUser = 0, runAsGroup = 0, seccompProfile } = pod.securityContext ?? {}
      assert.ok(runAsNonRoot && runAsUser >= 10_000 && runAsGroup >= 10_000)
      assert.is(seccompProfile?.type, 'RuntimeDefault')
      assert.equal(container.securityContext, {
        allowPrivilegeEscalation: false,
        privileged: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      const account = named(manifests, 'ServiceAccount', pod.serviceAccountName ?? '')
      assert.equal([pod.automountServiceAccountToken, account.automountServiceAccountToken], [false, false])
      assert.not(pod.hostNetwork || pod.hostPID || pod.hostIPC || container.ports?.some(({ hostPort }) => hostPort))
      assert.ok((pod.volumes ?? []).every((volume) => volume.hostPath === undefined))
    })

    test(`${name}: its selector is its own labels', and the spread counts its own pods`, () => {
      const labels = podLabels(deployment)
      assert.ok(selects(deployment.spec?.selector ?? {}, labels))
      const spread = pod.topologySpreadConstraints ?? []
      const apart = pod.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
      const selectors = [...spread, ...apart.map(({ podAffinityTerm }) => podAffinityTerm)]
      assert.ok(selectors.length >= 2)
      for (const { labelSelector } of selectors) assert.ok(selects(labelSelector ?? {}, labels))
      assert.ok(spread.some(({ topologyKey }) => topologyKey === 'topology.kubernetes.io/zone'))
    })

    test(`${name}: three probes ask ports that it has, and readiness is not liveness`, () => {
      const { startupProbe, livenessProbe, readinessProbe, ports = [] } = container
      for (const probe of [startupProbe, livenessProbe, readinessProbe])
        assert.ok(ports.some((port) => port.name === probe?.httpGet?.port))
      assert.is.not(readinessProbe?.httpGet?.path, livenessProbe?.httpGet?.path)
      const startSeconds = (startupProbe?.periodSeconds ?? 0) * (startupProbe?.failureThreshold ?? 0)
      assert.ok(startSeconds >= 60, 'a start at a quarter of a core takes its time')
    })

    test(`${name}: a rolling update takes no pod away before another works`, () => {
      assert.is(deployment.spec?.strategy?.rollingUpdate?.maxUnavailable, 0)
    })

    test(`${name}: what it mounts or reads is there`, () => {
      for (const { name: volume, configMap } of pod.volumes ?? []) {
        const { data = {} } = named(manifests, 'ConfigMap', configMap?.name ?? '')
        const mount = container.volumeMounts?.find((candidate) => candidate.name === volume)
        const flag = container.args?.find((argument) => argument.startsWith('--config.file=')) ?? ''
        assert.ok(Object.keys(data).some((key) => flag === `--config.file=${mount?.mountPath}/${key}`))
        assert.is(mount?.subPath, undefined, 'a file mounted by subPath is never updated')
      }
      for (const { configMapRef } of container.envFrom ?? []) named(manifests, 'ConfigMap', configMapRef?.name ?? '')
    })

    test(`${name}: runs the version of this checkout`, () => {
      const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
      assert.is(container.image, `sonde:${version}`)
    })
  }

  test('every selector selects a pod, and every port that is named is one of its container', () => {
    const selecting = [
      ...services.map(({ spec, metadata }) => [metadata?.name, { matchLabels: spec?.selector ?? {} }] as const),
      ...ofKind(manifests, 'PodDisruptionBudget').map(
        ({ spec, metadata }) => [metadata?.name, spec?.selector] as const,
      ),
      ...ofKind(manifests, 'NetworkPolicy').map(({ spec, metadata }) => [metadata?.name, spec?.podSelector] as const),
    ]
    for (const [name, selector] of selecting)
      assert.ok(
        deployments.some((deployment) => selects(selector ?? {}, podLabels(deployment))),
        name,
      )
    for (const { spec } of services) {
      const target = deployments.find((deployment) =>
        selects({ matchLabels: spec?.selector ?? {} }, podLabels(deployment)),
      )
      const ports = target === undefined ? [] : (containerOf(target).ports ?? [])
      for (const { targetPort } of spec?.ports ?? []) assert.ok(ports.some(({ name }) => name === targetPort))
    }
  })

  test('the edge, by Ingress or Gateway, sends to a port that the service has', () => {
    const [rule] = named(manifests, 'Ingress', 'hello').spec?.rules ?? []
    const backend = rule?.http?.paths[0]?.backend.service
    const ports = named(manifests, 'Service', backend?.name ?? '').spec?.ports ?? []
    assert.ok(ports.some(({ name }) => name === backend?.port?.name))
    const routed = JSON.stringify(withGateway.filter(({ kind }) => kind === 'HTTPRoute'))
    for (const { port } of ports) assert.ok(routed.includes(`"name":"hello","port":${port}`))
  })

  test('the host stands in Ingress, Gateway, routes and the prober’s configuration alike', async () => {
    const host = named(manifests, 'Ingress', 'hello').spec?.rules?.[0]?.host
    const mentioned = JSON.stringify(withGateway).match(/[a-z.-]+\.example\.com/g) ?? []
    assert.equal([...new Set(mentioned)], [host])
    assert.is(mentioned.length, 7)
  })

  test('at most pods and a rolling update of all at once the quota is not reached', () => {
    const hard = named(manifests, 'ResourceQuota', 'hello').spec?.hard ?? {}
    const sum = (of: (deployment: Deployment) => number) =>
      deployments.reduce((total, deployment) => total + mostPods(deployment) * of(deployment), 0)
    assert.ok(sum(() => 1) <= Number(hard.pods))
    for (const kind of ['requests', 'limits'] as const)
      for (const resource of ['cpu', 'memory'] as const) {
        const used = sum((deployment) => quantity(containerOf(deployment).resources?.[kind]?.[resource]))
        assert.ok(used <= quantity(hard[`${kind}.${resource}`]), `${kind}.${resource}: ${used}`)
      }
  })

  test('the figures that were agreed: 3 to 10 pods at 50 % CPU, 2 kept, 50m/64Mi to 250m/256Mi, 10 cores, 20 pods', () => {
    const [metric] = hpa?.metrics ?? []
    assert.equal([hpa?.minReplicas, hpa?.maxReplicas], [3, 10])
    assert.is(metric?.containerResource?.target.averageUtilization, 50)
    assert.is(metric?.containerResource?.container, containerOf(named(manifests, 'Deployment', 'hello')).name)
    assert.is(named(manifests, 'PodDisruptionBudget', 'hello').spec?.minAvailable, 2)
    const [limit] = named(manifests, 'LimitRange', 'hello').spec?.limits ?? []
    assert.equal(limit?.defaultRequest, { cpu: '50m', memory: '64Mi' })
    assert.equal(limit?.default, { cpu: '250m', memory: '256Mi' })
    const hard = named(manifests, 'ResourceQuota', 'hello').spec?.hard ?? {}
    assert.equal([hard['limits.cpu'], hard.pods], ['10', '20'])
    assert.is(named(manifests, 'Deployment', 'hello').spec?.replicas, undefined)
  })

  test('the service understands its environment, and ends within what its pod is given', () => {
    const read = readSettings(named(manifests, 'ConfigMap', 'hello').data ?? {})
    assert.ok(read.ok)
    const deployment = named(manifests, 'Deployment', 'hello')
    const preStopSeconds = containerOf(deployment).lifecycle?.preStop?.sleep?.seconds ?? 0
    const { drainSeconds = 0, graceSeconds = 0 } = read.ok ? read.settings : {}
    const flushSeconds = 3
    assert.ok(
      preStopSeconds + drainSeconds + graceSeconds + flushSeconds <
        (podSpec(deployment).terminationGracePeriodSeconds ?? 0),
    )
  })

  test('the prober understands its flags and its configuration', async () => {
    const [command, ...args] = containerOf(named(manifests, 'Deployment', 'sonde')).args ?? []
    assert.is(command, 'serve')
    const flags = parseServeFlags(args)
    assert.ok(flags.ok, flags.ok ? '' : flags.message)
    const loaded = await parseConfig(named(manifests, 'ConfigMap', 'sonde').data?.['sonde.yml'] ?? '', 'sonde.yml')
    assert.ok(loaded.ok, loaded.ok ? '' : loaded.errors.join('\n'))
    const addresses = loaded.ok ? loaded.config.paths.flatMap(({ hops }) => hops.map(({ address }) => address)) : []
    for (const address of addresses.slice(1)) {
      const { hostname, port } = new URL(address)
      const ports = named(manifests, 'Service', hostname).spec?.ports ?? []
      assert.ok(
        ports.some((candidate) => candidate.port === Number(port || 80)),
        address,
      )
    }
  })
})
