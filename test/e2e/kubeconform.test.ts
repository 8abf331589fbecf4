/** Every object that we ship, as the API servers of the oldest and the newest Kubernetes would look at it. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitoringFiles } from '../../monitoring/files.ts'
import { assert } from '../harness.ts'
import { kubernetesVersions, refusedBy } from '../k8s/kubeconform.ts'
import { ROOT } from '../k8s/manifests.ts'
import { configured, FULL } from '../monitoring/configured.ts'
import { describeWithPrograms } from '../programs.ts'

/** Files of objects: those of components are parts of overlays, and a sonde.yml is none. */
const FOLDERS = ['k8s', 'k8s/gateway', 'k8s/monitoring', 'monitoring/generated/operator', 'dashboards/generated']

function textOf(folder: string): string {
  const files = globSync(`${folder}/*.yaml`, { cwd: ROOT }).sort()
  if (files.length === 0) throw new Error(`nothing in ${folder}`)
  return files.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n---\n')
}

function built(overlay: string): string {
  const { stdout, stderr } = spawnSync('kustomize', ['build', join(ROOT, overlay)], { encoding: 'utf8' })
  assert.is(stderr, '')
  return stdout
}

/** Of every kind that is generated, each in its modes. */
async function generated(): Promise<string> {
  const monitoring = [
    '{mode: pull, ingress: [{name: all}]}',
    '{mode: http_sd, prometheus_shards: 2}',
    '{vantage_points: [{name: a, prober_url: "https://a:9115"}], services: [{name: hello}]}',
  ]
  const configs = await Promise.all(monitoring.map((text) => configured(`${FULL}monitoring: ${text}`)))
  return configs.flatMap((config) => monitoringFiles(config, 'operator').map(({ content }) => content)).join('\n---\n')
}

const POLICY = 'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: x}\n'
const PROBE = 'apiVersion: monitoring.coreos.com/v1\nkind: Probe\nmetadata: {name: x}\n'

/** What a schema must find. */
const WRONG = [
  ['a field that there is not', `${POLICY}spec: {minAvailible: 2}`, /minAvailible/],
  [
    'a field that there is not, deep in an object of the Operator',
    `${PROBE}spec: {prober: {url: "a:1", port: 2}}`,
    /port/,
  ],
  ['a label that is no text', `${POLICY.replace('name: x', 'name: x, labels: {a: 1}')}spec: {}`, /labels/],
  ['a value of another type', `${POLICY}spec: {minAvailable: true}`, /minAvailable/],
  ['a field that is missing', `${PROBE}spec: {prober: {path: /probe}}`, /url/],
  ['a key that is there twice', `${POLICY}spec: {minAvailable: 1}\nspec: {}`, /already set in map/],
  ['a kind without a schema', 'apiVersion: v1\nkind: Pot\nmetadata: {name: x}', /could not find schema for Pot/],
] as const

describeWithPrograms('kubeconform', ['kubeconform', 'kustomize'], (test) => {
  for (const version of kubernetesVersions()) {
    for (const folder of FOLDERS)
      test(`${version}: ${folder}`, () => assert.equal(refusedBy(version, textOf(folder)), []))

    for (const overlay of globSync('k8s/kustomize/overlays/*', { cwd: ROOT }).sort())
      test(`${version}: ${overlay}`, () => assert.equal(refusedBy(version, built(overlay)), []))

    test(`${version}: what is generated in each mode`, async () => {
      assert.equal(refusedBy(version, await generated()), [])
    })

    for (const [title, yaml, message] of WRONG)
      test(`${version}: refuses ${title}`, () => assert.match(refusedBy(version, yaml).join('\n'), message))
  }

  test('there is an older Kubernetes and a newer one', () => assert.is(kubernetesVersions().length, 2))
})
