import type { Module, Retry } from '../../../prober/config/schema.ts'
import { type Found, joinFound } from '../../../prober/discovery/found.ts'
import { groupTargets, readGroups } from '../../../prober/discovery/files/groups.ts'
import type { Api } from '../../../prober/discovery/kubernetes/api.ts'
import { type Kind, type KubernetesObject, readObject } from '../../../prober/discovery/kubernetes/objects.ts'
import { LineTooLong, linesOf } from '../../../prober/discovery/kubernetes/lines.ts'
import { createObjectStore } from '../../../prober/discovery/kubernetes/object-store.ts'
import { createRounds } from '../../../prober/discovery/kubernetes/rounds.ts'
import type { Gateway } from '../../../prober/discovery/kubernetes/route.ts'
import { type SourceObject, targetsOf } from '../../../prober/discovery/kubernetes/targets.ts'
import { createUpdates } from '../../../prober/discovery/updates.ts'
import { assert, describe } from '../../harness.ts'

const MODULES: ReadonlyMap<string, Pick<Module, 'prober' | 'timeoutSeconds'>> = new Map([
  ['http_2xx', { prober: 'http', timeoutSeconds: 5 }],
  ['tcp_connect', { prober: 'tcp', timeoutSeconds: 5 }],
  ['grpc', { prober: 'grpc', timeoutSeconds: 5 }],
  ['live', { prober: 'websocket', timeoutSeconds: 5 }],
  ['ping', { prober: 'icmp', timeoutSeconds: 5 }],
  ['names', { prober: 'dns', timeoutSeconds: 5 }],
])
const DEFAULT_MODULES: Readonly<Record<string, string>> = {
  service: 'tcp_connect',
  grpcroute: 'grpc',
  tlsroute: 'tcp_connect',
}

interface Row {
  readonly title: string
  readonly kind?: Kind
  readonly spec: unknown
  readonly status?: unknown
  readonly annotations?: Readonly<Record<string, unknown>>
  readonly settings?: {
    readonly scheme?: 'http' | 'https'
    readonly path?: string
    readonly module?: string
    readonly retry?: Retry
  }
  /** Listeners of the Gateway `web`, in the namespace of the route. */
  readonly listeners?: readonly unknown[]
  readonly gatewayNamespace?: string
  /** Addresses by the end of the target's name. */
  readonly found?: Readonly<Record<string, string>>
  /** Reasons by the end of the name. */
  readonly skipped?: Readonly<Record<string, string>>
}

function found({
  kind = 'ingress',
  spec,
  status,
  annotations,
  settings = {},
  listeners,
  gatewayNamespace = 'shop',
}: Row): Found {
  const prefixed = Object.fromEntries(
    Object.entries(annotations ?? {}).map(([key, value]) => [`sonde.dev/${key}`, value]),
  )
  const metadata = { name: 'web', namespace: 'shop', resourceVersion: '1', annotations: prefixed }
  const object = readObject(kind, { metadata, spec, status }, []) as SourceObject
  const gateway = readObject('gateway', gatewayOf(listeners, gatewayNamespace), []) as Gateway
  const gateways = new Map(listeners === undefined ? [] : [[`${gatewayNamespace}/web`, gateway]])
  const { scheme, path, retry, module = DEFAULT_MODULES[kind] ?? 'http_2xx' } = settings
  const defaults = { module, intervalSeconds: 30, labels: {}, ...(retry === undefined ? {} : { retry }) }
  return targetsOf(object, gateways, { defaults, modules: MODULES, scheme, path })
}

function gatewayOf(listeners: unknown, namespace: string) {
  const metadata = { name: 'web', namespace, resourceVersion: '1' }
  return { metadata, spec: { listeners }, status: { addresses: [{ type: 'IPAddress', value: '192.0.2.1' }] } }
}

const prefix = (path: string, pathType = 'Prefix') => ({ path, pathType })
const rule = (host: string | undefined, ...paths: readonly unknown[]) => ({ host, http: { paths } })
const http = { name: 'http', protocol: 'HTTP', port: 80 }
const https = { name: 'https', protocol: 'HTTPS', port: 443 }
const parents = { parentRefs: [{ name: 'web' }] }
const balancer = (...ingress: readonly unknown[]) => ({ loadBalancer: { ingress } })

