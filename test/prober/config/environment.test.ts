import { type Loaded, parseConfig } from '../../../prober/config/load.ts'
import { fc, runsShared } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const ENVIRONMENT = { TOKEN: 'hunter2-token', HOST: 'www.example.org', EMPTY: '', SPAN: '7s', FOLDER: '/run/secrets' }

async function load(text: string, environment: Readonly<Record<string, string>> = ENVIRONMENT): Promise<Loaded> {
  return await parseConfig(text, 'f', environment)
}

/** What a module sends when the file says this. */
async function bodyOf(written: string): Promise<string> {
  const loaded = await load(JSON.stringify({ modules: { m: { prober: 'http', http: { body: written } } } }))
  const module = loaded.ok ? loaded.config.modules.get('m') : undefined
  return module?.prober === 'http' ? module.body : loaded.ok ? '' : loaded.errors.join('\n')
}

const P = (inside: string) => `\${env:${inside}}`

const TEXTS: readonly (readonly [written: string, meant: string])[] = [
  [P('TOKEN'), 'hunter2-token'],
  [`a ${P('HOST')} b ${P('SPAN')}`, 'a www.example.org b 7s'],
  [P('NONE:-text'), 'text'],
  [P('NONE:-'), ''],
  [P('constructor:-text'), 'text'],
  [P('EMPTY:-text'), 'text'],
  [P('EMPTY'), ''],
  [P('HOST:-text'), 'www.example.org'],
  [`$${P('TOKEN')}`, P('TOKEN')],
  [`$${P('not a name')}`, P('not a name')],
  [
    `$1 $\{1} $\{name} $name $env {env:TOKEN} $\{TOKEN} $TOKEN %TOKEN%`,
    `$1 $\{1} $\{name} $name $env {env:TOKEN} $\{TOKEN} $TOKEN %TOKEN%`,
  ],
]

const BAD: readonly (readonly [title: string, text: string, errors: readonly string[]])[] = [
  [
    'a variable that is not set',
    `modules: {m: {prober: http, http: {body: "${P('NONE')} ${P('NADA')}"}}}`,
    ['NONE', 'NADA'].map(
      (name) =>
        `f:1:42: modules.m.http.body: the environment has no variable ${name}; set it, or write a default as in ${P(`${name}:-text`)}`,
    ),
  ],
  [
    'a placeholder without a name',
    `modules: {m: {prober: http, http: {body: "${P('')}"}}}`,
    [
      `f:1:42: modules.m.http.body: holds a placeholder that is none; write ${P('NAME')}, or $\${env: for the text itself`,
    ],
  ],
  [
    'a value that does not fit',
    `modules: {m: {prober: http, timeout: "${P('TOKEN')}"}}`,
    [`f:1:38: modules.m.timeout: what ${P('TOKEN')} holds does not fit here; set it as in "5s"`],
  ],
  [
    'a bad expression',
    `modules: {m: {prober: http, http: {fail_if_body_matches_regexp: ["(${P('TOKEN')}"], fail_if_body_json_matches_cel: "${P('TOKEN')}"}}}`,
    [
      `f:1:66: modules.m.http.fail_if_body_matches_regexp[0]: what ${P('TOKEN')} holds does not fit here; see docs/configuration.md`,
      `f:1:115: modules.m.http.fail_if_body_json_matches_cel: what ${P('TOKEN')} holds does not fit here; set it as in "body.status == 'DOWN'"`,
    ],
  ],
  [
    'a module that is not there',
    `targets: [{address: a, module: "${P('TOKEN')}"}]`,
    [`f:1:32: targets[0].module: "${P('TOKEN')}" is no module of this file; write one of "http_2xx"`],
  ],
  [
    'a choice that is none',
    `modules: {m: {prober: "${P('TOKEN')}", addresses: "${P('TOKEN')}"}}`,
    [
      `f:1:23: modules.m.prober: "${P('TOKEN')}" is no prober; write one of http, tcp, dns, icmp, grpc, unix, websocket`,
      `f:1:50: modules.m.addresses: "${P('TOKEN')}" is not known; write one of "one", "any", "all"`,
    ],
  ],
  [
    'a file that is not there',
    `module_files: ["${P('FOLDER')}/x.yml"]`,
    [
      `f:1:16: module_files[0]: ${P('FOLDER')}/x.yml does not exist; check the path, which starts from this file's folder`,
    ],
  ],
]

