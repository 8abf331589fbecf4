import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '../../../cli/demo/authority.ts'
import { assert, describe } from '../../harness.ts'
import {
  type Instead,
  type KubernetesApi,
  type Manifest,
  type SeenRequest,
  serveKubernetesApi,
} from '../../servers/kubernetes-api.ts'
import { type Stage, stage } from './stage.ts'

const INGRESSES = 'networking.k8s.io/v1/ingresses'
const ROUTES = 'gateway.networking.k8s.io/v1/httproutes'
const GATEWAYS = 'gateway.networking.k8s.io/v1/gateways'
const SERVICES = 'v1/services'

function ingress(
  name: string,
  host = `${name}.example.org`,
  annotations: Readonly<Record<string, string>> = {},
): Manifest {
  return {
    metadata: { name, namespace: 'shop', labels: { team: 'web' }, annotations },
    spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix' }] } }], tls: [{ hosts: [host] }] },
  }
}

function configOf(api: KubernetesApi, source = 'resources: [ingress]', more = ''): string {
  return `modules: {http_2xx: {prober: http}, slow: {prober: http}, tcp_connect: {prober: tcp}}
discovery: {kubernetes: [{api_server: "${api.url}", ${source}}]}
${more}`
}

const INGRESS = 'kubernetes/ingress'

function gateway(listeners: readonly unknown[]): Manifest {
  return { metadata: { name: 'web', namespace: 'shop' }, spec: { listeners } }
}

/** Watched, and all that was listed is scheduled. */
async function following(api: KubernetesApi, found: Stage): Promise<void> {
  await api.request(isWatch)
  await found.until(() => found.targets().length === api.size())
}

function linesWith(found: Stage, text: string): string[] {
  return found.logged.filter((line) => line.includes(text))
}

const nameOf = (name: string) => `kubernetes/ingress/shop/${name}/${name}.example.org`
const has = (found: Stage, name: string) => () => nameOf(name) in found.addresses()
const hasNot = (found: Stage, name: string) => () => !(nameOf(name) in found.addresses())
const isWatch = ({ verb }: SeenRequest) => verb === 'watch'
const isList = ({ verb }: SeenRequest) => verb === 'list'

type Hostile = readonly [what: string, reason: string, instead: Instead]

const always =
  (body: string): Instead =>
  (_, response) =>
    Boolean(response.end(body))
/** As fast as it is taken, for ever. */
const pour =
  (text: string): Instead =>
  (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(text));
    }
    response.on('drain', more)
    more()
    return true
  }

const HOSTILE: readonly Hostile[] = [
  [
    'a page that is no JSON',
    'malformed',
    ({ verb }, response) => (verb === 'list' ? Boolean(response.end('<html>')) : expired(response)),
  ],
  ['events that are none', 'malformed', always('{"type":"SURPRISE","object":{}}\n')],
  ['an event without an end', 'too_large', pour('x'.repeat(1 << 20))],
  [
    'a page without an end',
    'too_large',
    (seen, response) => (seen.verb === 'list' ? pour('x'.repeat(1 << 20))(seen, response) : expired(response)),
  ],
  ['an error in the stream', 'server_error', always('{"type":"ERROR","object":{"code":500,"message":"etcd"}}\n')],
  ['silence instead of an answer', 'timeout', () => true],
  [
    'a redirect',
    'rejected',
    (_, response) => Boolean(response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()),
  ],
]

function expired(response: ServerResponse): boolean {
  return Boolean(response.writeHead(410).end('{}'))
}