const INGRESSES: readonly Row[] = [
  {
    title: 'https for the hosts under tls, http for others',
    spec: { rules: [rule('a.org', prefix('/')), rule('b.org')], tls: [{ hosts: ['a.org'] }] },
    found: { 'a.org': 'https://a.org/', 'b.org': 'http://b.org/' },
  },
  {
    title: 'a wildcard under tls covers one label',
    spec: { rules: [rule('a.b.org'), rule('x.a.b.org')], tls: [{ hosts: ['*.b.org'] }] },
    found: { 'a.b.org': 'https://a.b.org/', 'x.a.b.org': 'http://x.a.b.org/' },
  },
  {
    title: 'tls without hosts covers all',
    spec: { rules: [rule('a.org')], tls: [{ secretName: 's' }] },
    found: { 'a.org': 'https://a.org/' },
  },
  {
    title: 'the first path that can be asked, when none is /',
    spec: { rules: [rule('a.org', prefix('/x.*', 'ImplementationSpecific'), prefix('/api', 'Exact'), prefix('/b'))] },
    found: { 'a.org': 'http://a.org/api' },
  },
  {
    title: 'rules for one host are one target',
    spec: { rules: [rule('a.org', prefix('/b')), rule('a.org', prefix('/'))] },
    found: { 'a.org': 'http://a.org/' },
  },
  {
    title: 'a regular expression is no path to ask',
    spec: { rules: [rule('a.org', prefix('/x/(.*)', 'ImplementationSpecific'))] },
    found: { 'a.org': 'http://a.org/' },
  },
  {
    title: 'the path of the annotation before that of the source before that of the rules',
    spec: { rules: [rule('a.org', prefix('/b'))] },
    annotations: { path: '/up?deep=1' },
    settings: { path: '/source' },
    found: { 'a.org': 'http://a.org/up?deep=1' },
  },
  {
    title: 'the scheme of the source before that of the object',
    spec: { rules: [rule('a.org')] },
    settings: { scheme: 'https', path: '/source' },
    found: { 'a.org': 'https://a.org/source' },
  },
  {
    title: 'a wildcard is left out',
    spec: { rules: [rule('*.a.org'), rule('b.org')] },
    found: { 'b.org': 'http://b.org/' },
    skipped: { '*.a.org': 'wildcard_host' },
  },
  {
    title: 'a wildcard with a sample is asked by it, and only that one',
    spec: { rules: [rule('*.a.org'), rule('*.b.org')], tls: [{ hosts: ['*.a.org'] }] },
    annotations: { host: 'www.a.org' },
    found: { 'www.a.org': 'https://www.a.org/' },
    skipped: { '*.b.org': 'wildcard_host' },
  },
  {
    title: 'without a host the load balancer is asked',
    spec: { defaultBackend: {} },
    status: balancer({ ip: '2001:db8::1' }),
    found: { '2001:db8::1': 'http://[2001:db8::1]/' },
  },
  {
    title: 'by its name, if it has one',
    spec: {},
    status: balancer({ hostname: 'lb.example.org', ip: null }),
    found: { 'lb.example.org': 'http://lb.example.org/' },
  },
  { title: 'without either nothing is asked', spec: null, skipped: { web: 'host_missing' } },
  {
    title: 'the rest beside hosts is no host',
    spec: { rules: [rule('a.org'), rule(undefined)] },
    found: { 'a.org': 'http://a.org/' },
  },
  {
    title: 'who opts out is left out',
    spec: { rules: [rule('a.org')] },
    annotations: { skip: 'true' },
    skipped: { web: 'opted_out' },
  },
  {
    title: 'a module that is not there',
    spec: { rules: [rule('a.org')] },
    annotations: { module: 'x' },
    skipped: { 'a.org': 'module_unknown' },
  },
  {
    title: 'a module that asks no host',
    spec: { rules: [rule('a.org')] },
    annotations: { module: 'names' },
    skipped: { 'a.org': 'module_unsuited' },
  },
  {
    title: 'an interval that is none',
    spec: { rules: [rule('a.org')] },
    annotations: { interval: '5' },
    skipped: { 'a.org': 'interval_invalid' },
  },
  {
    title: 'an interval into which the attempts do not fit',
    spec: { rules: [rule('a.org')] },
    annotations: { interval: '10s' },
    settings: { retry: { attempts: 3, pauseSeconds: 1 } },
    skipped: { 'a.org': 'interval_invalid' },
  },
  {
    title: 'an interval out of range',
    spec: { rules: [rule('a.org')] },
    annotations: { interval: '10ms' },
    skipped: { 'a.org': 'interval_invalid' },
  },
  {
    title: 'a path that is none',
    spec: { rules: [rule('a.org')] },
    annotations: { path: 'up' },
    skipped: { web: 'path_invalid' },
  },
  {
    title: 'a sample that is no host',
    spec: { rules: [rule('*.a.org')] },
    annotations: { host: 'x.a.org/y' },
    skipped: { web: 'address_invalid' },
  },
  { title: 'a host that is none', spec: { rules: [rule('a.org:1@b')] }, skipped: { 'a.org:1@b': 'address_invalid' } },
  {
    title: 'an address with more in it than a host',
    spec: {},
    status: balancer({ hostname: 'me@a.org' }),
    skipped: { 'me@a.org': 'address_invalid' },
  },
  {
    title: 'an address that is none',
    spec: {},
    status: balancer({ ip: 'x y' }),
    skipped: { 'x y': 'address_invalid' },
  },
  { title: 'what is no Ingress', spec: { rules: 'all' }, skipped: { web: 'object_invalid' } },
  {
    title: 'annotations that are no text are none',
    spec: { rules: [rule('a.org')] },
    annotations: { path: 5 },
    found: { 'a.org': 'http://a.org/' },
  },
  {
    title: 'a websocket',
    spec: { rules: [rule('a.org')], tls: [{}] },
    settings: { module: 'live' },
    found: { 'a.org': 'wss://a.org/' },
  },
  { title: 'an echo', spec: { rules: [rule('a.org')] }, settings: { module: 'ping' }, found: { 'a.org': 'a.org' } },
]

