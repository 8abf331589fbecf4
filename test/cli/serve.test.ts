import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { startProber } from '../../cli/prober.ts'
import { assert, describe } from '../harness.ts'
import { serveHttp } from '../servers/http.ts'
import { proberOptions } from '../servers/sonde.ts'

const MAIN = join(import.meta.dirname, '../../cli/main.ts')

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'sonde-serve-'))
  return {
    path,
    async write(name: string, text: string) {
      await writeFile(join(path, name), text)
      return join(path, name)
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  }
}

async function get(url: string, method: 'GET' | 'POST' = 'GET') {
  const { statusCode, body } = await request(url, { method })
  return { status: statusCode, text: await body.text() }
}

const MODULES = 'modules: { http_2xx: { prober: http, http: { preferred_ip_protocol: ip4 } } }\n'
const targets = (...lines: string[]) => `${MODULES}targets:\n${lines.map((line) => `- ${line}\n`).join('')}`

describe('startProber', (test) => {
  test('probes on its own schedule, shows it, and follows a reload', async () => {
    await using site = await serveHttp((_request, response) => void response.end('hello'))
    await using files = await folder()
    const config = await files.write('a.yml', targets(`{ name: one, address: "${site.url}", interval: 1s }`))
    const seen = new Map([
      ['one', Promise.withResolvers<boolean>()],
      ['two', Promise.withResolvers<boolean>()],
    ])
    const started = await startProber(
      proberOptions(config, {
        onRun: ({ name }, { result: { outcome } }) =>
          outcome.ok === (name === 'one') && seen.get(name)?.resolve(outcome.ok),
      }),
    )
    assert.ok(started.ok)
    if (!started.ok) return
    await using prober = started.prober
    const [url = ''] = prober.urls
    assert.ok(await seen.get('one')?.promise)
    assert.match((await get(`${url}/metrics`)).text, /\nsonde_scheduler_late_seconds_count [1-9]/)
    assert.match((await get(`${url}/metrics`)).text, '\nprobe_success{instance="one"} 1\n')
    await files.write('a.yml', targets('{ name: two, address: "http://127.0.0.1:1", interval: 1s }'))
    assert.is((await get(`${url}/-/reload`, 'POST')).status, 200)
    assert.is(await seen.get('two')?.promise, false)
    const { text } = await get(`${url}/metrics`)
    assert.not.match(text, 'instance="one"')
    assert.match(text, 'probe_failure_info{instance="two",phase="connect",reason="connect_refused"} 1')
    assert.match((await get(`${url}/`)).text, 'connect_refused')
  })

  test('shards share the targets, also on their pages', async () => {
    await using files = await folder()
    const lines = Array.from(
      { length: 20 },
      (_, index) => `{ name: web-${index}., address: "127.0.0.1:1", interval: 24h }`,
    )
    const config = await files.write('a.yml', targets(...lines))
    const names: string[] = []
    for (const index of [0, 1]) {
      const started = await startProber(proberOptions(config, { shard: { index, count: 2 } }))
      if (!started.ok) throw new Error(started.messages.join())
      await using prober = started.prober
      const page = (await get(`${prober.urls[0]}/`)).text
      const shown = lines.map((_, number) => `web-${number}.`).filter((name) => page.includes(name))
      assert.match((await get(`${prober.urls[0]}/metrics`)).text, `\nsonde_scheduled_targets ${shown.length}\n`)
      names.push(...shown)
    }
    assert.is(names.length, 20)
    assert.is(new Set(names).size, 20)
  })

  test('a bad file at a reload changes nothing, says all, and is a metric', async () => {
    await using site = await serveHttp((_request, response) => void response.end('hello'))
    await using files = await folder()
    const config = await files.write('a.yml', MODULES)
    const started = await startProber(proberOptions(config))
    if (!started.ok) throw new Error(started.messages.join())
    await using prober = started.prober
    const [url = ''] = prober.urls
    await files.write('a.yml', 'modules: { a: { prober: http, x: 1 }, b: { prober: http, y: 1 } }')
    const { status, text } = await get(`${url}/-/reload`, 'POST')
    assert.is(status, 500)
    assert.match(text, /modules\.a\.x[\s\S]*modules\.b\.y/)
    assert.match((await get(`${url}/metrics`)).text, '\nblackbox_exporter_config_last_reload_successful 0\n')
    assert.match((await get(`${url}/probe?target=${site.url}`)).text, '\nprobe_success 1\n')
    assert.match((await get(`${url}/`)).text, 'The last reload failed')
  })

  test('a bad file at the start is refused with every error, a taken port with its flag', async () => {
    await using files = await folder()
    const bad = await startProber(proberOptions(await files.write('bad.yml', 'modules: { a: { x: 1 }, b: { y: 1 } }')))
    assert.ok(!bad.ok && bad.messages.length >= 2)
    await using taken = await serveHttp(() => undefined)
    const good = await files.write('good.yml', MODULES)
    const busy = await startProber(proberOptions(good, { listenAddresses: ['127.0.0.1:0', new URL(taken.url).host] }))
    assert.ok(!busy.ok && /the port is taken; .*--web\.listen-address/.test(busy.messages.join()))
    const odd = await startProber(proberOptions(good, { listenAddresses: ['9115'] }))
    assert.ok(!odd.ok && /write :9115/.test(odd.messages.join()))
  })

  test('listens on every address asked for', async () => {
    await using files = await folder()
    const config = await files.write('a.yml', MODULES)
    const started = await startProber(proberOptions(config, { listenAddresses: ['127.0.0.1:0', '127.0.0.1:0'] }))
    if (!started.ok) throw new Error(started.messages.join())
    await using prober = started.prober
    assert.is(new Set(prober.urls).size, 2)
    for (const url of prober.urls) assert.is((await get(`${url}/-/healthy`)).status, 200)
  })

  test('draining lets a running probe end', async () => {
    const arrived = Promise.withResolvers<() => void>()
    await using site = await serveHttp((_request, response) => arrived.resolve(() => void response.end('late')))
    await using files = await folder()
    const started = await startProber(proberOptions(await files.write('a.yml', MODULES)))
    if (!started.ok) throw new Error(started.messages.join())
    const answer = get(`${started.prober.urls[0]}/probe?target=${site.url}`)
    const respond = await arrived.promise
    const stopped = started.prober[Symbol.asyncDispose]()
    respond()
    assert.match((await answer).text, '\nprobe_success 1\n')
    await stopped
  })
})

