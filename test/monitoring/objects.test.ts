import { Probe } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/Probe'
import { parseAllDocuments } from 'yaml'
import { monitoringFiles } from '../../monitoring/files.ts'
import { ruleGroups } from '../../monitoring/rules.ts'
import { assert, describe } from '../harness.ts'
import { configured, FULL } from './configured.ts'

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels: Record<string, string> }
  readonly spec: Readonly<Record<string, unknown>>
}

async function objectsOf(text: string, kind: string): Promise<Manifest[]> {
  const files = monitoringFiles(await configured(text), 'operator')
  const documents = files.flatMap(({ content }) => parseAllDocuments(content, { version: '1.1' }))
  return documents.map((document) => document.toJS() as Manifest).filter((manifest) => manifest.kind === kind)
}

const PROBERS = [
  ['http://blackbox-exporter.monitoring.svc:9115', 'http', 'blackbox-exporter.monitoring.svc:9115', '/probe'],
  ['blackbox-exporter.monitoring.svc:9115', 'http', 'blackbox-exporter.monitoring.svc:9115', '/probe'],
  ['https://probes.example.org/sonde', 'https', 'probes.example.org', '/sonde/probe'],
  ['http://sonde:80/probe', 'http', 'sonde:80', '/probe'],
  ['"[2001:db8::1]:9115"', 'http', '[2001:db8::1]:9115', '/probe'],
] as const

describe('monitoring/probe', (test) => {
  for (const [written, scheme, url, path] of PROBERS) {
    test(`the Operator takes ${written} apart`, async () => {
      const [probe] = await objectsOf(`${FULL}monitoring: {mode: pull, prober_url: ${written}}`, 'Probe')
      assert.equal(probe?.spec.prober, { scheme, url, path })
    })
  }

  test('one for each module, interval and set of labels, of targets by name', async () => {
    const probes = await objectsOf(
      `
modules: {web: {prober: http, timeout: 5s}, slow: {prober: http, timeout: 20s}}
targets:
  - {name: a, address: "http://user:hunter2@a/", module: web}
  - {name: b, address: "http://b/", module: web}
  - {name: c, address: "http://c/", module: web, labels: {team: x}}
  - {name: d, address: "http://d/", module: slow, interval: 1h}
monitoring: {mode: pull, namespace: mon, labels: {release: kps}}`,
      'Probe',
    )
    assert.equal(
      probes.map(({ metadata, spec }) => [metadata.name, spec.module, spec.interval, spec.scrapeTimeout]),
      [
        ['sonde-web-30s', 'web', '30s', '5500ms'],
        ['sonde-web-30s-x', 'web', '30s', '5500ms'],
        ['sonde-slow-1h', 'slow', '2m', '20500ms'],
      ],
    )
    assert.equal(probes[0]?.spec.targets, { staticConfig: { static: ['a', 'b'], labels: {} } })
    assert.equal(probes[2]?.spec.params, [{ name: 'max_age', values: ['1h0m20s'] }], 'rare ones come from the schedule')
    assert.equal([probes[0]?.metadata.namespace, probes[0]?.metadata.labels.release], ['mon', 'kps'])
    assert.not.match(JSON.stringify(probes), /hunter2/)
  })

  test('names that would be the same are told apart', async () => {
    const targets =
      '{name: a, address: "http://a/", labels: {t: "x y"}}, {name: b, address: "http://b/", labels: {t: x-y}}'
    const probes = await objectsOf(`targets: [${targets}]\nmonitoring: {mode: pull}`, 'Probe')
    assert.equal(
      probes.map(({ metadata }) => metadata.name),
      ['sonde-http-2xx-30s-x-y', 'sonde-http-2xx-30s-x-y-2'],
    )
  })

  test('Ingresses by selector, with the label that tells two modules of one URL apart', async () => {
    const [probe] = await objectsOf(
      'monitoring: {ingress: [{name: all, selector: {a: b}, namespaces: [shop]}]}',
      'Probe',
    )
    assert.equal(probe?.spec.targets, {
      ingress: {
        selector: { matchLabels: { a: 'b' } },
        namespaceSelector: { matchNames: ['shop'] },
        relabelingConfigs: [{ sourceLabels: ['__param_module'], targetLabel: 'module' }],
      },
    })
  })

  test('what the API server would refuse is not written', () => {
    const probe = new Probe({
      metadata: { name: 'x' },
      spec: { interval: '30 seconds', prober: { url: 'a' } },
    })
    assert.throws(() => probe.validate(), /interval must match pattern/)
  })
})