const ROUTES: readonly Row[] = [
  {
    title: 'a host of the route, by the listener that speaks TLS',
    spec: { ...parents, hostnames: ['a.org'] },
    listeners: [http, https],
    found: { 'a.org': 'https://a.org/' },
  },
  {
    title: 'hosts are inherited from listeners',
    spec: parents,
    listeners: [
      { ...https, hostname: 'a.org' },
      { ...http, hostname: 'b.org', port: 8080 },
    ],
    found: { 'a.org': 'https://a.org/', 'b.org': 'http://b.org:8080/' },
  },
  {
    title: 'of a wildcard and a host the host is meant, whoever has it',
    spec: { ...parents, hostnames: ['x.y.a.org', '*.b.org'] },
    listeners: [
      { ...https, hostname: '*.a.org' },
      { ...http, hostname: 'b.b.org' },
    ],
    found: { 'x.y.a.org': 'https://x.y.a.org/', 'b.b.org': 'http://b.b.org/' },
  },
  {
    title: 'a wildcard on both sides is left out',
    spec: { ...parents, hostnames: ['*.b.a.org'] },
    listeners: [{ ...https, hostname: '*.a.org' }],
    skipped: { '*.b.a.org': 'wildcard_host' },
  },
  {
    title: 'no host at all: the Gateway’s address',
    spec: parents,
    listeners: [http],
    found: { '192.0.2.1': 'http://192.0.2.1/' },
  },
  {
    title: 'only the listener that it names',
    spec: { parentRefs: [{ name: 'web', sectionName: 'http' }], hostnames: ['a.org'] },
    listeners: [http, https],
    found: { 'a.org': 'http://a.org/' },
  },
  {
    title: 'only the port that it names',
    spec: { parentRefs: [{ name: 'web', port: 8443 }], hostnames: ['a.org'] },
    listeners: [https, { ...https, name: 'odd', port: 8443 }],
    found: { 'a.org': 'https://a.org:8443/' },
  },
  {
    title: 'a host that no listener has, beside one that has',
    spec: { ...parents, hostnames: ['a.org', 'b.org'] },
    listeners: [{ ...https, hostname: 'b.org' }],
    found: { 'b.org': 'https://b.org/' },
    skipped: { 'a.org': 'not_attached' },
  },
  {
    title: 'hosts that no listener has',
    spec: { ...parents, hostnames: ['a.org'] },
    listeners: [{ ...https, hostname: 'b.org' }],
    skipped: { 'a.org': 'not_attached' },
  },
  {
    title: 'a Gateway of another namespace that takes none of this one',
    spec: { parentRefs: [{ name: 'web', namespace: 'edge' }], hostnames: ['a.org'] },
    gatewayNamespace: 'edge',
    listeners: [https],
    skipped: { 'a.org': 'not_attached' },
  },
  {
    title: 'a Gateway of another namespace that takes all',
    spec: { parentRefs: [{ name: 'web', namespace: 'edge' }], hostnames: ['a.org'] },
    gatewayNamespace: 'edge',
    listeners: [{ ...https, allowedRoutes: { namespaces: { from: 'All' } } }],
    found: { 'a.org': 'https://a.org/' },
  },
  {
    title: 'a Gateway that is not seen',
    spec: { ...parents, hostnames: ['a.org'] },
    skipped: { 'a.org': 'gateway_unknown' },
  },
  {
    title: 'a parent that is no Gateway',
    spec: { parentRefs: [{ kind: 'Service', group: '', name: 'web' }], hostnames: ['a.org'] },
    listeners: [https],
    skipped: { 'a.org': 'gateway_unknown' },
  },
  {
    title: 'without a Gateway the scheme of the source will do',
    spec: { ...parents, hostnames: ['a.org'] },
    settings: { scheme: 'https' },
    found: { 'a.org': 'https://a.org/' },
  },
  {
    title: 'a path that takes no more than itself',
    spec: {
      ...parents,
      hostnames: ['a.org'],
      rules: [
        {
          matches: [
            { path: { type: 'RegularExpression', value: '/x.*' } },
            { path: { type: 'PathPrefix', value: '/b' }, headers: [{}] },
          ],
        },
        {
          matches: [
            { path: { type: 'PathPrefix', value: '/c' }, method: 'POST' },
            { path: { type: 'Exact', value: '/d' } },
          ],
        },
      ],
    },
    listeners: [http],
    found: { 'a.org': 'http://a.org/d' },
  },
  {
    title: 'a rule without matches takes all',
    spec: { ...parents, hostnames: ['a.org'], rules: [{}] },
    listeners: [http],
    found: { 'a.org': 'http://a.org/' },
  },
  {
    title: 'gRPC is asked by host and port',
    kind: 'grpcroute',
    spec: { ...parents, hostnames: ['a.org'], rules: [{ matches: [{ method: { service: 'x' } }] }] },
    listeners: [https],
    found: { 'a.org': 'a.org:443' },
  },
  {
    title: 'TLS is passed on by listeners of TLS alone',
    kind: 'tlsroute',
    spec: { ...parents, hostnames: ['a.org'] },
    listeners: [https, { name: 'tls', protocol: 'TLS', port: 8443 }],
    found: { 'a.org': 'a.org:8443' },
  },
].map((row) => ({ kind: 'httproute', ...row }) as Row)