/** `sonde serve` as a process, with what it has said so far. */
async function run(args: readonly string[], cwd: string) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, 'serve', ...args], { cwd })
  let output = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
      for (const check of waiting) check()
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    ended,
    output: () => output,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    async says(pattern: RegExp): Promise<RegExpExecArray> {
      const { promise, resolve } = Promise.withResolvers<RegExpExecArray>()
      const check = () => {
        const match = pattern.exec(output)
        if (match !== null) resolve(match)
      }
      waiting.add(check)
      check()
      const failed = ended.then(() => Promise.reject(new Error(`ended without ${pattern}: ${output}`)))
      return Promise.race([promise, failed])
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

describe('sonde serve', (test) => {
  const failures: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ['an unknown flag', ['--config.fiel=x'], 1, /did you mean --config\.file\?/],
    ['a missing file', ['--config.file=none.yml'], 1, /none\.yml/],
    ['a bad file, checked', ['--config.file=bad.yml', '--config.check'], 1, /modules\.a\.x[\s\S]*modules\.b\.y/],
    ['a good file, checked', ['--config.file=good.yml', '--config.check'], 0, /Config file is ok/],
    ['blackbox.yml by default', ['--config.check'], 0, /Config file is ok/],
    ['a web configuration', ['--web.config.file=web.yml'], 1, /not built yet/],
    ['a systemd socket', ['--web.systemd-socket'], 1, /not built yet/],
    ['a bad external URL', ['--web.external-url=:zz'], 1, /--web\.external-url: ":zz" is no http or https URL/],
    ['help', ['--help'], 0, /--web\.listen-address/],
    ['version', ['--version'], 0, /sonde, version \d/],
  ]
  for (const [title, args, code, output] of failures) {
    test(`${title}: exit code ${code}`, async () => {
      await using files = await folder()
      await files.write('good.yml', MODULES)
      await files.write('blackbox.yml', MODULES)
      await files.write('bad.yml', 'modules: { a: { prober: http, x: 1 }, b: { prober: http, y: 1 } }')
      await using program = await run(args, files.path)
      assert.is(await program.ended, code, program.output())
      assert.match(program.output(), output)
    })
  }

  test('sonde.yml is taken when there is no blackbox.yml', async () => {
    await using files = await folder()
    await files.write('sonde.yml', MODULES)
    await using program = await run(['--config.check'], files.path)
    assert.is(await program.ended, 0, program.output())
  })

  test('SIGHUP reloads, good or bad; SIGTERM ends with 0 and a log in the form asked for', async () => {
    await using files = await folder()
    const config = await files.write('blackbox.yml', MODULES)
    await using program = await run(['--web.listen-address=127.0.0.1:0', '--log.format=json'], files.path)
    const [, url] = await program.says(/"address":"(http:[^"]+)"/)
    await writeFile(config, 'modules: { a: 1 }')
    program.kill('SIGHUP')
    await program.says(/"msg":"Error reloading config"/)
    await writeFile(config, `${MODULES}# changed\n`)
    program.kill('SIGHUP')
    await program.says(/"msg":"Reloaded config file"/)
    assert.is((await get(`${url}/-/healthy`)).status, 200)
    program.kill('SIGTERM')
    assert.is(await program.ended, 0)
  })

  test('a SIGHUP while it starts is a reload once it runs', async () => {
    await using files = await folder()
    const config = join(files.path, 'blackbox.yml')
    // Whoever writes into a named pipe knows that somebody reads it.
    execFileSync('mkfifo', [config])
    await using program = await run(['--web.listen-address=127.0.0.1:0'], files.path)
    await using first = await open(config, 'w')
    program.kill('SIGHUP')
    await first.write(MODULES)
    await first.close()
    await program.says(/Listening on/)
    await writeFile(config, `${MODULES}# changed\n`)
    await program.says(/msg="Reloaded config file"/)
    program.kill('SIGTERM')
    assert.is(await program.ended, 0)
  })

  test('a file that changes is reloaded by itself when asked', async () => {
    await using files = await folder()
    const config = await files.write('blackbox.yml', MODULES)
    const flags = ['--config.enable-auto-reload', '--config.auto-reload-interval=1', '--web.listen-address=127.0.0.1:0']
    await using program = await run(flags, files.path)
    await program.says(/Listening on/)
    await writeFile(config, `${MODULES}# changed\n`)
    await program.says(/msg="Reloaded config file"/)
    program.kill('SIGINT')
    assert.is(await program.ended, 0)
  })

  test('asked a second time, it does not wait for what runs', async () => {
    const arrived = Promise.withResolvers<void>()
    await using site = await serveHttp(() => arrived.resolve())
    await using files = await folder()
    await files.write('blackbox.yml', MODULES)
    await using program = await run(['--web.listen-address=127.0.0.1:0'], files.path)
    const [, url] = await program.says(/address=(http:\S+)/)
    const asked = get(`${url}/probe?target=${site.url}`).catch(() => undefined)
    await arrived.promise
    program.kill('SIGTERM')
    await program.says(/Draining.* signal=SIGTERM/)
    program.kill('SIGTERM')
    assert.is(await program.ended, 130)
    await asked
  })

  test('a very long time between two looks at the file is no time of zero', async () => {
    await using files = await folder()
    await files.write('blackbox.yml', MODULES)
    const flags = ['--config.enable-auto-reload', '--config.auto-reload-interval=99999999']
    await using program = await run([...flags, '--web.listen-address=127.0.0.1:0'], files.path)
    await program.says(/Listening on/)
    program.kill('SIGTERM')
    assert.is(await program.ended, 0)
    assert.not.match(program.output(), 'TimeoutOverflowWarning')
  })
})
