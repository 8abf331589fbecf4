/** The objects in k8s/, as `kubectl apply` takes them: known, in their places, and with the figures that were agreed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings } from '../../service/settings.ts'
import { assert, describe } from '../harness.ts'
import { lintsOf } from './linted.ts'
import { type Manifest, manifestsIn, named, ofKind, ROOT } from './manifests.ts'
import { invalidValues, unknownFields } from './strict.ts'
import { containerOf, podSpec, truthsOf } from './truths.ts'

const manifests = manifestsIn('k8s')
const withGateway = [...manifests, ...manifestsIn('k8s/gateway')]
const deployments = ofKind(manifests, 'Deployment')
const hpa = named(manifests, 'HorizontalPodAutoscaler', 'hello').spec

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

  const routes = withGateway.filter(({ kind }) => kind === 'HTTPRoute')
  for (const [title, holds] of [...truthsOf([...manifests, ...routes]), ...lintsOf(manifests)]) test(title, holds)

  for (const deployment of deployments) {
    const name = deployment.metadata?.name

    test(`${name}: runs the version of this checkout, as a user that is said`, () => {
      const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
      assert.is(containerOf(deployment).image, `sonde:${version}`)
      const { runAsUser, runAsGroup } = podSpec(deployment).securityContext ?? {}
      assert.equal([runAsUser, runAsGroup], [65532, 65532])
    })
  }

  test('the host stands in Ingress, Gateway, routes and the prober’s configuration alike', async () => {
    const host = named(manifests, 'Ingress', 'hello').spec?.rules?.[0]?.host
    const mentioned = JSON.stringify(withGateway).match(/[a-z.-]+\.example\.com/g) ?? []
    assert.equal([...new Set(mentioned)], [host])
    assert.is(mentioned.length, 7)
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
})
