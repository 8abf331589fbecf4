import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadConfig, parseConfig } from '../../../prober/config/load.ts'
import { PROBE_METRICS } from '../../../prober/metrics/catalogue.ts'
import type { Config, HttpModule } from '../../../prober/config/schema.ts'
import type { SecretSource } from '../../../prober/config/secret.ts'
import { fc, runsShared } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/config')

async function configOf(text: string, file = '/etc/sonde/sonde.yml'): Promise<Config> {
  const loaded = await parseConfig(text, file)
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return loaded.config
}

async function fixture(name: string): Promise<Config> {
  return configOf(readFileSync(join(FIXTURES, name), 'utf8'))
}

function moduleOf(config: Config, name: string): HttpModule {
  const module = config.modules.get(name)
  if (module?.prober !== 'http') throw new Error(`no http module ${name}`)
  return module
}

/** The module `m` with this http block, in YAML's flow style. */
async function http(block: string): Promise<HttpModule> {
  return moduleOf(await configOf(`modules: {m: {prober: http, http: {${block}}}}`), 'm')
}

function revealed(source: SecretSource | undefined): string | undefined {
  return source?.from === 'file' ? `file ${source.path}` : source?.value.reveal()
}

const WITH_WARNINGS = ['valid-old-keys.yml', 'valid-traps.yml']

