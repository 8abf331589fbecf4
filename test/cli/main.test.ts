import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { assert, describe } from '../harness.ts'
import { serveHttp } from '../servers/http.ts'

function openDisk(path: string): { readonly fd: number } & Disposable {
  const fd = openSync(path, 'w')
  return { fd, [Symbol.dispose]: () => closeSync(fd) }
}

const DOOR = join(import.meta.dirname, '..', '..', 'cli', 'sonde.js')

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

interface Setting {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

async function sonde(args: readonly string[], input = '', { cwd, env = {} }: Setting = {}): Promise<Ran> {
  // Whoever runs these tests by npm must not be taken for the one who runs sonde by it.
  const { npm_lifecycle_event: _, INIT_CWD: __, ...own } = process.env
  const child = spawn(process.execPath, [DOOR, ...args], { cwd, env: { ...own, ...env }, timeout: 30_000 })
  // What is not read to its end may break off.
  child.stdin.on('error', () => undefined).end(input)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, out, err }
}

async function target(status = 200): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((_request, response) => response.writeHead(status, { connection: 'close' }).end('hello'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const closed = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, [Symbol.asyncDispose]: closed }
}

/** A Node.js from before type stripping, where the machine has one. */
const OLD_NODES = ['/usr/bin/node', '/usr/local/bin/node', '/usr/bin/nodejs']
const oldNode = OLD_NODES.find((path) => {
  const { stdout } = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' })
  const [major = Number.NaN, minor = 0] = (stdout ?? '').split('.').map(Number)
  return major < 24 || (major === 24 && minor < 12)
})

const COMPLAINTS: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['prob'], /^sonde: unknown command "prob"; did you mean "sonde probe"\?\n$/],
  [['x\x1b[2J'], /^sonde: unknown command "x\\u001b\[2J"; the commands are serve, probe, /],
  [['help', 'nothing'], /^sonde: unknown command "nothing"; /],
  [['probe'], /^sonde probe: which target\? as in: sonde probe https:\/\/example\.com\/\n$/],
  [['check'], /^sonde check: which file\? as in: sonde check sonde\.yml\n$/],
  [['demo', '--port', '70000'], /^sonde demo: --port: found "70000"; write a port from 0 \(any free one\) to 65535\n$/],
  [['demo', '--interval', '100ms'], /^sonde demo: --interval: found 100ms; write one from 1s to 1h\n$/],
  [['demo', 'now'], /^sonde demo: unexpected "now"\n$/],
  [['service', '--port=1'], /^sonde service: unexpected "--port=1"; it is told everything by its environment, /],
  [['--no-such-flag'], /no-such-flag/],
]

describe('sonde, the command', (test) => {
  for (const [args, message] of COMPLAINTS) {
    test(`${JSON.stringify(args)} is refused with exit code 1 and a word on what to do`, async () => {
      const { code, out, err } = await sonde(args)
      assert.match(err, message)
      assert.is(out, '')
      assert.is(code, 1)
    })
  }

  for (const args of [
    ['help'],
    ['--help'],
    ['-h'],
    ['help', 'probe'],
    ['probe', '--help'],
    ['serve', '--help'],
    ['help', 'demo'],
  ]) {
    test(`${args.join(' ')} explains, with exit code 0`, async () => {
      const { code, out, err } = await sonde(args)
      assert.equal([code, err], [0, ''])
      assert.match(out, /sonde|--config\.file/)
    })
  }

  for (const command of ['serve', 'probe', 'check', 'generate', 'demo', 'help', 'version']) {
    test(`help ${command} is a page of its own`, async () => {
      const { code, out } = await sonde(['help', command])
      assert.is(code, 0)
      assert.ok(out.startsWith(`sonde ${command}`), out)
    })
  }

  test('version names ours and Node.js’', async () => {
    assert.match((await sonde(['version'])).out, /^sonde \d+\.\d+\.\d+ \(Node\.js \d+\.\d+\.\d+\)\n$/)
  })

  if (existsSync('/dev/full')) {
    test('an answer for which the disk has no room is a failure, told in one line', () => {
      using disk = openDisk('/dev/full')
      const { status, stderr } = spawnSync(process.execPath, [DOOR, 'help'], {
        stdio: ['ignore', disk.fd, 'pipe'],
        encoding: 'utf8',
      })
      assert.equal([status, stderr], [1, 'sonde: standard output cannot be written (ENOSPC): is the disk full?\n'])
    })
  } else test.skip('an answer for which the disk has no room is a failure', 'this machine has no /dev/full')

  if (oldNode === undefined) test.skip('an old Node.js is told in one line', 'this machine has no Node.js before 24.12')
  else {
    test('an old Node.js is told in one line which command works', () => {
      const args = [DOOR, 'probe', 'https://example.com/?a=1&b=2', '--timeout', '5s']
      const { status, stdout, stderr } = spawnSync(oldNode, args, { encoding: 'utf8' })
      assert.equal([status, stdout], [1, ''])
      assert.match(
        stderr,
        /^sonde: this is Node\.js \d+\.\d+\.\d+, too old \(24\.12 is needed\); run: npm run sonde -- .*\n$/,
      )
      assert.ok(stderr.endsWith('npm run sonde -- probe "https://example.com/?a=1&b=2" --timeout 5s\n'), stderr)
    })

    test('an old Node.js, asked from another folder, is told a command that works there', () => {
      const { stderr } = spawnSync(oldNode, [DOOR, 'check', 'a.yml'], { encoding: 'utf8', cwd: tmpdir() })
      assert.ok(stderr.endsWith(`run: npm --prefix ${resolve(DOOR, '../..')} run sonde -- check a.yml\n`), stderr)
    })

    test('an old Node.js that was to run the demo is sent to npm start', () => {
      assert.match(spawnSync(oldNode, [DOOR, 'demo'], { encoding: 'utf8' }).stderr, /; run: npm start\n$/)
    })
  }
})

