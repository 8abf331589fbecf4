import { generateKeyPairSync } from 'node:crypto'
import { childSchema, metaOf, unwrapped } from '../../../prober/config/field.ts'
import { parseConfig } from '../../../prober/config/load.ts'
import { maskUrl } from '../../../prober/config/mask-url.ts'
import { moduleBlock, PROBERS } from '../../../prober/config/module.ts'
import { type Config, configSchema } from '../../../prober/config/schema.ts'
import { fc, runsShared } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

function shown(http: unknown, targets: unknown = []): Promise<Config> {
  return shownModule({ prober: 'http', http }, targets)
}

async function shownModule(m: object, targets: unknown = []): Promise<Config> {
  const loaded = await parseConfig(JSON.stringify({ modules: { m }, targets }), 'f')
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return loaded.config
}

/** What stands before the first line of a PEM is passed over, so that a text may be a key and hold any other. */
const KEY = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })

function keyWith(secret: string) {
  return { cert_file: 'c', key: `${secret}\n${KEY}` }
}

/** Every place of an http module that may hold a secret, each filled with one. */
const PLACES: readonly ((secret: string) => object)[] = [
  (s) => ({ basic_auth: { username: 'u', password: s } }),
  (s) => ({ authorization: { credentials: s } }),
  (s) => ({ bearer_token: s }),
  (s) => ({ oauth2: { client_id: 'c', client_secret: s, token_url: 'http://t/' } }),
  (s) => ({ oauth2: { client_id: 'c', token_url: `http://u:${s}@t/` } }),
  (s) => ({
    oauth2: {
      client_id: 'c',
      token_url: 'http://t/',
      endpoint_params: { password: s, client_assertion: s, sso_pwd: s, user_pass: s },
    },
  }),
  (s) => ({ oauth2: { client_id: 'c', token_url: 'http://t/', proxy_url: `http://u:${s}@p` } }),
  (s) => ({ oauth2: { client_id: 'c', token_url: 'http://t/', tls_config: keyWith(s) } }),
  (s) => ({ tls_config: keyWith(s) }),
  (s) => ({ proxy_url: `socks5://u:${s}@p:1` }),
  (s) => ({ proxy_url: 'http://p', proxy_connect_header: { 'Proxy-Authorization': [s], Anything: ['a', s] } }),
  (s) => ({ http_headers: { X: { secrets: [s] }, 'X-Auth-Token': { values: [s] } } }),
  (s) => ({
    headers: { Authorization: s, Cookie: s, 'X-Api-Key': s, 'x-csrf-token': s, 'My-Secret': s, 'Private-Key': s },
  }),
  (s) => ({ body: s }),
  (s) => ({ body: `{"password": "${s}"}` }),
]

/** The same for modules of the other probers. */
const OTHER_PLACES: typeof PLACES = [
  (s) => ({ prober: 'tcp', tcp: { query_response: [{ send: s }, { expect: 'a', send: `PASS ${s}\r` }] } }),
  (s) => ({ prober: 'tcp', tcp: { tls: true, tls_config: keyWith(s) } }),
  (s) => ({ prober: 'unix', unix: { query_response: [{ send: s }] } }),
  (s) => ({ prober: 'grpc', grpc: { metadata: { authorization: [`Bearer ${s}`, s], anything: [s] } } }),
  (s) => ({ prober: 'websocket', websocket: { query_response: [{ send: s }] } }),
  (s) => ({ prober: 'websocket', websocket: { headers: { Authorization: s, 'X-Api-Key': { values: [s] } } } }),
  (s) => ({ prober: 'websocket', websocket: { headers: { X: { secrets: [s] } } } }),
  (s) => ({ prober: 'websocket', websocket: { http_config: { basic_auth: { password: s } } } }),
  (s) => ({ prober: 'websocket', websocket: { http_config: { authorization: { credentials: s } } } }),
  (s) => ({ prober: 'websocket', websocket: { http_config: { bearer_token: s, proxy_url: `http://u:${s}@p` } } }),
  (s) => ({
    prober: 'websocket',
    websocket: { http_config: { oauth2: { client_id: 'c', client_secret: s, token_url: `http://u:${s}@t` } } },
  }),
  (s) => ({
    prober: 'websocket',
    websocket: {
      http_config: {
        proxy_url: 'http://p',
        proxy_connect_header: { A: [s] },
        http_headers: { Cookie: { values: [s] } },
      },
    },
  }),
  (s) => ({ prober: 'dns', dns: { query_name: 'a', dns_over_https: true, tls_config: keyWith(s) } }),
  (s) => ({ prober: 'unix', unix: { tls: true, tls_config: keyWith(s) } }),
  (s) => ({ prober: 'grpc', grpc: { tls: true, tls_config: keyWith(s) } }),
  (s) => ({ prober: 'websocket', websocket: { http_config: { tls_config: keyWith(s) } } }),
]

