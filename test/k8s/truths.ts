/** What no schema knows of a set of objects that are applied together: that they fit each other, and what runs in them. */
import { parseServeFlags } from '../../cli/serve-flags.ts'
import { parseConfig } from '../../prober/config/load.ts'
import { assert } from '../harness.ts'
import { type Kinds, type Labels, type Manifest, named, ofKind, selects } from './manifests.ts'

/** A sentence that is to be true, and what throws when it is not. */
export type Truth = readonly [title: string, holds: () => void | Promise<void>]

type Deployment = Kinds['Deployment']
type Container = NonNullable<NonNullable<NonNullable<Deployment['spec']>['template']['spec']>['containers']>[number]

/** `given`: names of objects that somebody else has made. */
export function truthsOf(manifests: readonly Manifest[], given: readonly string[] = []): Truth[] {
  return [
    ...ofKind(manifests, 'Deployment').flatMap((deployment) => [
      ...truthsOfPods(deployment),
      ...truthsOfReferences(deployment, manifests, given),
    ]),
    ['every selector selects a pod, and every port that is named is one of its container', () => fit(manifests, given)],
    ['every edge sends to a port that the service has', () => edgesArrive(manifests)],
    ['what scales or protects pods leaves some to take away', () => scalingFits(manifests)],
    ['at most pods and a rolling update of all at once the quota is not reached', () => quotaSuffices(manifests)],
    ['the prober understands its flags and its configuration', () => proberUnderstands(manifests)],
  ]
}

/** Throws at the first that does not hold, and says which. */
export async function assertTruths(truths: readonly Truth[]): Promise<void> {
  for (const [title, holds] of truths) {
    try {
      await holds()
    } catch (thrown) {
      throw new Error(title, { cause: thrown })
    }
  }
}

export function podSpec({ spec }: Deployment) {
  const pod = spec?.template.spec
  if (pod === undefined || pod === null) throw new Error('a Deployment without a pod')
  return pod
}

export function podLabels({ spec }: Deployment): Labels {
  return spec?.template.metadata?.labels ?? {}
}

export function containerOf(deployment: Deployment): Container {
  const [container, ...others] = podSpec(deployment).containers
  if (container === undefined || others.length > 0) throw new Error('one container per pod, so far')
  return container
}

function truthsOfPods(deployment: Deployment): Truth[] {
  const name = deployment.metadata?.name
  return [
    [`${name}: is restricted, and reads only`, () => isRestricted(deployment)],
    [`${name}: its selector is its own labels', and the spread counts its own pods`, () => countsItself(deployment)],
    [`${name}: three probes ask ports that it has, and readiness is not liveness`, () => isProbed(deployment)],
    [
      `${name}: a rolling update takes no pod away before another works`,
      () => assert.is(deployment.spec?.strategy?.rollingUpdate?.maxUnavailable, 0),
    ],
  ]
}

