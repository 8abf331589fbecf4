/** compose.yaml and the example values: what they mount, name and keep fits the rest of the project. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { parseServeFlags } from '../../cli/serve-flags.ts'
import { assert, describe } from '../harness.ts'
import { ROOT } from '../k8s/manifests.ts'

interface Service {
  readonly image: string
  readonly command?: readonly string[]
  readonly ports: readonly string[]
  readonly volumes?: readonly string[]
  readonly read_only: boolean
  readonly cap_drop: readonly string[]
  readonly healthcheck: unknown
  readonly depends_on?: Readonly<Record<string, unknown>>
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const read = (path: string) => parse(readFileSync(join(ROOT, path), 'utf8'), { merge: true }) as unknown
const { services, volumes } = read('compose.yaml') as Compose
const entries = Object.entries(services)

describe('compose.yaml', (test) => {
  for (const [name, service] of entries)
    test(`${name}: locked, watched, of one version, and reached from this machine alone`, () => {
      assert.equal([service.read_only, service.cap_drop], [true, ['ALL']])
      assert.ok(service.healthcheck)
      assert.match(service.image, /:(v?\d+\.\d+\.\d+|compose)$/)
      for (const port of service.ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/)
    })

  test('no port is published twice, and what is waited for is there', () => {
    const ports = entries.flatMap(([, service]) => service.ports.map((port) => port.split(':')[1]))
    assert.is(new Set(ports).size, ports.length)
    for (const [, { depends_on = {} }] of entries) for (const name of Object.keys(depends_on)) assert.ok(services[name])
  })

  test('every file that is mounted is there, and only volumes can be written to', () => {
    for (const [, service] of entries)
      for (const mount of service.volumes ?? []) {
        const [source = '', , mode] = mount.split(':')
        if (source.startsWith('./')) assert.ok(statSync(join(ROOT, source)) && mode === 'ro', mount)
        else assert.ok(source in volumes, mount)
      }
  })

  test('Prometheus keeps 30 days and 50 GB, and its rules know of as much', () => {
    const flags = services.prometheus?.command ?? []
    for (const flag of ['--storage.tsdb.retention.time=30d', '--storage.tsdb.retention.size=50GB'])
      assert.ok(flags.includes(flag), flag)
    const { monitoring } = read('examples/compose/sonde.yml') as { monitoring: { retention: string } }
    assert.is(monitoring.retention, '30d')
  })

  test('the prober understands its flags', () => {
    const [command, ...flags] = services.sonde?.command ?? []
    const parsed = parseServeFlags(flags)
    assert.ok(command === 'serve' && parsed.ok, parsed.ok ? '' : parsed.message)
  })
})

describe('examples/helm-values', (test) => {
  const stack = read('examples/helm-values/kube-prometheus-stack.yaml') as {
    prometheus: { prometheusSpec: { retention: string; storageSpec: object } }
    grafana: { sidecar: { dashboards: { label: string; labelValue: string; folderAnnotation: string } } }
  }
  const ours = read('examples/helm-values/sonde.yaml') as {
    monitoring: { labels: object; retention: string; dashboards: { annotations: object } }
  }

  test('Prometheus keeps 30 days in 50 GB, and Sonde’s rules know of as much', () => {
    const { retention, storageSpec } = stack.prometheus.prometheusSpec
    assert.equal([retention, ours.monitoring.retention], ['30d', '30d'])
    assert.match(JSON.stringify(storageSpec), /"storage":"50Gi"/)
  })

  test('Grafana’s sidecar looks for the label that the dashboards have, and for the folder that they name', () => {
    const { label, labelValue, folderAnnotation } = stack.grafana.sidecar.dashboards
    const { dashboards } = (read('helm/sonde/values.yaml') as { monitoring: { dashboards: { labels: object } } })
      .monitoring
    assert.equal(dashboards.labels, { [label]: labelValue })
    assert.ok(folderAnnotation in ours.monitoring.dashboards.annotations)
  })

  test('Prometheus takes Sonde’s objects: they have the label of its release', () => {
    assert.equal(ours.monitoring.labels, { release: 'kube-prometheus-stack' })
  })
})