describe('prober/config/environment', (test) => {
  for (const [written, meant] of TEXTS) {
    test(`${written} means ${JSON.stringify(meant)}`, async () => assert.is(await bodyOf(written), meant))
  }

  for (const [title, text, errors] of BAD) {
    test(`${title} is an error with its place, and never shows a value`, async () => {
      const loaded = await load(text)
      assert.equal(loaded.ok ? 'loaded' : loaded.errors, errors)
    })
  }

  test('keys are left as they are', async () => {
    const loaded = await load(`modules: {"${P('TOKEN')}": {prober: http}}`)
    assert.equal(loaded.ok && [...loaded.config.modules.keys()], [P('TOKEN')])
  })

  test('placeholders work in anchors, merges, lists, targets and module files’ names', async () => {
    const loaded = await load(
      `modules:\n  a: &a {prober: http, timeout: "${P('SPAN')}"}\n  b: {<<: *a, http: {fail_if_body_matches_regexp: ["x${P('HOST')}"]}}\n` +
        `targets: [{address: "https://${P('HOST')}/", module: b, labels: {host: "${P('HOST')}"}}]`,
    )
    if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
    const { modules, targets } = loaded.config
    assert.equal(
      [...modules.values()].map(({ timeoutSeconds }) => timeoutSeconds),
      [7, 7],
    )
    assert.equal(targets[0], {
      name: `https://${P('HOST')}/`,
      address: 'https://www.example.org/',
      module: 'b',
      intervalSeconds: 30,
      labels: { host: 'www.example.org' },
    })
  })

  test('a number and a boolean may come from the environment, and show as the placeholder', async () => {
    const text = `modules: {m: {prober: icmp, icmp: {ttl: "${P('TTL')}", dont_fragment: "${P('DF')}", max_loss_ratio: "${P('NONE:-0.25')}"}}}`
    const loaded = await load(text, { TTL: '7', DF: 'true' })
    if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
    const module = loaded.config.modules.get('m')
    assert.equal(module?.prober === 'icmp' && [module.ttl, module.dontFragment, module.maxLossRatio], [7, true, 0.25])
    assert.match(loaded.config.yaml, /ttl: \$\{env:TTL\}/)
    const wrong = await load(text, { TTL: 'hunter2-x', DF: 'perhaps' })
    assert.equal(wrong.ok || wrong.errors.map((line) => line.replace(/^.*\.(\w+: )/, '$1')), [
      'ttl: a text where a number is wanted; write it as in 5',
      'dont_fragment: a text where true or false is wanted; write true or false',
    ])
  })

  test('what is shown has the placeholder, and loads again as the same', async () => {
    const text = `modules: {m: {prober: http, http: {method: "${P('METHOD:-PUT')}", headers: {Host: "${P('HOST')}"}, basic_auth: {password: "${P('TOKEN')}"}}}}`
    const first = await load(text)
    const yaml = first.ok ? first.config.yaml : ''
    assert.match(yaml, /method: \$\{env:METHOD:-PUT\}/)
    assert.match(yaml, /Host: \$\{env:HOST\}/)
    assert.match(yaml, /password: <secret>/)
    const again = await load(yaml)
    assert.is(again.ok && again.config.yaml, yaml)
  })

  test('no value shows anywhere, wherever it stood, also when the file is wrong', async () => {
    const keys = [
      'body',
      'method',
      'headers',
      'proxy_url',
      'preferred_ip_protocol',
      'body_size_limit',
      'compression',
    ] as const
    const secret = fc.stringMatching(/^[A-Za-z0-9+*(]{8,20}$/)
    await fc.assert(
      fc.asyncProperty(secret, fc.constantFrom(...keys), async (value, key) => {
        const text = P('S')
        const http = key === 'headers' ? { headers: { X: text } } : { [key]: text }
        const modules = {
          m: { prober: 'http', http },
          t: { prober: 'tcp', tcp: { query_response: [{ expect: text }, { labels: [{ name: text, value: text }] }] } },
          d: { prober: 'dns', dns: { query_name: text, query_type: text, valid_rcodes: [text] } },
          ok: { prober: 'http', http: { preferred_ip_protocol: text, valid_http_versions: [text] } },
        }
        const targets = [{ address: text, module: text, query_type: text }]
        for (const file of [
          { modules, targets },
          { modules },
          { modules: { m: modules.m } },
          { modules: { ok: modules.ok } },
        ]) {
          const loaded = await load(JSON.stringify(file), { S: value })
          const { warnings = [] } = loaded.ok ? loaded.config : loaded
          const shown = loaded.ok ? loaded.config.yaml : loaded.errors.join('\n')
          assert.not.ok(`${shown}${warnings.join('\n')}`.includes(value), `${shown}${warnings.join('\n')}`)
        }
      }),
      runsShared(20),
    )
  })
})