const MODULES: typeof PLACES = [
  ...PLACES.map((place) => (s: string) => ({ prober: 'http', http: place(s) })),
  ...OTHER_PLACES,
  // A block of another prober is not shown at all.
  ...OTHER_PLACES.map((place) => (s: string) => ({ ...place(s), prober: 'http', http: { bearer_token: s } })),
]

/** What does not load, and what it holds. */
const NO_PEM: typeof PLACES = [
  (s) => ({ tls_config: { ca: s, cert: s, key: s } }),
  (s) => ({ oauth2: { client_id: 'c', token_url: 'http://t/', tls_config: { cert_file: 'c', key: s } } }),
]

describe('prober/config/masking', (test) => {
  test('what is shown holds no secret, wherever one stood', async () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,20}$/)
    await fc.assert(
      fc.asyncProperty(secret, fc.constantFrom(...MODULES), async (text, place) => {
        const module = place(text) as { readonly prober: string }
        const targets = module.prober === 'http' ? [{ address: `https://u:${text}@h/`, module: 'm' }] : []
        const config = await shownModule(module, targets)
        for (const page of [config.yaml, config.moduleYaml.get('m') ?? '', config.warnings.join()]) {
          assert.not.ok(page.includes(text), page)
        }
        assert.not.ok(config.targets[0]?.name.includes(text) === true)
        assert.match(config.yaml, /<secret>|xxxxx/)
      }),
      runsShared(10),
    )
  })

  test('a message about a bad file holds no secret either', async () => {
    const breakers = [
      { timeout: 5 },
      { method: '' },
      { foo: 1 },
      { compression: 'x' },
      { tls_config: { ca: 1, ca_file: 2, x: 3 } },
    ]
    const bad = [
      ...[...PLACES, ...NO_PEM].flatMap((place) =>
        breakers.map((breaker) => ({ prober: 'http', http: { ...place('hunter2'), ...breaker } })),
      ),
      ...OTHER_PLACES.map((place) => ({ ...place('hunter2'), timeout: 5, addresses: '' })),
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bad), async (module) => {
        const file = JSON.stringify({ modules: { m: module } })
        const broken = [
          file,
          file.replaceAll('"hunter2"', '["hunter2"]'),
          file.replaceAll('"hunter2"', '"hunter2\\nx"'),
          file.slice(0, -3),
          file.replace('"hunter2"', '*hunter2 '),
        ]
        for (const text of broken) {
          const loaded = await parseConfig(text, 'f')
          assert.not.match(loaded.ok ? '' : loaded.errors.join('\n'), /hunter2/)
        }
      }),
      runsShared(10),
    )
  })

  test('every key that the schema calls secret has a place in this test', () => {
    const filled = MODULES.map((place) => place('s') as Readonly<Record<string, unknown>>)
    for (const prober of PROBERS) {
      const blocks = JSON.stringify(filled.map((module) => module[prober]))
      for (const key of secretKeys(childSchema(moduleBlock, prober))) {
        assert.ok(blocks.includes(`"${key}":`), `${prober}: ${key}`)
      }
    }
    const { modules: _, telemetry, ...others } = configSchema.shape
    for (const [key, schema] of Object.entries(others)) assert.equal(secretKeys(schema), [], key)
    assert.equal(secretKeys(telemetry), ['headers', 'key'], 'they have a test of their own')
  })

  test('what opens the door to a collector is not shown', async () => {
    const headers = { Authorization: 'Bearer hunter2', 'x-team': { values: ['hunter2'] }, X: { secrets: ['hunter2'] } }
    const otlp = { endpoint: 'http://c:4318', headers, metrics: true, tls_config: keyWith('hunter2') }
    const text = JSON.stringify({ telemetry: { otlp } })
    const loaded = await parseConfig(text, 'f')
    if (!loaded.ok) throw new Error(loaded.errors.join())
    assert.not.match(loaded.config.yaml, 'hunter2')
    assert.match(loaded.config.yaml, 'endpoint: http://c:4318')
    assert.is(loaded.config.yaml.match(/<secret>/g)?.length, 4)
    const broken = await parseConfig(text.replace('http://c:4318', 'http://me:hunter2@c').replace('"X"', '"X X"'), 'f')
    assert.not.match(broken.ok ? 'hunter2' : broken.errors.join(), 'hunter2')
  })

  test('the user’s own keys are shown, with blackbox_exporter’s standing defaults, and files keep their names', async () => {
    const config = await shown({
      headers: { Host: 'h', Accept: 'a' },
      basic_auth: { username: 'u', password_file: 'p' },
    })
    assert.is(
      config.moduleYaml.get('m'),
      `prober: http
http:
  ip_protocol_fallback: true
  follow_redirects: true
  enable_http2: true
  headers:
    Host: h
    Accept: a
  basic_auth:
    username: u
    password_file: p
`,
    )
  })

  test('no_follow_redirects shows as what it means', async () => {
    const { yaml } = await shown({ no_follow_redirects: true })
    assert.match(yaml, /follow_redirects: false/)
    assert.not.match(yaml, /no_follow/)
  })

  test('what is shown loads again as the same configuration', async () => {
    const first = await shown(
      { valid_status_codes: [200], headers: { N: '1.10', B: 'yes' }, tls_config: { server_name: 's' } },
      [{ address: 'a', module: 'm' }],
    )
    const again = await parseConfig(first.yaml, 'f')
    assert.is(again.ok && again.config.yaml, first.yaml)
    assert.equal(again.ok && again.config.modules.get('m'), first.modules.get('m'))
  })

  test('blocks of other probers are not shown, as they do nothing and may hold secrets', async () => {
    const yaml = `modules: {m: {prober: http, tcp: {query_response: [{send: hunter2}]}}, tcp: {prober: http}}`
    const loaded = await parseConfig(yaml, 'f')
    assert.not.match(loaded.ok ? loaded.config.yaml : 'hunter2', /hunter2/)
    assert.match(loaded.ok ? loaded.config.yaml : '', /^ {2}tcp:$/m)
  })

  for (const [text, masked] of [
    ['http://u:p@h/', 'http://u:xxxxx@h/'],
    ['http://u@h/', 'http://u@h/'],
    ['http://:p@h/', 'http://:xxxxx@h/'],
    ['http://u:p@ss:w@h/a@b', 'http://u:xxxxx@h/a@b'],
    ['u:p@h:80/x', 'u:xxxxx@h:80/x'],
    ['http://h/?a=b@c', 'http://h/?a=b@c'],
    ['http://u:p/w#x@h/', 'http://u:xxxxx@h/'],
    ['http://h:80/a@b', 'http://h:80/a@b'],
    ['http://[::1]/a@b', 'http://[::1]/a@b'],
    ['http:/u:p@h', 'http:/u:xxxxx@h'],
    ['h:80', 'h:80'],
    ['http://h/a:b@c', 'http://h/a:b@c'],
    ['not a url u:p@h', 'not a url u:xxxxx@h'],
    ['http:\\\\u:p@h/', 'http:\\\\u:xxxxx@h/'],
    ['http:/\\u:p@h', 'http:/\\u:xxxxx@h'],
    [' http://u:p@h', ' http://u:xxxxx@h'],
    ['\u0001ht\ntp://u:p@h', '\u0001ht\ntp://u:xxxxx@h'],
    ['//u:p@h', '//u:xxxxx@h'],
    ['http://u:p\n/w@h', 'http://u:xxxxx@h'],
    ['http://cache/http://u:p@h/', 'http://cache/http://u:xxxxx@h/'],
    ['http://h/?to=http://u:p@h', 'http://h/?to=http://u:xxxxx@h'],
    ['http://h/?to=http://h:80/a@b', 'http://h/?to=http://h:80/a@b'],
    ['', ''],
  ] as const) {
    test(`${JSON.stringify(text)} is shown as ${JSON.stringify(masked)}`, () => assert.is(maskUrl(text), masked))
  }
})

/** Names of all keys below that are marked as secret. */
function secretKeys(schema: Parameters<typeof childSchema>[0]): string[] {
  const bare = unwrapped(schema)
  const shape = bare !== undefined && 'shape' in bare ? Object.keys(bare.shape as object) : []
  const below = bare !== undefined && ('valueType' in bare || 'element' in bare) ? secretKeys(childSchema(bare, 0)) : []
  return [
    ...shape.flatMap((key) => {
      const child = childSchema(bare, key)
      return metaOf(child).writeOnly === true ? [key] : secretKeys(child)
    }),
    ...below,
  ]
}