const SERVICES: readonly Row[] = [
  {
    title: 'each port of TCP under the name in the cluster',
    spec: { ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }, { port: 5432, protocol: 'TCP' }] },
    found: { 80: 'web.shop.svc:80', 5432: 'web.shop.svc:5432' },
  },
  { title: 'none of TCP', spec: { ports: [{ port: 53, protocol: 'UDP' }] }, skipped: { web: 'port_missing' } },
  {
    title: 'by HTTP with TLS where the port says so',
    spec: {
      ports: [
        { port: 8080, name: 'web' },
        { port: 8443, name: 'https' },
        { port: 9000, name: 'x', appProtocol: 'HTTPS' },
      ],
    },
    settings: { module: 'http_2xx', path: '/livez' },
    found: {
      8080: 'http://web.shop.svc:8080/livez',
      8443: 'https://web.shop.svc:8443/livez',
      9000: 'https://web.shop.svc:9000/livez',
    },
  },
].map((row) => ({ kind: 'service', ...row }) as Row)

const idOf = (name: string) => name.slice(name.lastIndexOf('/') + 1)

for (const [name, rows] of Object.entries({ 'an Ingress': INGRESSES, 'a route': ROUTES, 'a Service': SERVICES })) {
  describe(`targets of ${name}`, (test) => {
    for (const row of rows) {
      test(row.title, () => {
        const { targets, skipped } = found(row)
        assert.equal(Object.fromEntries(targets.map((target) => [idOf(target.name), target.address])), row.found ?? {})
        assert.equal(Object.fromEntries(skipped.map((each) => [idOf(each.name), each.reason])), row.skipped ?? {})
      })
    }
  })
}