describe('discovery in Kubernetes', (test) => {
  test('objects are listed in pages, then followed: added, changed and removed', async () => {
    await using api = await serveKubernetesApi()
    for (let index = 0; index < 251; index += 1) api.put(INGRESSES, ingress(`web-${index}`))
    await using found = await stage(configOf(api, 'resources: [ingress], object_labels: [team]'))
    await found.until(() => found.targets().length === 251)
    assert.equal(
      api.requests.filter(isList).map(({ query }) => query),
      [{ limit: '250' }, { limit: '250', continue: '250' }],
    )
    assert.equal(found.targets()[0], {
      module: 'http_2xx',
      intervalSeconds: 30,
      name: nameOf('web-0'),
      address: 'https://web-0.example.org/',
      labels: { team: 'web', namespace: 'shop', kind: 'ingress', name: 'web-0' },
    })
    await api.request(isWatch)
    const [first, second] = found.targets()
    api.put(INGRESSES, ingress('new'))
    api.put(INGRESSES, ingress('web-1', 'web-1.example.org', { 'sonde.dev/module': 'slow', 'sonde.dev/path': '/up' }))
    api.remove(INGRESSES, 'shop', 'web-2')
    await found.until(() => has(found, 'new')() && hasNot(found, 'web-2')())
    assert.is(found.targets()[0], first, 'what has not changed stays the same value')
    assert.is.not(found.targets()[1], second)
    assert.equal(
      [found.targets()[1]?.module, found.addresses()[nameOf('web-1')]],
      ['slow', 'https://web-1.example.org/up'],
    )
  })

  test('a watch that ends is taken up where a bookmark left it', async () => {
    await using api = await serveKubernetesApi()
    await using found = await stage(configOf(api))
    await following(api, found)
    const before = api.requests.length
    const version = api.bookmark()
    api.end()
    const { query } = await api.request(isWatch, before)
    assert.equal(
      { ...query },
      { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: version, timeoutSeconds: '300' },
    )
    assert.is(api.requests.filter(isList).length, 1, 'nothing is listed again')
  })

  test('a watch that is cut is taken up at the last change, and targets stay meanwhile', async () => {
    await using api = await serveKubernetesApi()
    api.put(INGRESSES, ingress('old'))
    await using found = await stage(configOf(api))
    await following(api, found)
    api.put(INGRESSES, ingress('last'))
    await found.until(has(found, 'last'))
    const [before, changes] = [api.requests.length, found.changes()]
    api.cut()
    const { query } = await api.request(isWatch, before)
    assert.is(query.resourceVersion, '1002')
    api.put(INGRESSES, ingress('later'))
    await found.until(has(found, 'later'))
    assert.is(found.changes(), changes + 1)
    assert.equal([...(found.status(INGRESS)?.failures ?? [])], [['unreachable', 1]])
  })

  test('who was away too long lists again, and keeps what has not changed', async () => {
    await using api = await serveKubernetesApi()
    for (const name of ['kept', 'gone']) api.put(INGRESSES, ingress(name))
    await using found = await stage(configOf(api))
    await following(api, found)
    const [kept] = found.targets()
    api.instead = ({ verb }, response) => verb === 'watch' && Boolean(response.destroy())
    api.cut()
    api.remove(INGRESSES, 'shop', 'gone')
    api.put(INGRESSES, ingress('new'))
    api.compact()
    await found.clock.held()
    assert.equal(found.targets().length, 2)
    api.instead = () => false
    found.clock.pass()
    await found.clock.held()
    found.clock.pass()
    await found.until(has(found, 'new'))
    assert.ok(hasNot(found, 'gone')())
    assert.is(found.targets()[0], kept)
    assert.is(found.status(INGRESS)?.failures.get('expired'), 1)
  })

  test('while the API is away its targets stay, it is asked ever more seldom, and metrics and log say so', async () => {
    await using api = await serveKubernetesApi()
    api.put(INGRESSES, ingress('web'))
    await using found = await stage(configOf(api))
    await following(api, found)
    api.instead = (_, response) => Boolean(response.writeHead(503).end('{"message":"etcd is away"}'))
    api.cut()
    await found.clock.held()
    const heard = found.status(INGRESS)?.lastHeardSeconds ?? 0
    const waits = [await found.clock.held()]
    while (waits.length < 7) {
      found.clock.pass()
      waits.push(await found.clock.held())
    }
    assert.equal(waits, [1.5, 3, 6, 12, 24, 45, 45])
    assert.ok(has(found, 'web')())
    const { isSynced, lastHeardSeconds, failures } = found.status(INGRESS) ?? {}
    assert.equal([isSynced, lastHeardSeconds, failures?.get('unreachable')], [false, heard, 1])
    assert.ok(failures?.get('server_error') === 7)
    assert.is(linesWith(found, 'reason=server_error').length, 1)
    assert.match(
      linesWith(found, 'server_error')[0] ?? '',
      'the API server answered 503 Service Unavailable: etcd is away',
    )
    api.instead = () => false
    found.clock.pass()
    await found.until(() => linesWith(found, 'Discovery works again').length === 1)
    assert.ok(found.status(INGRESS)?.isSynced)
  })

  test('a token that rotates is read anew, over TLS with the cluster’s own authority', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-discovery-'))
    const [token, ca] = [join(folder.path, 'token'), join(folder.path, 'ca.crt')]
    const authority = await createAuthority()
    await using api = await serveKubernetesApi(await authority.issue({ subject: 'CN=api', ips: ['127.0.0.1'] }))
    await writeFile(ca, authority.certPem)
    await writeFile(token, 'first\n')
    api.tokens.add('first')
    api.put(INGRESSES, ingress('web'))
    const port = new URL(api.url).port
    await using found = await stage(
      `discovery: {kubernetes: [{resources: [ingress], token_file: ${token}, ca_file: ${ca}}]}`,
      { environment: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: port } },
    )
    await following(api, found)
    await writeFile(token, 'second')
    api.tokens.clear()
    api.tokens.add('second')
    const before = api.requests.length
    api.end()
    const { authorization } = await api.request(isWatch, before)
    assert.is(authorization, 'Bearer second')
    api.tokens.clear()
    api.tokens.add('third')
    api.end()
    await found.clock.held()
    found.clock.pass()
    await found.until(() => linesWith(found, 'reason=unauthorized').length === 1)
    assert.not.match(found.logged.join(''), /first|second/)
    assert.ok(has(found, 'web')())
  })

  test('a right that is missing is named with its role, other kinds go on, and it is tried again', async () => {
    await using api = await serveKubernetesApi()
    api.forbidden.add('list ingresses')
    api.put(INGRESSES, ingress('web'))
    api.put(SERVICES, { metadata: { name: 'db', namespace: 'shop' }, spec: { ports: [{ port: 5432 }] } })
    await using found = await stage(configOf(api, 'resources: [ingress, service]'))
    await found.until(() => found.targets().length === 1 && linesWith(found, 'forbidden').length === 1)
    assert.equal(found.addresses(), { 'kubernetes/service/shop/db/5432': 'db.shop.svc:5432' })
    assert.match(
      linesWith(found, 'forbidden')[0] ?? '',
      String.raw`err="may not list ingresses.networking.k8s.io in all namespaces; give its ServiceAccount a ClusterRole with {apiGroups: [\"networking.k8s.io\"], resources: [ingresses], verbs: [get, list, watch]}"`,
    )
    assert.equal([found.status(INGRESS)?.isSynced, found.status('kubernetes/service')?.isSynced], [false, true])
    api.forbidden.clear()
    assert.is(await found.clock.held(), 45)
    found.clock.pass()
    await found.until(has(found, 'web'))
  })

  test('a kind that the cluster does not have is no failure, and is found once it is there', async () => {
    await using api = await serveKubernetesApi()
    for (const resource of [ROUTES, GATEWAYS]) api.missing.add(resource)
    await using found = await stage(configOf(api, 'resources: [httproute]'))
    await found.until(() => linesWith(found, 'The cluster has no').length === 2)
    assert.equal(
      [found.status('kubernetes/httproute')?.isSynced, found.status('kubernetes/httproute')?.failures.size],
      [true, 0],
    )
    api.missing.clear()
    api.put(GATEWAYS, gateway([{ name: 'https', protocol: 'HTTPS', port: 8443, hostname: 'shop.example.org' }]))
    api.put(ROUTES, { metadata: { name: 'cart', namespace: 'shop' }, spec: { parentRefs: [{ name: 'web' }] } })
    await found.clock.held()
    found.clock.pass()
    await found.until(() => found.targets().length === 1)
    assert.equal(found.addresses(), {
      'kubernetes/httproute/shop/cart/shop.example.org': 'https://shop.example.org:8443/',
    })
    api.put(GATEWAYS, gateway([{ name: 'http', protocol: 'HTTP', port: 80, hostname: 'www.example.org' }]))
    await found.until(() => found.addresses()['kubernetes/httproute/shop/cart/www.example.org'] !== undefined)
    assert.equal(Object.values(found.addresses()), ['http://www.example.org/'])
  })

  test('an older version of a kind is taken where there is no newer', async () => {
    await using api = await serveKubernetesApi()
    const [v1, alpha3, alpha2] = ['v1', 'v1alpha3', 'v1alpha2'].map(
      (version) => `gateway.networking.k8s.io/${version}/tlsroutes`,
    )
    for (const resource of [v1, alpha3]) api.missing.add(String(resource))
    api.put(GATEWAYS, gateway([{ name: 'tls', protocol: 'TLS', port: 443 }]))
    api.put(String(alpha2), {
      metadata: { name: 'mail', namespace: 'shop' },
      spec: { parentRefs: [{ name: 'web' }], hostnames: ['mail.example.org'] },
    })
    await using found = await stage(configOf(api, 'resources: [tlsroute], module: tcp_connect'))
    await found.until(() => found.targets().length === 1)
    assert.equal(found.addresses(), { 'kubernetes/tlsroute/shop/mail/mail.example.org': 'mail.example.org:443' })
  })

  test('namespaces and labels are selected by the server, each namespace for itself', async () => {
    await using api = await serveKubernetesApi()
    for (const name of ['one', 'two']) api.put(INGRESSES, ingress(name))
    api.put(INGRESSES, { metadata: { name: 'other', namespace: 'blog' }, spec: {} })
    await using found = await stage(
      configOf(api, 'resources: [ingress], namespaces: [shop, bar], label_selector: team=web'),
    )
    await found.until(() => found.targets().length === 2)
    for (const namespace of ['shop', 'bar'])
      for (const verb of ['list', 'watch'])
        await api.request(
          (seen) =>
            seen.path === `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses` &&
            seen.verb === verb &&
            seen.query.labelSelector === 'team=web',
        )
    assert.is(api.requests.length, 4)
  })

  test('a target of the file wins over one of the same name, and a module that is not there leaves one out: both are said once', async () => {
    await using api = await serveKubernetesApi()
    for (const name of ['web', 'good']) api.put(INGRESSES, ingress(name))
    api.put(INGRESSES, ingress('odd', 'odd.example.org', { 'sonde.dev/module': 'htp' }))
    api.put(INGRESSES, ingress('out', 'out.example.org', { 'sonde.dev/skip': 'true' }))
    const written = `targets: [{name: ${nameOf('web')}, address: "http://written.example.org/"}]`
    await using found = await stage(configOf(api, undefined, written))
    await found.until(has(found, 'good'))
    assert.equal(found.addresses(), {
      [nameOf('web')]: 'http://written.example.org/',
      [nameOf('good')]: 'https://good.example.org/',
    })
    api.put(INGRESSES, ingress('more'))
    await found.until(has(found, 'more'))
    const { targets, skipped } = found.status(INGRESS) ?? {}
    assert.equal(
      [targets, [...(skipped ?? [])].sort()],
      [
        2,
        [
          ['module_unknown', 1],
          ['name_taken', 1],
          ['opted_out', 1],
        ],
      ],
    )
    assert.equal(
      linesWith(found, 'left out')
        .map((line) => line.replace(/^.* source/, 'source').trim())
        .sort(),
      [
        `source=kubernetes/ingress instance=${nameOf('odd')} reason=module_unknown err="\\"htp\\" is no module of the configuration"`,
        `source=kubernetes/ingress instance=${nameOf('web')} reason=name_taken err="a target of the configuration has the same name"`,
      ],
    )
  })

  test('a reload changes how targets are probed at once, and leaves watches alone that stay wanted', async () => {
    await using api = await serveKubernetesApi()
    api.put(INGRESSES, ingress('web'))
    await using found = await stage(configOf(api))
    await following(api, found)
    const [before] = found.targets()
    await found.reload(configOf(api, 'resources: [ingress, service]'))
    assert.is(found.targets()[0], before)
    await found.reload(configOf(api, 'resources: [ingress], module: slow, interval: 1m'))
    assert.equal([found.targets()[0]?.module, found.targets()[0]?.intervalSeconds], ['slow', 60])
    assert.is(api.requests.filter(({ path }) => path.endsWith('/ingresses')).length, 2)
    await found.reload('targets: []')
    assert.equal([found.targets(), found.status(INGRESS)], [[], undefined])
  })

  for (const [what, reason, instead] of HOSTILE) {
    test(`${what}: ${reason}, and nothing is lost`, async () => {
      await using api = await serveKubernetesApi()
      api.put(INGRESSES, ingress('web'))
      await using found = await stage(configOf(api), { timeoutSeconds: what.startsWith('silence') ? 0.05 : 5 })
      // On a slow machine the list may take too long as well, and is then tried again.
      found.clock.hurry()
      await following(api, found)
      const before = found.logged.length
      const since = (text: string) => found.logged.slice(before).findIndex((line) => line.includes(text))
      api.instead = instead
      api.end()
      await found.until(() => since(`reason=${reason}`) >= 0)
      assert.ok(has(found, 'web')())
      api.instead = () => false
      await found.until(() => since('works again') > since(`reason=${reason}`))
    })
  }

  test('outside of a cluster, without an API server, it says what to write', async () => {
    await using found = await stage('discovery: {kubernetes: [{resources: [ingress]}]}')
    await found.until(() => linesWith(found, 'this prober runs in no cluster').length === 1)
  })
})