function isRestricted(deployment: Deployment): void {
  const pod = podSpec(deployment)
  const container = containerOf(deployment)
  // OpenShift chooses users itself.
  const { runAsNonRoot, runAsUser = 65532, runAsGroup = 65532, seccompProfile } = pod.securityContext ?? {}
  assert.ok(runAsNonRoot && runAsUser >= 10_000 && runAsGroup >= 10_000)
  assert.is(seccompProfile?.type, 'RuntimeDefault')
  assert.equal(container.securityContext, {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  assert.not(pod.hostNetwork || pod.hostPID || pod.hostIPC || container.ports?.some(({ hostPort }) => hostPort))
  assert.ok((pod.volumes ?? []).every((volume) => volume.hostPath === undefined))
}

function countsItself(deployment: Deployment): void {
  const labels = podLabels(deployment)
  assert.ok(selects(deployment.spec?.selector ?? {}, labels))
  const { affinity, topologySpreadConstraints: spread = [] } = podSpec(deployment)
  const { preferredDuringSchedulingIgnoredDuringExecution: preferred = [], ...must } = affinity?.podAntiAffinity ?? {}
  const required = must.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const selectors = [...spread, ...required, ...preferred.map(({ podAffinityTerm }) => podAffinityTerm)]
  assert.ok(selectors.length >= 2)
  for (const { labelSelector } of selectors) assert.ok(selects(labelSelector ?? {}, labels))
  assert.ok(spread.some(({ topologyKey }) => topologyKey === 'topology.kubernetes.io/zone'))
}

function isProbed(deployment: Deployment): void {
  const { startupProbe, livenessProbe, readinessProbe, ports = [] } = containerOf(deployment)
  for (const probe of [startupProbe, livenessProbe, readinessProbe])
    assert.ok(ports.some((port) => port.name === probe?.httpGet?.port))
  assert.is.not(readinessProbe?.httpGet?.path, livenessProbe?.httpGet?.path)
  const startSeconds = (startupProbe?.periodSeconds ?? 0) * (startupProbe?.failureThreshold ?? 0)
  assert.ok(startSeconds >= 60, 'a start at a quarter of a core takes its time')
}

function truthsOfReferences(deployment: Deployment, manifests: readonly Manifest[], given: readonly string[]): Truth[] {
  const name = deployment.metadata?.name
  const pod = podSpec(deployment)
  return [
    [
      `${name}: has an account of its own, and a token only for what it may read`,
      () => {
        const account = pod.serviceAccountName ?? ''
        const bindings = ofKind(manifests, 'ClusterRoleBinding')
        const roles = bindings.filter(({ subjects }) => subjects?.some((subject) => subject.name === account))
        assert.is(pod.automountServiceAccountToken, roles.length > 0)
        for (const { roleRef } of roles) readsOnly(named(manifests, 'ClusterRole', roleRef.name))
        if (given.includes(account)) return
        assert.is(named(manifests, 'ServiceAccount', account).automountServiceAccountToken, false)
      },
    ],
    [`${name}: what it mounts or reads is there`, () => readsWhatIsThere(deployment, manifests, given)],
  ]
}

function readsOnly({ rules }: Kinds['ClusterRole']): void {
  for (const { verbs, resources = [] } of rules ?? []) {
    assert.equal(verbs, ['get', 'list', 'watch'])
    for (const resource of resources) assert.not(['*', 'secrets', 'configmaps', 'pods'].includes(resource), resource)
  }
}

function readsWhatIsThere(deployment: Deployment, manifests: readonly Manifest[], given: readonly string[]): void {
  const container = containerOf(deployment)
  for (const { name: volume, configMap } of podSpec(deployment).volumes ?? []) {
    const mount = container.volumeMounts?.find((candidate) => candidate.name === volume)
    assert.is(mount?.subPath, undefined, 'a file mounted by subPath is never updated')
    if (given.includes(configMap?.name ?? '')) continue
    const { data = {} } = named(manifests, 'ConfigMap', configMap?.name ?? '')
    const flag = container.args?.find((argument) => argument.startsWith('--config.file=')) ?? ''
    assert.ok(Object.keys(data).some((key) => flag === `--config.file=${mount?.mountPath}/${key}`))
  }
  for (const { configMapRef } of container.envFrom ?? []) named(manifests, 'ConfigMap', configMapRef?.name ?? '')
}

function fit(manifests: readonly Manifest[], given: readonly string[]): void {
  const deployments = ofKind(manifests, 'Deployment')
  const services = ofKind(manifests, 'Service')
  const selecting = [
    ...services.map(({ spec, metadata }) => [metadata?.name, { matchLabels: spec?.selector ?? {} }] as const),
    ...ofKind(manifests, 'PodDisruptionBudget').map(({ spec, metadata }) => [metadata?.name, spec?.selector] as const),
    ...ofKind(manifests, 'NetworkPolicy').map(({ spec, metadata }) => [metadata?.name, spec?.podSelector] as const),
  ]
  // A controller makes the pods of a Gateway, with this label.
  const made = manifests.filter(({ kind }) => kind === 'Gateway').map(({ metadata }) => metadata.name)
  const pods = [
    ...deployments.map(podLabels),
    ...[...made, ...given].map((name) => ({ 'gateway.networking.k8s.io/gateway-name': name })),
  ]
  for (const [name, selector] of selecting)
    assert.ok(
      pods.some((labels) => selects(selector ?? {}, labels)),
      name,
    )
  for (const { spec } of services) {
    const target = deployments.find((deployment) =>
      selects({ matchLabels: spec?.selector ?? {} }, podLabels(deployment)),
    )
    const ports = target === undefined ? [] : (containerOf(target).ports ?? [])
    for (const { targetPort } of spec?.ports ?? []) assert.ok(ports.some(({ name }) => name === targetPort))
  }
  for (const { spec, metadata } of ofKind(manifests, 'ServiceMonitor')) {
    const monitored = services.filter((service) => selects(spec?.selector ?? {}, service.metadata?.labels ?? {}))
    assert.is(monitored.length, 1, `ServiceMonitor ${metadata?.name}: scrapes one Service, and no pod twice`)
    for (const { port } of spec?.endpoints ?? [])
      assert.ok(monitored[0]?.spec?.ports?.some(({ name }) => name === port))
  }
}

function edgesArrive(manifests: readonly Manifest[]): void {
  const portsOf = (service: string | undefined) => named(manifests, 'Service', service ?? '').spec?.ports ?? []
  for (const { spec } of ofKind(manifests, 'Ingress'))
    for (const { http } of spec?.rules ?? [])
      for (const { backend } of http?.paths ?? [])
        assert.ok(portsOf(backend.service?.name).some(({ name }) => name === backend.service?.port?.name))
  for (const { spec } of ofKind(manifests, 'HTTPRoute'))
    for (const { backendRefs = [] } of spec.rules ?? [])
      for (const { name, port } of backendRefs) assert.ok(portsOf(name).some((candidate) => candidate.port === port))
}

function scalingFits(manifests: readonly Manifest[]): void {
  for (const { spec } of ofKind(manifests, 'HorizontalPodAutoscaler')) {
    const deployment = named(manifests, 'Deployment', spec?.scaleTargetRef.name ?? '')
    assert.is(deployment.spec?.replicas, undefined, 'each apply would set them back')
    for (const { containerResource } of spec?.metrics ?? [])
      assert.is(containerResource?.container, containerOf(deployment).name)
  }
  for (const { spec, metadata } of ofKind(manifests, 'PodDisruptionBudget')) {
    const deployment = named(manifests, 'Deployment', metadata?.name ?? '')
    const hpa = scalerOf(deployment, manifests)
    const fewest = hpa?.spec?.minReplicas ?? deployment.spec?.replicas ?? 0
    assert.ok(fewest - Number(spec?.minAvailable ?? fewest - Number(spec?.maxUnavailable)) >= 1)
  }
}

function scalerOf(deployment: Deployment, manifests: readonly Manifest[]) {
  const scalers = ofKind(manifests, 'HorizontalPodAutoscaler')
  return scalers.find(({ spec }) => spec?.scaleTargetRef.name === deployment.metadata?.name)
}

function quotaSuffices(manifests: readonly Manifest[]): void {
  const deployments = ofKind(manifests, 'Deployment')
  for (const { spec } of ofKind(manifests, 'ResourceQuota')) {
    const hard = spec?.hard ?? {}
    const sum = (of: (deployment: Deployment) => number) =>
      deployments.reduce((total, deployment) => total + mostPods(deployment, manifests) * of(deployment), 0)
    assert.ok(sum(() => 1) <= Number(hard.pods))
    for (const kind of ['requests', 'limits'] as const)
      for (const resource of ['cpu', 'memory'] as const) {
        const used = sum((deployment) => quantity(containerOf(deployment).resources?.[kind]?.[resource]))
        assert.ok(used <= quantity(hard[`${kind}.${resource}`]), `${kind}.${resource}: ${used}`)
      }
  }
}

function mostPods(deployment: Deployment, manifests: readonly Manifest[]): number {
  const replicas = scalerOf(deployment, manifests)?.spec?.maxReplicas ?? deployment.spec?.replicas
  return surged(replicas ?? Number.NaN, deployment.spec?.strategy?.rollingUpdate?.maxSurge)
}

/** Of a rolling update: more pods than wanted. Kubernetes rounds a percentage up. */
function surged(replicas: number, surge: string | number | undefined): number {
  const share = /^(\d+)%$/.exec(String(surge))?.[1]
  return replicas + (share === undefined ? Number(surge) : Math.ceil((replicas * Number(share)) / 100))
}

/** Cores, bytes or a bare number, of the forms in use here. */
function quantity(text: string | number | undefined): number {
  const [, number, unit = ''] = /^([\d.]+)(m|Mi|Gi)?$/.exec(String(text)) ?? []
  const factor = { '': 1, m: 1e-3, Mi: 2 ** 20, Gi: 2 ** 30 }[unit]
  if (number === undefined || factor === undefined) throw new Error(`no quantity: ${text}`)
  return Number(number) * factor
}

async function proberUnderstands(manifests: readonly Manifest[]): Promise<void> {
  for (const deployment of ofKind(manifests, 'Deployment')) {
    const [command, ...args] = containerOf(deployment).args ?? []
    if (command !== 'serve') continue
    const flags = parseServeFlags(args)
    assert.ok(flags.ok, flags.ok ? '' : flags.message)
  }
  for (const { data } of ofKind(manifests, 'ConfigMap')) {
    const text = data?.['sonde.yml']
    if (text !== undefined) await understandsConfig(text, manifests)
  }
}

async function understandsConfig(text: string, manifests: readonly Manifest[]): Promise<void> {
  const loaded = await parseConfig(text, 'sonde.yml')
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  assert.equal(loaded.config.warnings, [])
  const hops = loaded.config.paths.flatMap((path) => path.hops.map(({ address }) => URL.parse(address)))
  for (const { hostname = '', port = '', href = '' } of hops.filter((url) => url !== null)) {
    // A name with a dot is of somewhere else.
    if (hostname.includes('.')) continue
    const ports = named(manifests, 'Service', hostname).spec?.ports ?? []
    assert.ok(
      ports.some((candidate) => candidate.port === Number(port || 80)),
      href,
    )
  }
}