const FILES: readonly (readonly [title: string, text: string, expected: unknown])[] = [
  [
    'targets with labels',
    '[{"targets": ["a.org", "b.org"], "labels": {"team": "web"}}]',
    { 'a.org': ['a.org', { team: 'web' }], 'b.org': ['b.org', { team: 'web' }] },
  ],
  [
    'labels that say how',
    '[{"targets": ["a.org:25"], "labels": {"__param_module": "tcp_connect", "__scrape_interval__": "2m", "instance": "mail"}}]',
    { mail: ['a.org:25', {}, 'tcp_connect', 120] },
  ],
  [
    'what is Prometheus’ own ends with it',
    '[{"targets": ["a.org"], "labels": {"__meta_x": "y", "reason": "z", "job": "j", "1st-one": "w"}}]',
    { 'a.org': ['a.org', { exported_reason: 'z', exported_job: 'j', _1st_one: 'w' }] },
  ],
  [
    'a password is no name',
    '[{"targets": ["http://u:hunter2@a.org/"]}]',
    { 'http://u:xxxxx@a.org/': ['http://u:hunter2@a.org/', {}] },
  ],
  ['a module that is not there', '[{"targets": ["a.org"], "labels": {"__param_module": "x"}}]', 'module_unknown'],
  ['an address that is none', '[{"targets": ["a b"]}]', 'address_invalid'],
  ['a hostname that is none', '[{"targets": ["a"], "labels": {"__param_hostname": "x\\r\\nY: z"}}]', 'address_invalid'],
  ['YAML', '- targets: [a.org]\n  labels: {rack: 7}\n', { 'a.org': ['a.org', { rack: '7' }] }],
  ['an empty file', '', {}],
  [
    'no list',
    '{"targets": []}',
    'is no list of {targets, labels}: file: Invalid input: expected array, received object',
  ],
  [
    'a target that is no text',
    '[{"targets": [5]}]',
    'is no list of {targets, labels}: [0].targets[0]: Invalid input: expected string, received number',
  ],
  [
    'more targets than are probed',
    JSON.stringify([{ targets: Array(20_000).fill('a') }, {}]),
    'has more than 20000 targets, more than are probed; name fewer',
  ],
  ['no YAML', '- targets: [http://u:hunter2@a.org', 'cannot be read as YAML (line 1)'],
]

describe('targets of a file', (test) => {
  for (const [title, text, expected] of FILES) {
    test(title, () => {
      const read = readGroups(text, text.startsWith('[') || text.startsWith('{'))
      if (!read.ok) return assert.equal(read.message, expected)
      const defaults = { module: 'http_2xx', intervalSeconds: 30, labels: {} }
      const { targets, skipped } = joinFound(read.value.map((group) => groupTargets(group, defaults, MODULES)))
      if (typeof expected === 'string')
        return assert.equal(
          skipped.map(({ reason }) => reason),
          [expected],
        )
      const told = targets.map(({ name, address, labels, module, intervalSeconds }) => {
        const other = module === 'http_2xx' ? [] : [module, intervalSeconds]
        return [name, [address, labels, ...other]]
      })
      assert.equal(Object.fromEntries(told), expected)
    })
  }

  test('JSON that is none is not repeated, since an address may hold a password', () => {
    assert.equal(readGroups('[hunter2', true), { ok: false, message: 'cannot be read as JSON' })
  })
})

