/**
 * What kube-linter and Polaris look for, and kube-score and test/k8s/truths.ts do not: docs/decisions/017 says why neither
 * of the two is run, and which of their findings stay.
 */
import { assert } from '../harness.ts'
import { type Manifest, ofKind, selects } from './manifests.ts'
import { containerOf, podLabels, podSpec, type Truth } from './truths.ts'

/** Names of variables and keys that either takes for a secret. */
const SECRET = /secret|password|passwd|token|api_?key|access_?key|private_?key|credential/i

export function lintsOf(manifests: readonly Manifest[]): Truth[] {
  return [
    ['each pod is given and limited in CPU, memory and disk', () => hasResources(manifests)],
    ['an image has a version that is said', () => namesVersions(manifests)],
    ['nothing that looks like a secret stands in the open', () => hasNoSecrets(manifests)],
    ['a name with two dots is asked as it is first', () => asksFewNames(manifests)],
    ['each pod has one policy for both directions, by one label', () => isIsolated(manifests)],
    ['each pod has a disruption budget, which a pod that does not work never holds up', () => isProtected(manifests)],
    ['each host of an Ingress has TLS', () => hasTls(manifests)],
    ['no Service opens a port of the nodes', () => opensNoNode(manifests)],
  ]
}

function hasResources(manifests: readonly Manifest[]): void {
  for (const deployment of ofKind(manifests, 'Deployment')) {
    const { requests = {}, limits = {} } = containerOf(deployment).resources ?? {}
    for (const side of [requests, limits])
      assert.equal(Object.keys(side).sort(), ['cpu', 'ephemeral-storage', 'memory'], deployment.metadata?.name)
  }
}

function namesVersions(manifests: readonly Manifest[]): void {
  for (const deployment of ofKind(manifests, 'Deployment'))
    assert.match(containerOf(deployment).image ?? '', /@sha256:[0-9a-f]{64}$|:v?\d[\w.-]*$/)
}

function hasNoSecrets(manifests: readonly Manifest[]): void {
  const names = [
    ...ofKind(manifests, 'Deployment').flatMap((deployment) => containerOf(deployment).env?.map(({ name }) => name)),
    ...ofKind(manifests, 'ConfigMap').flatMap(({ data = {} }) => Object.keys(data)),
  ]
  assert.equal(
    names.filter((name) => SECRET.test(name ?? '')),
    [],
  )
}

function asksFewNames(manifests: readonly Manifest[]): void {
  for (const deployment of ofKind(manifests, 'Deployment'))
    assert.equal(podSpec(deployment).dnsConfig?.options, [{ name: 'ndots', value: '2' }])
}

/** Polaris wants a selector that is exactly one of the pod's labels, and rules in both lists. */
function isIsolated(manifests: readonly Manifest[]): void {
  const policies = ofKind(manifests, 'NetworkPolicy').map(({ spec }) => spec)
  for (const deployment of ofKind(manifests, 'Deployment'))
    assert.ok(
      policies.some((spec) => {
        const { matchLabels = {} } = spec?.podSelector ?? {}
        const isOne = Object.keys(matchLabels).length === 1 && selects({ matchLabels }, podLabels(deployment))
        return (
          isOne &&
          (spec?.policyTypes?.length ?? 0) === 2 &&
          (spec?.ingress?.length ?? 0) * (spec?.egress?.length ?? 0) > 0
        )
      }),
      deployment.metadata?.name,
    )
}

function isProtected(manifests: readonly Manifest[]): void {
  const budgets = ofKind(manifests, 'PodDisruptionBudget').map(({ spec }) => spec)
  for (const deployment of ofKind(manifests, 'Deployment')) {
    const budget = budgets.find((spec) => selects(spec?.selector ?? {}, podLabels(deployment)))
    assert.is(budget?.unhealthyPodEvictionPolicy, 'AlwaysAllow', deployment.metadata?.name)
  }
}

function hasTls(manifests: readonly Manifest[]): void {
  for (const { spec } of ofKind(manifests, 'Ingress')) {
    const secured = spec?.tls?.flatMap(({ hosts = [] }) => hosts) ?? []
    for (const { host = '' } of spec?.rules ?? []) assert.ok(secured.includes(host), host)
  }
}

function opensNoNode(manifests: readonly Manifest[]): void {
  for (const { spec } of ofKind(manifests, 'Service')) {
    assert.is.not(spec?.type, 'NodePort')
    assert.ok((spec?.ports ?? []).every(({ nodePort }) => nodePort === undefined))
  }
}
