import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mkdtempDisposable } from 'node:fs/promises'
import { assert, describe } from '../harness.ts'
import { eventually, type RunningProgram, startProgram } from '../programs.ts'

const DOOR = join(import.meta.dirname, '..', '..', 'cli', 'sonde.js')
const FREE_PORTS = ['--port=0', '--control-port=0', '--service-port=0', '--edge-port=0', '--redirect-port=0']

/** A temporary folder of its own, so that what the demo leaves behind can be seen. */
async function startDemo(folder: string, args: readonly string[], ready?: RegExp): Promise<RunningProgram> {
  const env = { TMPDIR: folder }
  return startProgram(process.execPath, [DOOR, 'demo', '--interval=1s', ...args], { env, ...(ready ? { ready } : {}) })
}

async function control(demo: RunningProgram, path: string, init: RequestInit = { method: 'POST' }): Promise<Response> {
  const base = /curl -X POST (http:\/\/localhost:\d+)\/expire/.exec(demo.output())?.[1]
  return fetch(`${base}${path}`, init)
}

/** The next results of the target after now. */
async function sees(demo: RunningProgram, pattern: RegExp): Promise<string> {
  const from = demo.output().length
  return eventually(async () => pattern.exec(demo.output().slice(from))?.[0], `${pattern} in\n${demo.output()}`)
}

function servicePid(demo: RunningProgram): number {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(demo.pid)], { encoding: 'utf8' })
  return Number(/(\d+) .*service\/main\.ts/.exec(stdout)?.[1])
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('sonde demo', (test) => {
  test('each way to break it shows its own reason, mending mends, and Ctrl-C leaves nothing', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await using demo = await startDemo(
      folder.path,
      FREE_PORTS,
      /edge +ok 200[\s\S]*service +ok 200|service +ok 200[\s\S]*edge +ok 200/,
    )
    const page = /status page +(\S+)/.exec(demo.output())?.[1] ?? ''
    assert.is((await fetch(page)).status, 200)
    await control(demo, '/expire')
    await sees(demo, /edge +tls_expired .* in tls: /)
    await control(demo, '/wrong-name')
    await sees(demo, /edge +tls_name_mismatch /)
    // Each mends the one before.
    await control(demo, '/slow?ms=200')
    await sees(demo, /edge +ok 200 .*processing 2\d\d ms/)
    await control(demo, '/down')
    await sees(demo, /service +connect_refused /)
    await sees(demo, /edge +http_status 502 +\d+\.\d ms/)
    await control(demo, '/slow?ms=200')
    await sees(demo, /service +ok 200/)
    await control(demo, '/expire')
    await sees(demo, /edge +tls_expired /)
    await control(demo, '/mend')
    await sees(demo, /service +ok 200/)
    const child = servicePid(demo)
    demo.kill('SIGINT')
    assert.is(await demo.ended, 0)
    assert.match(demo.output(), /The demo has ended; nothing is left behind\.\n$/)
    assert.equal(await readdir(folder.path), [])
    assert.not.ok(isAlive(child))
  })

  test('the control refuses other methods, other hosts and pages of a browser', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await using demo = await startDemo(folder.path, FREE_PORTS, /edge +ok 200/)
    assert.is((await control(demo, '/expire', {})).status, 405)
    assert.is((await control(demo, '/nothing')).status, 404)
    assert.is((await control(demo, '/slow?ms=1e9')).status, 400)
    assert.is(
      (await control(demo, '/down', { method: 'POST', headers: { origin: 'https://evil.example' } })).status,
      403,
    )
    await sees(demo, /service +ok 200/)
    demo.kill('SIGTERM')
    assert.is(await demo.ended, 0)
    assert.equal(await readdir(folder.path), [])
  })

  test('a service that dies by itself ends the demo, which says so', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await using demo = await startDemo(folder.path, FREE_PORTS, /service +ok 200/)
    process.kill(servicePid(demo), 'SIGKILL')
    assert.is(await demo.ended, 1)
    assert.match(demo.output(), /sonde demo: the hello service ended by itself \(signal SIGKILL\); the demo stops\n$/)
    assert.equal(await readdir(folder.path), [])
  })

  test('a service whose demo is killed does not live on', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await using demo = await startDemo(folder.path, FREE_PORTS, /service +ok 200/)
    const child = servicePid(demo)
    demo.kill('SIGKILL')
    await eventually(async () => (isAlive(child) ? undefined : true), 'the service ends')
  })

  test('npm’s shell, ended without a word to the demo, takes the demo along', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    const line = [process.execPath, DOOR, 'demo', ...FREE_PORTS].join(' ')
    const env = { TMPDIR: folder.path, npm_lifecycle_event: 'start' }
    await using shell = await startProgram('sh', ['-c', `${line}; exit $?`], { env, ready: /service +ok 200/ })
    shell.kill('SIGTERM')
    // Its pipes close when the demo, which inherited them, has ended too.
    await shell.ended
    assert.match(shell.output(), /The demo has ended; nothing is left behind\.\n$/)
    assert.equal(await readdir(folder.path), [])
  })

  for (const flag of ['--port', '--control-port', '--service-port', '--edge-port', '--redirect-port']) {
    test(`a taken port is one sentence that names ${flag}, and nothing is left behind`, async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
      const other = createServer()
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      const address = other.address()
      const port = address !== null && typeof address === 'object' ? address.port : 0
      const others = FREE_PORTS.filter((free) => !free.startsWith(`${flag}=`))
      await using demo = await startDemo(folder.path, [...others, `${flag}=${port}`])
      assert.is(await demo.ended, 1)
      other.close()
      assert.is(demo.output(), `sonde demo: port ${port} is taken; choose another with ${flag} (0: any free one)\n`)
      assert.equal(await readdir(folder.path), [])
    })
  }

  test('a terminal that is closed ends it clean', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await using demo = await startDemo(folder.path, FREE_PORTS, /service +ok 200/)
    const child = servicePid(demo)
    demo.kill('SIGHUP')
    assert.is(await demo.ended, 0)
    assert.equal(await readdir(folder.path), [])
    assert.not.ok(isAlive(child))
  })

  test('a reader that leaves early ends it clean', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    const line = [process.execPath, DOOR, 'demo', '--interval=1s', ...FREE_PORTS].join(' ')
    const env = { TMPDIR: folder.path }
    // dash waits for the whole pipeline.
    await using shell = await startProgram('sh', ['-c', `${line} | head -n 1`], { env })
    await shell.ended
    assert.match(shell.output(), /^status page[^\n]+\n$/)
    assert.equal(await readdir(folder.path), [])
  })

  test('Ctrl-C while it is starting ends it clean', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await using demo = await startDemo(folder.path, FREE_PORTS)
    const child = await eventually(async () => servicePid(demo) || undefined, 'the service is started')
    demo.kill('SIGINT')
    assert.is(await demo.ended, 0)
    assert.equal(await readdir(folder.path), [])
    assert.not.ok(isAlive(child))
  })
})