describe('sonde probe', (test) => {
  test('the scheme of the target chooses the kind of probe', async () => {
    await using server = await target()
    const { port } = new URL(server.url)
    const [tcp, dns] = await Promise.all([
      sonde(['probe', `tcp://127.0.0.1:${port}`]),
      sonde(['probe', 'dns://127.0.0.1:1/a.example?type=aaaa&transport=tcp', '--output', 'json']),
    ])
    assert.match(tcp.out, /^✓ ok .*127\.0\.0\.1:\d+/)
    assert.match(tcp.out, /^ {2}connected +yes$/m)
    const { module, prober, dns: facts } = JSON.parse(dns.out)
    assert.equal([module, prober, facts.queryType, dns.code], ['dns_tcp', 'dns', 'AAAA', 1])
  })

  test('all addresses of a name are probed when asked for', async () => {
    await using server = await target()
    const { out } = await sonde(['probe', server.url, '--addresses', 'all'])
    assert.match(out, /^ {2}addresses +1 of 1 address ok\n +127\.0\.0\.1 {2}ok /m)
  })

  test('a success is shown with its phases and exit code 0', async () => {
    await using server = await target()
    const { code, out, err } = await sonde(['probe', server.url])
    assert.equal([code, err], [0, ''])
    assert.match(out, /^✓ ok /)
    assert.match(out, /^ {2}processing +\d.* ms {2}/m)
    assert.match(out, /^ {2}answer +200 over HTTP\/1\.1, 5 bytes$/m)
  })

  test('it says who asks, as the exporter does', async () => {
    const agents: (string | undefined)[] = []
    await using server = await serveHttp((request, response) => {
      agents.push(request.headers['user-agent'])
      response.end()
    })
    await sonde(['probe', server.url])
    assert.match(agents.join(), /^Sonde\/\d+\.\d+\.\d+/)
  })

  test('a failure is shown with its reason and exit code 1', async () => {
    await using server = await target(503)
    const { code, out } = await sonde(['probe', server.url])
    assert.is(code, 1)
    assert.match(out, /^✗ http_status /)
  })

  test('JSON is the whole output, and the exit code the same', async () => {
    await using server = await target(503)
    const { code, out } = await sonde(['probe', server.url, '--output', 'json'])
    const { success, failure, http } = JSON.parse(out)
    assert.equal([code, success, failure.reason, http.statusCode], [1, false, 'http_status', 503])
  })

  test('a target that is none is a failed probe, not a crash', async () => {
    const { code, out } = await sonde(['probe', 'http://'])
    assert.is(code, 1)
    assert.match(out, /^✗ target_invalid /)
  })

  test('the module comes from the file, and a mistyped one is guessed', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await using server = await target(503)
    const file = join(folder.path, 'sonde.yml')
    await writeFile(file, 'modules:\n  broken_ok:\n    prober: http\n    http: { valid_status_codes: [503] }\n')
    assert.is((await sonde(['probe', server.url, '--config.file', file, '--module', 'broken_ok'])).code, 0)
    const { code, err } = await sonde(['probe', server.url, '--config.file', file, '--module', 'broken_okay'])
    assert.is(code, 1)
    assert.is(err, `sonde probe: ${file} has no module "broken_okay"; did you mean broken_ok?\n`)
  })

  test('a reader that leaves early is no error', async () => {
    await using server = await target()
    const child = spawn(process.execPath, [DOOR, 'probe', server.url], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    const [err] = await Promise.all([text(child.stderr), once(child, 'close')])
    assert.is(err, '')
  })
})