describe('prober/config/load: what loads', (test) => {
  for (const file of globSync('valid-*.yml', { cwd: FIXTURES })) {
    test(`${file} loads`, async () => {
      const loaded = await loadConfig(join(FIXTURES, file))
      assert.equal(loaded.ok ? [] : loaded.errors, [])
      if (!WITH_WARNINGS.includes(file)) assert.equal(loaded.ok && loaded.config.warnings, [])
    })
  }

  test('a module without a block has blackbox_exporter’s defaults', async () => {
    const { tls, ...rest } = await http('')
    assert.equal(rest, {
      prober: 'http',
      timeoutSeconds: 0,
      resolver: undefined,
      addresses: 'one',
      sourceIp: undefined,
      validStatusCodes: [],
      validHttpVersions: [],
      method: 'GET',
      headers: {},
      httpHeaders: [],
      body: '',
      bodyFile: undefined,
      bodySizeLimitBytes: 0,
      compression: '',
      followRedirects: true,
      failIfSsl: false,
      failIfNotSsl: false,
      failIfBodyMatchesRegexp: [],
      failIfBodyNotMatchesRegexp: [],
      failIfBodyJsonMatchesCel: undefined,
      failIfBodyJsonNotMatchesCel: undefined,
      failIfHeaderMatches: [],
      failIfHeaderNotMatches: [],
      ip: { preferred: 6, fallback: true },
      skipResolvePhaseWithProxy: false,
      http2: true,
      trace: undefined,
      applicationTimings: ['app', 'total'],
      auth: { kind: 'none' },
      proxy: { kind: 'none' },
    })
    assert.equal(tls, {
      insecureSkipVerify: false,
      ca: undefined,
      cert: undefined,
      key: undefined,
      serverName: undefined,
      minVersion: undefined,
      maxVersion: undefined,
    })
  })

  test('texts keep how they were written, and words of YAML 1.1 are booleans where one is wanted', async () => {
    const module = moduleOf(await fixture('valid-everything.yml'), 'http_2xx_long')
    assert.equal(module.headers, {
      Host: 'vhost.example.org',
      'Accept-Language': 'en-US',
      'X-Version': '1.10',
      'X-Flag': 'yes',
      'X-Empty': '',
    })
    assert.is(module.timeoutSeconds, 90.5)
    assert.is(module.failIfSsl, false)
    assert.equal(module.ip, { preferred: 4, fallback: false })
    assert.is(module.failIfBodyMatchesRegexp[0]?.test('Could not connect to cache'), true)
    assert.equal(
      module.failIfHeaderMatches.map(({ header, allowMissing }) => [header, allowMissing]),
      [['Set-Cookie', true]],
    )
  })

  for (const [word, expected] of [
    ['yes', false],
    ['On', false],
    ['"y"', false],
    ['TRUE', false],
    ['no', true],
    ['OFF', true],
    ["'n'", true],
    ['False', true],
  ] as const) {
    test(`no_follow_redirects: ${word} means follow ${expected}`, async () => {
      assert.is((await http(`no_follow_redirects: ${word}, follow_redirects: true`)).followRedirects, expected)
    })
  }

  test('headers ask for an upgrade and hold any character, as in blackbox_exporter; what the prober sets is left out', async () => {
    const module = await http('headers: {Connection: Upgrade, Upgrade: websocket, Trailer: X, X-Name: "日本\\té"}')
    assert.equal(module.headers, { Upgrade: 'websocket', 'X-Name': '日本\té' })
  })

  for (const [block, trace, names] of [
    ['', undefined, ['app', 'total']],
    ['trace: {}', { sampleRatio: 1 }, ['app', 'total']],
    ['trace: {sample_ratio: 0}, server_timing_application: web', { sampleRatio: 0 }, ['web']],
  ] as const) {
    test(`tracing: {${block}}`, async () => {
      const { trace: options, applicationTimings } = await http(block)
      assert.equal([options, applicationTimings], [trace, names])
    })
  }

  test('anchors and merge keys fill in what is not written', async () => {
    const config = await fixture('valid-anchors.yml')
    assert.equal(
      ['base', 'post', 'both'].map((name) => {
        const { method, timeoutSeconds, headers } = moduleOf(config, name)
        return [method, timeoutSeconds, headers.Accept]
      }),
      [
        ['GET', 5, 'text/html'],
        ['POST', 5, 'text/html'],
        ['GET', 7, 'text/html'],
      ],
    )
    const { body, headers } = moduleOf(config, 'both')
    assert.equal([body, headers['X-Version']], ['1.10', '1.10'], 'an alias keeps the text')
  })

  for (const [value, preferred] of [
    ['ip6', 6],
    ['""', 6],
    ['ip4', 4],
    ['ipv6', 4],
    ['IP6', 4],
  ] as const) {
    test(`preferred_ip_protocol: ${value} prefers IPv${preferred}`, async () => {
      assert.is((await http(`preferred_ip_protocol: ${value}`)).ip.preferred, preferred)
    })
  }

  test('names of Object’s prototype are names like others', async () => {
    const config = await configOf('modules: {constructor: {prober: http}, toString: {prober: http, timeout: 3s}}')
    assert.equal([...config.modules.keys()], ['constructor', 'toString'])
    assert.is(moduleOf(config, 'toString').timeoutSeconds, 3)
    const unknown = await parseConfig('modules: {}\ntargets: [{address: a, module: toString}]', 'f')
    assert.match(unknown.ok ? '' : (unknown.errors[0] ?? ''), /"toString" is no module/)
    const lost = await parseConfig('modules: {__proto__: {prober: http}}', 'f')
    assert.equal(lost.ok ? [] : lost.errors, ['f:1:11: modules: "__proto__" is no usable name; write another'])
  })

  test('a byte order mark is no text', async () => {
    assert.is((await configOf('\uFEFFmodules: {m: {prober: http}}')).modules.size, 1)
  })
})

