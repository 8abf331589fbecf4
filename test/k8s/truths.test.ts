/** That the truths of test/k8s/truths.ts and linted.ts are seen to be broken when they are. */
import { assert, describe } from '../harness.ts'
import { lintsOf } from './linted.ts'
import { type Manifest, manifestsIn } from './manifests.ts'
import { truthsOf } from './truths.ts'

/** In k8s/ as JSON, what is put in place of what; then the truth that no longer holds. */
const BROKEN: readonly (readonly [what: string, from: string, to: string, truth: RegExp])[] = [
  ['a pod may write', '"readOnlyRootFilesystem":true', '"readOnlyRootFilesystem":false', /restricted/],
  ['a pod has a token', '"automountServiceAccountToken":false', '"automountServiceAccountToken":true', /token/],
  ['an account is missing', '"kind":"ServiceAccount"', '"kind":"Account"', /token/],
  ['a spread counts other pods', '"hello"}},"matchLabelKeys"', '"other"}},"matchLabelKeys"', /spread/],
  [
    'a probe asks a port that is not there',
    '"port":"http"},"periodSeconds"',
    '"port":"web"},"periodSeconds"',
    /probes/,
  ],
  ['an update takes pods away', '"maxUnavailable":0', '"maxUnavailable":1', /rolling update/],
  ['a key is mounted that is not there', '"sonde.yml":', '"blackbox.yml":', /mounts/],
  ['a Service sends to no port', '"targetPort":"http"', '"targetPort":"web"', /selector/],
  ['a Service selects no pod', '"selector":{"app.kubernetes.io/name":"sonde"}', '"selector":{"a":"b"}', /selector/],
  ['an Ingress sends to no port', '"port":{"name":"http"}', '"port":{"name":"web"}', /edge/],
  ['no pod may ever be taken away', '"minAvailable":2', '"minAvailable":3', /protects/],
  ['another container is measured', '"container":"hello"', '"container":"sidecar"', /scales/],
  ['ten pods are too many', '"pods":"20"', '"pods":"12"', /quota/],
  ['the memory is too little', '"limits.memory":"6Gi"', '"limits.memory":"1Gi"', /quota/],
  ['a flag is misspelt', '--config.enable-auto-reload', '--config.auto-reload', /prober/],
  ['a hop is at a port that no Service has', 'http://hello-pods:5000', 'http://hello-pods:5001', /prober/],
  ['a disk has no limit', '"memory":"256Mi","ephemeral-storage":"128Mi"', '"memory":"256Mi"', /given and limited/],
  ['an image has no version', '"image":"sonde:', '"image":"sonde/', /version that is said/],
  ['an image has one that moves', '"image":"sonde:', '"image":"sonde:main-', /version that is said/],
  ['a password in the open', '"HELLO_TEXT":', '"DB_PASSWORD":', /looks like a secret/],
  ['names are asked five times', '"value":"2"', '"value":"5"', /two dots/],
  ['a pod may go anywhere', '"policyTypes":["Ingress","Egress"]', '"policyTypes":["Ingress"]', /both directions/],
  ['a broken pod holds up a node', '"AlwaysAllow"', '"IfHealthyBudget"', /disruption budget/],
  ['a host without TLS', '"hosts":["hello.example.com"]', '"hosts":["other.example.com"]', /has TLS/],
  ['a port of the nodes', '"type":"ClusterIP"', '"type":"NodePort"', /port of the nodes/],
  ['a hop is at no Service', 'http://hello-pods:5000', 'http://pods:5000', /prober/],
]

async function brokenTruths(manifests: readonly Manifest[]): Promise<string[]> {
  const broken: string[] = []
  for (const [title, holds] of [...truthsOf(manifests), ...lintsOf(manifests)]) {
    try {
      await holds()
    } catch {
      broken.push(title)
    }
  }
  return broken
}

describe('test/k8s/truths', (test) => {
  const json = JSON.stringify(manifestsIn('k8s'))
  for (const [what, from, to, truth] of BROKEN) {
    test(`seen: ${what}`, async () => {
      assert.ok(json.includes(from))
      const broken = await brokenTruths(JSON.parse(json.replaceAll(from, to)) as Manifest[])
      assert.ok(broken.length > 0)
      for (const title of broken) assert.match(title, truth)
    })
  }
})