describe('sonde check', (test) => {
  const GOOD = 'modules:\n  web:\n    prober: http\ntargets:\n  - address: http://localhost/\n    module: web\n'

  test('a good file is counted', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await writeFile(join(folder.path, 'good.yml'), GOOD)
    assert.equal(await sonde(['check', 'good.yml'], '', { cwd: folder.path }), {
      code: 0,
      out: 'good.yml: 1 module, 1 target, ok\n  web  http, GET, 2xx, 1 target\n',
      err: '',
    })
  })

  test('paths are counted, and their hops apart from the targets', async () => {
    const hops = '[{ name: edge }, { name: pod, address: "pod:80" }]'
    const file = `${GOOD}paths: [{ name: shop, url: "https://shop.example/", module: web, hops: ${hops} }]\n`
    assert.is(
      (await sonde(['check', '-'], file)).out,
      '-: 1 module, 1 target, 1 path, ok\n  web  http, GET, 2xx, 1 target, 2 hops\n',
    )
  })

  test('where more targets come from is told', async () => {
    const file = `${GOOD}discovery: {files: [{files: [a.json], module: web}], kubernetes: [{resources: [ingress], module: web}]}\n`
    assert.match(
      (await sonde(['check', '-'], file)).out,
      /^-: 1 module, 1 target, more to be found in files and ingress, ok\n/,
    )
  })

  test('standard input is a file too', async () => {
    assert.match((await sonde(['check', '-'], GOOD)).out, /^-: 1 module, 1 target, ok\n {2}web /)
  })

  test('one bad file among good ones fails, each error with its place', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await writeFile(join(folder.path, 'good.yml'), GOOD)
    await writeFile(
      join(folder.path, 'bad.yml'),
      'modules:\n  web:\n    prober: http\n    timeuot: 5s\n    timeout: 5\n',
    )
    const { code, out, err } = await sonde(['check', 'good.yml', 'bad.yml'], '', { cwd: folder.path })
    assert.is(code, 1)
    assert.match(out, /^good\.yml: 1 module, 1 target, ok\n {2}web {2}http.*\n$/)
    assert.match(err, /^(bad\.yml:\d+:\d+: modules\.web\.\w+: .*\n){2}$/)
  })

  test('a file that is not there is said, without a flag that check does not have', async () => {
    const { code, err } = await sonde(['check', '/nowhere.yml'])
    assert.equal([code, err], [1, '/nowhere.yml:1:1: file: /nowhere.yml does not exist; check the path\n'])
  })

  test('under npm, paths start from where the person stands', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await writeFile(join(folder.path, 'good.yml'), GOOD)
    const env = { npm_lifecycle_event: 'sonde', INIT_CWD: folder.path }
    assert.match((await sonde(['check', 'good.yml'], '', { env })).out, /^good\.yml: 1 module, 1 target, ok\n/)
    const { err } = await sonde(['check', '../none.yml'], '', { env })
    assert.match(err, `${join(tmpdir(), 'none.yml')} does not exist`)
  })

  test('warnings are told beside errors', async () => {
    const { code, err } = await sonde(['check', '-'], 'modules: {a: {prober: http, x: 1, http: {bearer_token: y}}}')
    assert.is(code, 1)
    assert.match(err, /^<stdin>:1:29: modules\.a\.x: .*\n<stdin>:1:42: .*bearer_token: is deprecated.* \(warning\)\n$/)
  })

  test('standard input without an end is one error', async () => {
    const { code, out, err } = await sonde(['check', '-', '-'], 'x'.repeat(20 * 2 ** 20))
    assert.equal([code, out], [1, ''])
    assert.match(err, /^<stdin>:1:1: file: is larger than 16 MiB, .*\n$/)
  })
})