describe('prober/config/load: credentials and files', (test) => {
  test('relative files start from the configuration’s folder, body_file too', async () => {
    const module = await http(
      'body_file: b, tls_config: {ca_file: ca.pem, cert_file: ./c, key_file: /k}, basic_auth: {username: u, password_file: ../pw}, http_headers: {X: {values: [v], secrets: [s], files: [h]}}',
    )
    assert.is(module.bodyFile, '/etc/sonde/b')
    assert.equal([module.tls.ca, module.tls.cert, module.tls.key].map(revealed), [
      'file /etc/sonde/ca.pem',
      'file /etc/sonde/c',
      'file /k',
    ])
    assert.ok(module.auth.kind === 'basic')
    assert.is(module.auth.kind === 'basic' && revealed(module.auth.password), 'file /etc/pw')
    assert.equal(module.httpHeaders[0]?.values.map(revealed), ['v', 's', 'file /etc/sonde/h'])
  })

  for (const [block, expected] of [
    ['authorization: {credentials: t}', ['Bearer', 't']],
    ['authorization: {type: " Token ", credentials_file: t}', ['Token', 'file /etc/sonde/t']],
    ['authorization: {}', ['Bearer', '']],
    ['bearer_token: t', ['Bearer', 't']],
    ['bearer_token_file: t', ['Bearer', 'file /etc/sonde/t']],
  ] as const) {
    test(`{${block}} is an Authorization header`, async () => {
      const { auth } = await http(block)
      assert.equal(auth.kind === 'authorization' && [auth.type, revealed(auth.credentials)], expected)
    })
  }

  test('a user name may come from a file, and what is not set is empty', async () => {
    const { auth } = await http('basic_auth: {username_file: u}')
    assert.equal(auth.kind === 'basic' && [revealed(auth.username), revealed(auth.password)], ['file /etc/sonde/u', ''])
  })

  test('oauth2 keeps tokens unless told otherwise, and has its own TLS and proxy', async () => {
    const rest =
      'client_id: c, client_secret_file: s, token_url: "https://t/x", tls_config: {server_name: n}, proxy_url: "http://p:1"'
    const { auth } = await http(`oauth2: {${rest}, scopes: [a], endpoint_params: {k: 1}}`)
    assert.ok(auth.kind === 'oauth2')
    if (auth.kind !== 'oauth2') return
    const { clientSecret, proxy, tls, tokenUrl, ...others } = auth.oauth2
    assert.equal(others, { clientId: 'c', scopes: ['a'], endpointParams: { k: '1' }, cacheToken: true })
    assert.equal([revealed(clientSecret), tls.serverName, tokenUrl.href], ['file /etc/sonde/s', 'n', 'https://t/x'])
    assert.is(proxy.kind === 'url' && proxy.url.host, 'p:1')
    const uncached = await http('oauth2: {client_id: c, token_url: "http://t/", cache_token: no}')
    assert.is(uncached.auth.kind === 'oauth2' && uncached.auth.oauth2.cacheToken, false)
  })

  test('a proxy is a URL, the environment, or none', async () => {
    const fixed = (await http('proxy_url: "socks5h://u:p@h:1", no_proxy: "a,b", proxy_connect_header: {X: [y, z]}'))
      .proxy
    assert.equal(fixed.kind === 'url' && [fixed.url.password, fixed.noProxy], ['p', 'a,b'])
    assert.equal(fixed.kind === 'url' && fixed.connectHeaders[0]?.values.map(revealed), ['y', 'z'])
    assert.is((await http('proxy_from_environment: true')).proxy.kind, 'environment')
    assert.is((await http('proxy_url: ""')).proxy.kind, 'none')
  })

  for (const accepted of ['gzip', 'br, gzip ; q=0.5', '*', '*;q=1, gzip;q=0', 'GZIP', '']) {
    test(`compression gzip goes with Accept-Encoding ${JSON.stringify(accepted)}`, async () => {
      assert.is((await http(`compression: gzip, headers: {Accept-Encoding: '${accepted}'}`)).compression, 'gzip')
    })
  }

  test('headers that the prober computes are left out, with a warning', async () => {
    assert.equal((await http('headers: {Content-Length: 5, connection: close, Host: h}')).headers, { Host: 'h' })
  })
})