const VANTAGE = `
monitoring:
  vantage_points: [{name: eu, prober_url: "http://eu:9115"}, {name: us, prober_url: "https://us:9115"}]
  services: [{name: hello, port: web}]
`

describe('monitoring/service-monitor and monitoring/scrape-config', (test) => {
  test('scheduled: the prober’s labels are kept, its job is the one that the rules look for', async () => {
    const [monitor] = await objectsOf(FULL, 'ServiceMonitor')
    assert.equal(monitor?.spec.endpoints, [
      {
        port: 'http',
        interval: '30s',
        scrapeTimeout: '10s',
        honorLabels: true,
        relabelings: [{ targetLabel: 'job', replacement: 'sonde' }],
      },
    ])
    assert.equal(await objectsOf(FULL, 'Probe'), [])
  })

  test('pulled: /metrics keeps what the probes do not tell', async () => {
    const [monitor] = await objectsOf(`${FULL}monitoring: {mode: pull}`, 'ServiceMonitor')
    assert.equal(monitor?.spec.endpoints, [
      {
        port: 'http',
        interval: '30s',
        scrapeTimeout: '10s',
        honorLabels: true,
        relabelings: [{ targetLabel: 'job', replacement: 'sonde-prober' }],
        metricRelabelings: [{ sourceLabels: ['__name__', 'path'], regex: 'probe_.*;', action: 'drop' }],
      },
    ])
  })

  test('probers elsewhere have no Service: each is scraped by its address, under its label', async () => {
    const text = FULL + VANTAGE
    assert.equal(
      (await objectsOf(text, 'ServiceMonitor')).map(({ metadata }) => metadata.name),
      ['sonde-hello'],
    )
    assert.equal(
      (await objectsOf(text, 'ScrapeConfig')).map(({ metadata, spec }) => [
        metadata.name,
        spec.scheme,
        spec.staticConfigs,
      ]),
      [
        ['sonde-eu', 'HTTP', [{ targets: ['eu:9115'], labels: { vantage: 'eu' } }]],
        ['sonde-us', 'HTTPS', [{ targets: ['us:9115'], labels: { vantage: 'us' } }]],
      ],
    )
  })

  test('discovered: the list is asked for, and several shards share it out themselves', async () => {
    const [config] = await objectsOf('monitoring: {mode: http_sd, prometheus_shards: 2}', 'ScrapeConfig')
    assert.equal(config?.spec.httpSDConfigs, [{ url: 'http://sonde:9115/targets', refreshInterval: '1m' }])
    assert.match(JSON.stringify(config?.spec.relabelings), '"action":"hashmod"')
  })
})

describe('monitoring/prometheus-rule', (test) => {
  test('what was promised is an object of its own; together they are the plain rules', async () => {
    const objects = await objectsOf(FULL, 'PrometheusRule')
    assert.equal(
      objects.map(({ metadata }) => metadata.name),
      ['sonde-slo', 'sonde-rules'],
    )
    const groups = objects.map(({ spec }) => spec.groups as readonly { readonly name: string }[])
    assert.ok(groups[0]?.every(({ name }) => /sloth|pyrra/.test(name)))
    const names = groups.flat().map(({ name }) => name)
    const plain = ruleGroups(await configured(FULL)).map(({ name }) => name)
    assert.equal(names.sort(), plain.sort())
  })

  test('without objectives there is none of them', async () => {
    assert.is((await objectsOf('targets: [{address: "http://a/"}]', 'PrometheusRule')).length, 1)
  })
})