describe('what is kept of a cluster', (test) => {
  const object = (name: string, resourceVersion = '1') => ({
    metadata: { name, namespace: 'shop', resourceVersion, managedFields: 'x'.repeat(1000) },
    spec: { host: 'x'.repeat(1000) },
  })

  test('is a small part of each object, up to a limit of all', () => {
    const store = createObjectStore('ingress', [], () => undefined, { characters: 1000, objects: 100 })
    const taken = Array.from({ length: 10 }, (_, index) => store.put(object(`web-${index}`)))
    assert.equal([taken.indexOf(false) > 2, [...store.values()].length], [true, taken.filter(Boolean).length])
    store.remove(object('web-0'))
    assert.ok(store.put(object('web-9')), 'there is room again')
    assert.not(store.put({ metadata: {} }), 'without a name it is nothing')
  })

  test('is of so many objects, however small; one that there was no room for is none that was listed', () => {
    const store = createObjectStore('ingress', [], () => undefined, { characters: 10_000, objects: 2 })
    assert.equal(
      ['a', 'b', 'c', 'a'].map((name) => store.put(object(name))),
      [true, true, false, true],
    )
    store.beginList()
    for (const name of ['d', 'b', 'c']) store.put(object(name))
    store.endList()
    assert.equal(
      [...store.values()].map(({ name }) => name),
      ['b'],
    )
    assert.ok(store.put(object('d')), 'there is room again')
  })

  test('is the same value as long as it is the same version', () => {
    let changes = 0
    const store = createObjectStore('ingress', [], () => (changes += 1))
    for (const name of ['a', 'b']) store.put(object(name))
    const [a] = store.values()
    store.beginList()
    store.put(object('a'))
    store.put(object('c'))
    store.endList()
    const all = [...store.values()]
    assert.is(all[0], a)
    assert.equal([all.map(({ name }) => name), changes], [['a', 'c'], 4])
  })

  test('labels are those that were asked for', () => {
    const labels = { team: 'web', other: 'x', odd: 5 }
    const read = readObject('service', { metadata: { name: 'a', labels }, spec: {} }, ['team', 'odd', 'constructor'])
    assert.equal((read as KubernetesObject).labels, { team: 'web' })
  })
})

describe('a list of a watch', (test) => {
  test('that has no last page is given up', async () => {
    let pages = 0
    const api: Api = {
      async list() {
        pages += 1
        return { ok: true, resourceVersion: '1', continue: 'more', items: [{}] }
      },
      watch: async () => ({ ok: true }),
      [Symbol.asyncDispose]: async () => undefined,
    }
    const spec = { kind: 'ingress', namespace: undefined, labelSelector: '', objectLabels: [] } as const
    const store = createObjectStore('ingress', [], () => undefined)
    const quiet = { onSynced: () => undefined, onEvent: () => undefined, onLeftOut: () => undefined }
    const round = await createRounds(spec, { api, store, random: () => 0, ...quiet })(new AbortController().signal)
    assert.equal([round.ok, !round.ok && round.failure.reason, pages], [false, 'too_large', 2000])
  })
})

describe('lines of a watch', (test) => {
  async function* pieces(text: string, size: number) {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  for (const size of [1, 2, 3, 5, 100]) {
    test(`are the same in pieces of ${size}`, async () => {
      assert.equal(await Array.fromAsync(linesOf(pieces('é\n\n日本語\nrest', size), 100)), ['é', '', '日本語'])
    })
  }
  test('keep none of the pieces, of which there may be a million', async () => {
    async function* reused(text: string) {
      const one = Buffer.alloc(1)
      for (const byte of Buffer.from(text)) {
        one[0] = byte
        yield one
      }
    }
    const long = 'é'.repeat(20_000)
    assert.equal(await Array.fromAsync(linesOf(reused(`${long}\nshort\n`), 100_000)), [long, 'short'])
  })

  for (const [title, text] of [
    ['ended', 'x'.repeat(11)],
    ['open', `${'x'.repeat(11)}\n`],
  ] as const) {
    test(`too long, ${title}`, async () => {
      const thrown = await Array.fromAsync(linesOf(pieces(text, 4), 10)).catch((error: unknown) => error)
      assert.instance(thrown, LineTooLong)
    })
  }
})

describe('a flood of changes', (test) => {
  test('is one update now, and one a second later', () => {
    let nowSeconds = 100
    let updates = 0
    const waits: number[] = []
    let due: (() => void) | undefined
    const gathered = createUpdates(
      {
        nowSeconds: () => nowSeconds,
        after(seconds, call) {
          waits.push(seconds)
          due = call
          return () => (due = undefined)
        },
      },
      () => (updates += 1),
    )
    for (let change = 0; change < 100; change += 1) gathered.ask()
    due?.()
    nowSeconds += 0.25
    for (let change = 0; change < 100; change += 1) gathered.ask()
    due?.()
    assert.equal([waits, updates], [[0, 0.75], 2])
    gathered.ask()
    gathered[Symbol.dispose]()
    assert.is(due, undefined)
  })
})