describe('prober/config/load: targets and warnings', (test) => {
  test('targets have names, intervals and labels; a password does not become a name', async () => {
    assert.equal((await fixture('valid-targets.yml')).targets, [
      {
        name: 'https://www.example.org/',
        address: 'https://www.example.org/',
        module: 'web',
        intervalSeconds: 30,
        labels: {},
      },
      {
        name: 'gone',
        address: 'www.example.org/gone',
        module: '404',
        intervalSeconds: 60,
        labels: { team: 'web', tier: '1' },
      },
      {
        name: 'https://user:xxxxx@private.example.org/',
        address: 'https://user:hunter2@private.example.org/',
        module: 'web',
        intervalSeconds: 30,
        labels: {},
      },
      { name: '[::1]:8080/health', address: '[::1]:8080/health', module: 'web', intervalSeconds: 10, labels: {} },
    ])
  })

  test('a file without modules has http_2xx; one with none has none', async () => {
    const config = await fixture('valid-targets-only.yml')
    assert.equal([...config.modules.keys()], ['http_2xx'])
    assert.is(config.targets[0]?.module, 'http_2xx')
    assert.match(config.yaml, /^modules:\n {2}http_2xx:\n {4}prober: http/)
    assert.equal([...(await configOf('{}')).modules.keys()], ['http_2xx'])
    assert.is((await fixture('valid-empty-modules.yml')).modules.size, 0)
  })

  test('what loads but misleads is said, with its place', async () => {
    assert.equal((await fixture('valid-old-keys.yml')).warnings, OLD_KEYS)
  })

  test('what a module of another prober says in vain is told, with its place', async () => {
    const lines = readFileSync(join(FIXTURES, 'valid-traps.warnings'), 'utf8').trim().split('\n')
    assert.equal(
      (await fixture('valid-traps.yml')).warnings,
      lines.map((line) => `/etc/sonde/sonde.yml:${line}`),
    )
  })

  test('no label of a target collides with one that the metrics have', async () => {
    const taken = Object.values(PROBE_METRICS).flatMap((metric) => ('labels' in metric ? [...metric.labels] : []))
    assert.ok(taken.length > 0)
    for (const label of taken) {
      const loaded = await parseConfig(`targets: [{address: a, labels: {${label}: x}}]`, 'f')
      assert.match(loaded.ok ? label : loaded.errors.join(), 'is a label of the metrics themselves')
    }
  })

  test('five thousand targets load', async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => `  - {address: "https://h${i}/", labels: {team: t${i % 9}}}`)
    assert.is((await configOf(`targets:\n${lines.join('\n')}\n`)).targets.length, 5_000)
  })
})

const OLD_KEYS = [
  '6:7: modules.old.http.no_follow_redirects: is deprecated; write follow_redirects: false',
  '7:7: modules.old.http.bearer_token: is deprecated; write authorization with credentials',
  '8:41: modules.old.http.valid_http_versions[1]: "HTTP/2" never matches; write "HTTP/2.0"',
  '9:33: modules.old.http.valid_status_codes[1]: 999 never matches; write a code from 100 to 599',
  '10:30: modules.old.http.preferred_ip_protocol: "ipv6" counts as "ip4", as everything but "ip6" does; write "ip4" or "ip6"',
  '11:17: modules.old.http.headers.Content-Length: is not sent as written, the prober sets it; remove it',
  '11:36: modules.old.http.headers.Transfer-Encoding: is not sent as written, the prober sets it; remove it',
  '13:24: modules.old.http.fail_if_not_ssl: fails every probe together with fail_if_ssl; remove one',
  "14:5: modules.old.tcp: is not used, this module's prober is http; remove it",
  '19:7: modules.old_file.http.no_follow_redirects: is deprecated; write follow_redirects: true',
  '20:7: modules.old_file.http.bearer_token_file: is deprecated; write authorization with credentials_file',
].map((line) => `/etc/sonde/sonde.yml:${line}`)

