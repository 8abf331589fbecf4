import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { type Loaded, parseConfig } from '../../../prober/config/load.ts'
import type { Read } from '../../../prober/config/read-here.ts'
import { readApart } from '../../../prober/config/reader.ts'
import { type ConfigStore, openConfigStore } from '../../../prober/config/reload.ts'
import { readSecret } from '../../../prober/config/secret.ts'
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
    labels: { source: "a(", reveal: b, team: c }
    hops: [ { name: edge }, { name: gateway, address: "gateway.test:80" } ]
telemetry:
  otlp: { endpoint: "http://collector.test:4318", headers: { x-key: { secrets: [ s3cret ] } } }
`
const ENVIRONMENT = { PASSWORD: 'from-outside' }
const FILE = '/etc/sonde/sonde.yml'

/** Secrets and compiled expressions say what they are made of, and that they are no plain values. */
function shown(loaded: Loaded): unknown {
  if (!loaded.ok) return loaded
  const { modules, ...rest } = loaded.config
  function told(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
    const found = this[key]
    if (typeof found === 'object' && found !== null && 'reveal' in found && typeof found.reveal === 'function')
      return { secret: found.reveal() }
    return typeof value === 'function' ? 'a function' : value
  }
  return JSON.parse(JSON.stringify({ modules: [...modules], ...rest, moduleYaml: [...rest.moduleYaml] }, told))
}

describe('a configuration that is read in a process of its own', (test) => {
  test('is the same as one that is read here', async () => {
    const here = await parseConfig(EVERYTHING, FILE, ENVIRONMENT)
    const { loaded } = await readApart({ text: EVERYTHING, file: FILE, environment: ENVIRONMENT })
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
    const { loaded } = await readApart({ text, file: FILE, environment: {} })
    assert.equal(shown(loaded), shown(await parseConfig(text, FILE)))
  })

  for (const [what, text] of [
    ['errors, warnings and places', 'modules: { a: { prober: htpt }, b: { prober: http, tcp: {} } }\ntargets: [{}]'],
    ['an empty file', ''],
  ] as const) {
    test(`${what} are told as here`, async () => {
      const { loaded } = await readApart({ text, file: FILE, environment: {} })
      assert.not(loaded.ok)
      assert.equal(loaded, await parseConfig(text, FILE))
    })
  }

  test('a reload of thousands of targets lets probes go on meanwhile', async () => {
    await using fixture = await grown()
    const before = performance.eventLoopUtilization()
    const loaded = await fixture.store.reload()
    const { active, idle } = performance.eventLoopUtilization(before)
    assert.ok(loaded.ok)
    assert.is(fixture.store.current().targets.length, 3000)
    assert.ok(active < idle, `${active.toFixed()} ms of work, ${idle.toFixed()} ms of rest`)
  })

  test('so does one of many modules in a file of their own', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const at = (name: string) => join(folder.path, name)
    const modules = (timeout: string) =>
      Array.from({ length: 1000 }, (_, index) => `  web_${index}: { prober: http, timeout: ${timeout} }`).join('\n')
    await writeFile(at('sonde.yml'), 'module_files: [modules.yml]')
    await writeFile(at('modules.yml'), `modules:\n${modules('5s')}`)
    const opened = await openConfigStore(at('sonde.yml'), {}, readApart)
    if (!opened.ok) throw new Error(opened.errors.join('\n'))
    await writeFile(at('modules.yml'), `modules:\n${modules('4s')}`)
    const before = performance.eventLoopUtilization()
    assert.ok((await opened.store.reload()).ok)
    const { active, idle } = performance.eventLoopUtilization(before)
    assert.is(opened.store.current().modules.get('web_999')?.timeoutSeconds, 4)
    assert.ok(active < idle, `${active.toFixed()} ms of work, ${idle.toFixed()} ms of rest`)
  })

  test('a process that dies changes nothing but the status, and is told as a bad file is', async () => {
    // What cannot be sent is as good as a death, and quicker.
    const dying: Read = (input, ...rest) =>
      readApart(
        input.text === ONE_TARGET ? input : { ...input, environment: { F: (() => '') as unknown as string } },
        ...rest,
      )
    await using fixture = await grown(dying)
    const { store } = fixture
    const running = store.current()
    const loaded = await store.reload()
    assert.ok(!loaded.ok && loaded.errors.length === 1)
    assert.is(store.current(), running)
    assert.not(store.status().successful)
  })

  test('too large a file is told as that', async () => {
    using _ = nodeOptions('--max-old-space-size=16')
    const targets = Array.from({ length: 20_000 }, (_, index) => `  - address: http://web-${index}.test/`)
    const input = { text: `targets:\n${targets.join('\n')}`, file: FILE, environment: {} }
    assert.match(String(await readApart(input).catch(String)), /ended with SIGABRT before it had told all/)
  })

  test('where no process can be had, it is read here', async () => {
    const { execPath } = process
    process.execPath = '/nowhere/node'
    try {
      await readsOneTarget()
    } finally {
      process.execPath = execPath
    }
  })

  for (const [what, options] of [
    ['where the process ends before it runs, it is read here', '--no-such-option'],
    ['a debugger that the environment asks for is not waited for', '--inspect-brk=127.0.0.1:0'],
  ] as const) {
    test(what, async () => {
      using _ = nodeOptions(options)
      await readsOneTarget()
    })
  }

  test('whoever asked and is gone leaves nothing behind, not even a process that waits for a file', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const pipe = join(folder.path, 'nobody-writes')
    execFileSync('mkfifo', [pipe])
    const reader = fork(new URL('../../../prober/config/reader-main.ts', import.meta.url), {
      serialization: 'advanced',
    })
    await once(reader, 'message')
    reader.send({ text: `module_files: [${pipe}]`, file: FILE, environment: {} })
    await setTimeout(500)
    assert.is(reader.exitCode, null)
    const ended = once(reader, 'exit')
    reader.disconnect()
    assert.equal(await ended, [null, 'SIGKILL'])
  })

  test('the end of the prober ends it', async () => {
    await using fixture = await grown()
    const { store } = fixture
    const running = store.current()
    store.onChange(() => assert.unreachable('nothing changes any more'))
    const reloading = store.reload()
    store[Symbol.dispose]()
    const loaded = await reloading
    assert.ok(!loaded.ok && /the prober has ended/.test(loaded.errors.join()))
    assert.is(store.current(), running)
  })
})

const ONE_TARGET = 'targets: [{ address: a }]'

async function readsOneTarget(): Promise<void> {
  const { loaded } = await readApart({ text: ONE_TARGET, file: FILE, environment: {} })
  assert.ok(loaded.ok && loaded.config.targets.length === 1)
}

/** For processes that are started meanwhile. */
function nodeOptions(options: string): Disposable {
  const { NODE_OPTIONS } = process.env
  process.env.NODE_OPTIONS = options
  return {
    [Symbol.dispose]() {
      if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS
      else process.env.NODE_OPTIONS = NODE_OPTIONS
    },
  }
}

/** A running configuration of one target, and its file as it is now, with thousands. */
async function grown(read = readApart): Promise<AsyncDisposable & { readonly store: ConfigStore }> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
  const file = join(folder.path, 'sonde.yml')
  await writeFile(file, ONE_TARGET)
  const opened = await openConfigStore(file, {}, read)
  if (!opened.ok) throw new Error(opened.errors.join('\n'))
  const targets = Array.from({ length: 3000 }, (_, index) => `  - address: http://web-${index}.test/`)
  await writeFile(file, `targets:\n${targets.join('\n')}\n`)
  return { store: opened.store, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}
