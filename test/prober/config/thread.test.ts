import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { type Loaded, parseConfig } from '../../../prober/config/load.ts'
import { openConfigStore } from '../../../prober/config/reload.ts'
import { readSecret } from '../../../prober/config/secret.ts'
import { readInThread } from '../../../prober/config/thread.ts'
import { assert, describe } from '../../harness.ts'

/** Everything that is plain, compiled or secret, in the file and in the environment. */
const EVERYTHING = `
modules:
  web:
    prober: http
    timeout: 5s
    http:
      basic_auth: { username: joe, password: "\${env:PASSWORD}" }
      valid_status_codes:
      fail_if_body_matches_regexp: [ "^a+$" ]
      fail_if_body_json_matches_cel: body.up == false
      tls_config: { ca_file: ca.pem }
      bearer_token_file: ""
  mail:
    prober: tcp
    tcp: { query_response: [ { expect: "^220" } ], tls: yes }
targets:
  - { name: 1.10, address: "http://joe:hunter2@web.test/\${env:PASSWORD}", module: web, labels: { team: yes } }
  - { address: "mail.test:25", module: mail, quiet: [ { days: [sun] } ], retry: {} }
paths:
  - name: shop
    url: https://shop.test/
    module: web
    hops: [ { name: edge }, { name: gateway, address: "gateway.test:80" } ]
telemetry:
  otlp: { endpoint: "http://collector.test:4318", headers: { x-key: { secrets: [ s3cret ] } } }
`
const ENVIRONMENT = { PASSWORD: 'from-outside' }
const FILE = '/etc/sonde/sonde.yml'

/** Secrets and compiled expressions say what they are made of. */
function shown(loaded: Loaded): unknown {
  if (!loaded.ok) return loaded
  const { modules, ...rest } = loaded.config
  return JSON.parse(JSON.stringify({ modules: [...modules], ...rest, moduleYaml: [...rest.moduleYaml] }))
}

describe('a configuration that is read in a thread', (test) => {
  test('is the same as one that is read here', async () => {
    const here = await parseConfig(EVERYTHING, FILE, ENVIRONMENT)
    const { loaded } = await readInThread({ text: EVERYTHING, file: FILE, environment: ENVIRONMENT })
    assert.ok(here.ok && loaded.ok, JSON.stringify(here))
    assert.equal(shown(loaded), shown(here))
    const web = loaded.ok ? loaded.config.modules.get('web') : undefined
    if (web?.prober !== 'http' || web.auth.kind !== 'basic') throw new Error('another module')
    assert.equal(
      web.failIfBodyMatchesRegexp.map((regexp) => regexp.source),
      ['^a+$'],
    )
    assert.ok(web.failIfBodyJsonMatchesCel)
    assert.is(await readSecret(web.auth.password), 'from-outside')
  })

  test('has the built-in module when it names none', async () => {
    const text = 'targets: [{ address: a }]'
    const { loaded } = await readInThread({ text, file: FILE, environment: {} })
    assert.equal(shown(loaded), shown(await parseConfig(text, FILE)))
  })

  for (const [what, text] of [
    ['errors, warnings and places', 'modules: { a: { prober: htpt }, b: { prober: http, tcp: {} } }\ntargets: [{}]'],
    ['an empty file', ''],
  ] as const) {
    test(`${what} are told as here`, async () => {
      const { loaded } = await readInThread({ text, file: FILE, environment: {} })
      assert.not(loaded.ok)
      assert.equal(loaded, await parseConfig(text, FILE))
    })
  }

  test('a reload of thousands of targets lets probes go on meanwhile', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const file = join(folder.path, 'sonde.yml')
    await writeFile(file, 'targets: [{ address: a }]')
    const opened = await openConfigStore(file)
    assert.ok(opened.ok)
    if (!opened.ok) return
    const targets = Array.from({ length: 3000 }, (_, index) => `  - address: http://web-${index}.test/`)
    await writeFile(file, `targets:\n${targets.join('\n')}\n`)
    const before = performance.eventLoopUtilization()
    const loaded = await opened.store.reload()
    const { active, idle } = performance.eventLoopUtilization(before)
    assert.ok(loaded.ok)
    assert.is(opened.store.current().targets.length, 3000)
    assert.ok(active < idle, `${active.toFixed()} ms of work, ${idle.toFixed()} ms of rest`)
  })
})