describe('prober/config/load: hostile files', (test) => {
  const places = /^f\.yml:[1-9]\d*:[1-9]\d*: [^\n]+: [^\n]+; [^\n]+$/

  test('any text gives a configuration or errors of one form, and never throws', async () => {
    const word = fc.constantFrom(
      ...['modules', 'targets', 'prober', 'http', 'timeout', '5s', 'address', 'headers', 'tls_config', 'labels'],
      ...[
        ': ',
        '\n',
        '  ',
        '    ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        "'",
        '&a ',
        '*a',
        '<<: ',
        '|',
        '>',
        '#',
        '!!int ',
        '? ',
      ],
      ...['null', 'yes', '1', '~', '---\n', '\t', '%', '@', '\u0000', '\u2028', '__proto__'],
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
    )
    await fc.assert(
      fc.asyncProperty(text, async (yaml) => {
        const loaded = await parseConfig(yaml, 'f.yml')
        if (!loaded.ok) for (const error of loaded.errors) assert.match(error, places)
        assert.ok(loaded.ok || loaded.errors.length > 0)
      }),
      runsShared(2),
    )
  })

  test('any value under a known key gives the same', async () => {
    const keys = [
      'headers',
      'http_headers',
      'basic_auth',
      'oauth2',
      'tls_config',
      'proxy_url',
      'fail_if_header_matches',
      'body_size_limit',
      'proxy_connect_header',
      'fail_if_body_json_matches_cel',
      'valid_status_codes',
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 3 }), async (key, value) => {
        const file = JSON.stringify({ modules: { m: { prober: 'http', http: { [key]: value } } }, targets: value })
        const loaded = await parseConfig(file, 'f.yml')
        if (!loaded.ok) for (const error of loaded.errors) assert.match(error, places)
      }),
      runsShared(5),
    )
  })

  test('and under a known key of any prober', async () => {
    const keys = Object.entries({
      tcp: ['source_ip_address', 'tls', 'query_response'],
      unix: ['tls_config', 'query_response'],
      dns: ['query_name', 'query_type', 'valid_rcodes', 'validate_answer_rrs', 'edns', 'https_path'],
      icmp: ['ttl', 'packet_interval', 'max_loss_ratio'],
      grpc: ['metadata', 'service'],
      websocket: ['headers', 'http_config', 'query_response'],
    }).flatMap(([prober, names]) => names.map((name) => ({ prober, name })))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 4 }), async ({ prober, name }, value) => {
        const module = { prober, resolver: value, addresses: value, [prober]: { [name]: value } }
        const target = { address: value, module: 'm', query_name: value, query_type: value, hostname: value }
        const file = { modules: { m: module, n: value }, targets: [target], module_files: [[value]] }
        for (const text of [file, { modules: { m: { prober, [prober]: { query_name: 'a', [name]: value } } } }]) {
          const loaded = await parseConfig(JSON.stringify(text), 'f.yml')
          if (!loaded.ok) for (const error of loaded.errors) assert.match(error, places)
        }
      }),
      runsShared(10),
    )
  })

  test('a map with a key `length` where a text or list is wanted is named as a map', async () => {
    const loaded = await parseConfig('targets: [{ address: { length: {} } }]\nmodule_files: { length: 0 }', 'f.yml')
    assert.equal(!loaded.ok && loaded.errors, [
      'f.yml:1:11: targets[0].module: "http_2xx" is no module of this file; define it under modules',
      'f.yml:1:13: targets[0].address: a map where a text is wanted; write it as in "https://www.example.org/"',
      'f.yml:2:1: module_files: a map where a list is wanted; write it as in ["modules/*.yml"]',
    ])
  })

  test('ten thousand open brackets are an error', async () => {
    for (const yaml of ['['.repeat(10_000), '{a: '.repeat(10_000), '- '.repeat(10_000), 'x: &a [*a, *a]']) {
      const loaded = await parseConfig(yaml, 'f.yml')
      assert.ok(!loaded.ok && loaded.errors.every((error) => places.test(error)))
    }
  })
})
