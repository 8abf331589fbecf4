/** What the linters of .ci/cicd.sh do not insist on: who may do what, for how long, by whose code, and with which image. */
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { assert, describe } from '../harness.ts'
import { ROOT } from '../k8s/manifests.ts'

interface Step {
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Job {
  readonly uses?: string
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
  readonly steps?: readonly Step[]
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: unknown
  readonly concurrency: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const jenkinsfile = read('Jenkinsfile')
const workflows = globSync('.github/workflows/*.yml', { cwd: ROOT })
  .sort()
  .map((path) => ({ name: basename(path), text: read(path), workflow: parse(read(path)) as Workflow }))
const names = workflows.map(({ name }) => name)

/** What must not be there, as `FILE: what`: the planted workflow below is seen to have each. */
function faults(name: string, text: string, workflow: Workflow): string[] {
  const found: string[] = []
  const fault = (is: boolean, what: string) => void (is && found.push(`${name}: ${what}`))
  fault(JSON.stringify(workflow.permissions) !== '{}', 'permissions that jobs inherit')
  fault(workflow.concurrency === undefined, 'runs beside itself')
  fault('pull_request_target' in workflow.on, 'strangers’ code with our token')
  for (const [id, job] of Object.entries(workflow.jobs)) {
    fault(job.permissions === undefined, `${id} does not say what it may do`)
    fault(job.uses === undefined && job['timeout-minutes'] === undefined, `${id} has no end`)
    for (const step of job.steps ?? []) {
      const isCheckout = step.uses?.startsWith('actions/checkout@') === true
      fault(isCheckout && step.with?.['persist-credentials'] !== false, `${id} leaves its token in .git`)
    }
  }
  for (const [, used = ''] of text.matchAll(/uses: (.*)/g))
    fault(!/^\.\/|^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used), `${used} may change under our feet`)
  for (const script of text.matchAll(/run: (\|\n(?: {10,}.*\n|\n)+|.*)/g))
    fault(script[0].includes('${{'), 'shell that is written by whoever opens a pull request')
  return found
}

describe('.github/workflows', (test) => {
  test('give no token that is not needed, end, and run nobody’s code but what was looked at', () => {
    assert.ok(workflows.length >= 6)
    assert.equal(
      workflows.flatMap(({ name, text, workflow }) => faults(name, text, workflow)),
      [],
    )
  })

  test('a workflow with every fault is seen to have each', () => {
    const text = `
on: { pull_request_target: }
jobs:
  a:
    steps:
      - uses: actions/checkout@v7
      - run: echo \${{ github.head_ref }}
`
    const found = faults('bad', text, parse(text) as Workflow)
    assert.is(found.length, 8, found.join('\n'))
  })

  test('the same action has the same version everywhere', () => {
    const pins = new Map<string, Set<string>>()
    for (const { text } of workflows)
      for (const [, action = '', pin = ''] of text.matchAll(/uses: ([\w-]+\/[\w-]+)@(.+)/g))
        pins.set(action, (pins.get(action) ?? new Set()).add(pin))
    assert.equal(
      [...pins].filter(([, versions]) => versions.size > 1).map(([action]) => action),
      [],
    )
  })

  test('every way to a cluster has the Helm that the chart is tested with', () => {
    const files = ['.ci/helm.sh', 'terraform/jenkins.sh.tftpl', ...globSync('.github/workflows/*.yml', { cwd: ROOT })]
    const versions = files.flatMap((file) => [
      ...read(file).matchAll(/helm@(v[\d.]+)$|helm=(v[\d.]+)|version: (v4[\d.]+)/gm),
    ])
    assert.ok(versions.length >= 5)
    assert.is(new Set(versions.map(([, installed, unpacked, set]) => installed ?? unpacked ?? set)).size, 1)
  })

  test('what they call of this repository is there', () => {
    const all = workflows.map(({ text }) => text).join('\n')
    for (const [, path = ''] of all.matchAll(/(?:^|\s|bash )((?:scripts|\.ci)\/[\w.-]+)/g)) assert.ok(read(path), path)
    for (const [, name = ''] of all.matchAll(/uses: \.\/\.github\/workflows\/(\S+)/g)) assert.ok(names.includes(name))
  })

  test('an image is scanned and signed by the digest that it was pushed as', () => {
    const { text } = workflows.find(({ name }) => name === 'image.yml') ?? { text: '' }
    assert.match(text, /sbom: true/)
    assert.match(text, /provenance: mode=max/)
    assert.match(text, /image-ref: .*image }}@\$\{\{ needs\.build\.outputs\.digest }}/)
    assert.match(text, /cosign sign --yes --recursive "\$IMAGE@\$DIGEST"/)
  })
})

describe('Jenkinsfile', (test) => {
  test('has the seven stages, in order', () => {
    assert.equal(
      [...jenkinsfile.matchAll(/stage\('([^']+)'\)/g)].map(([, stage]) => stage),
      ['Checkout', 'Build', 'Test', 'Docker Build', 'Push to ECR', 'Deploy to K8s', 'Smoke Tests'],
    )
  })

  test('ends, runs once at a time, and goes back when the smoke test fails', () => {
    assert.match(jenkinsfile, /timeout\(time: \d+, unit: 'MINUTES'\)/)
    assert.match(jenkinsfile, /disableConcurrentBuilds\(\)/)
    const [, smoke = ''] = jenkinsfile.split("stage('Smoke Tests')")
    assert.match(smoke, /scripts\/smoke[\s\S]*post \{[\s\S]*failure \{[\s\S]*helm rollback/)
  })

  test('deploys what was pushed by its digest, from main alone', () => {
    for (const stage of ['Push to ECR', 'Deploy to K8s', 'Smoke Tests'])
      assert.match(jenkinsfile.split(`stage('${stage}')`)[1] ?? '', /^ \{\s+when \{ branch 'main' \}/)
    assert.match(jenkinsfile, /scripts\/deploy "\$\(cat image\.txt\)"/)
  })

  test('lets Groovy write no shell, so that no parameter becomes one, and hands passwords on by pipe', () => {
    assert.not.match(jenkinsfile, /\bsh\s*\(?\s*"/)
    assert.match(jenkinsfile, /get-login-password [^\n]*\| docker login [^\n]*--password-stdin/)
    assert.not.match(jenkinsfile, /credentials\(|--password |AWS_SECRET/)
  })
})

describe('scripts/deploy', (test) => {
  test('sets only values that the chart has', () => {
    const values = parse(read('helm/sonde/values.yaml')) as object
    const keys = [...read('scripts/deploy').matchAll(/--set(?:-string)? "?([\w.]+)=/g)].map(([, key = '']) => key)
    assert.ok(keys.length >= 4)
    for (const key of keys) {
      const found = key.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], values)
      assert.is.not(found, undefined, key)
    }
  })
})
