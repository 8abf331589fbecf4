import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mkdtempDisposable } from 'node:fs/promises'
import { assert, describe } from '../harness.ts'
import { eventually, type RunningProgram, startProgram } from '../programs.ts'

const DOOR = join(import.meta.dirname, '..', '..', 'cli', 'sonde.js')
const PORTS = [
  '--port',
  '--control-port',
  '--service-port',
  '--gateway-port',
  '--pod-port',
  '--edge-port',
  '--redirect-port',
]
const FREE_PORTS = PORTS.map((flag) => `${flag}=0`)
/** A temporary folder of its own, so that what the demo leaves behind can be seen. */
async function startDemo(folder: string, args: readonly string[], ready?: RegExp): Promise<RunningProgram> {
  const env = { TMPDIR: folder }
  return startProgram(process.execPath, [DOOR, 'demo', '--interval=1s', ...args], { env, ...(ready ? { ready } : {}) })
}

async function control(demo: RunningProgram, path: string, init: RequestInit = { method: 'POST' }): Promise<Response> {
  const base = /curl -X POST (http:\/\/localhost:\d+)\/expire/.exec(demo.output())?.[1]
  return fetch(`${base}${path}`, init)
}

/** Of the lines after now. */
async function sees(demo: RunningProgram, pattern: RegExp): Promise<string> {
  const from = demo.output().length
  return eventually(async () => pattern.exec(demo.output().slice(from))?.[0], `${pattern} in\n${demo.output()}`)
}

function podPid(demo: RunningProgram): number {
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

/** Other methods, other hosts and pages of a browser. */
async function assertRefusals(demo: RunningProgram): Promise<void> {
  const status = async (path: string, init?: RequestInit) => (await control(demo, path, init)).status
  assert.is(await status('/expire', {}), 405)
  assert.is(await status('/nothing'), 404)
  assert.is(await status('/slow?ms=1e9'), 400)
  assert.is(await status('/break?hop=pod'), 400)
  assert.is(await status('/down', { method: 'POST', headers: { origin: 'https://evil.example' } }), 403)
}

describe('sonde demo', (test) => {
  test('each way to break it shows its own reason and who is to blame, mending mends, and Ctrl-C leaves nothing', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await using demo = await startDemo(folder.path, FREE_PORTS, /hello +ok +edge \+\d/)
    const page = /status page +(\S+)/.exec(demo.output())?.[1] ?? ''
    await assertRefusals(demo)
    await control(demo, '/expire')
    await sees(demo, /edge +tls_expired .* in tls: /)
    await control(demo, '/wrong-name')
    await sees(demo, /hello +failed +edge: tls_name_mismatch in tls: /)
    // Each mends the one before.
    await control(demo, '/break?hop=gateway')
    await sees(demo, /service +ok 200[\s\S]*hello +failed +gateway: http_status in check: /)
    await control(demo, '/down')
    await sees(demo, /hello +failed +pod: connect_refused in connect: /)
    await sees(demo, /edge +http_status 502 +\d+\.\d ms/)
    await control(demo, '/slow?hop=service&ms=200')
    await sees(demo, /service +ok 200 .*processing \d{3} ms/)
    await control(demo, '/mend')
    await sees(demo, /hello +ok +edge [+−]\d/)
    assert.match(await (await fetch(page)).text(), 'gateway</a>')
    const child = podPid(demo)
    demo.kill('SIGINT')
    assert.is(await demo.ended, 0)
    assert.match(demo.output(), /The demo has ended; nothing is left behind\.\n$/)
    assert.equal(await readdir(folder.path), [])
    assert.not.ok(isAlive(child))
  })

  test('a service that dies by itself ends the demo, which says so', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await using demo = await startDemo(folder.path, FREE_PORTS, /pod +ok 200/)
    process.kill(podPid(demo), 'SIGKILL')
    assert.is(await demo.ended, 1)
    assert.match(demo.output(), /sonde demo: the hello service ended by itself \(signal SIGKILL\); the demo stops\n$/)
    assert.equal(await readdir(folder.path), [])
  })

  test('a service whose demo is killed does not live on', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    await using demo = await startDemo(folder.path, FREE_PORTS, /pod +ok 200/)
    const child = podPid(demo)
    demo.kill('SIGKILL')
    await eventually(async () => (isAlive(child) ? undefined : true), 'the service ends')
  })

  test('npm’s shell, ended without a word to the demo, takes the demo along', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    const line = [process.execPath, DOOR, 'demo', ...FREE_PORTS].join(' ')
    const env = { TMPDIR: folder.path, npm_lifecycle_event: 'start' }
    await using shell = await startProgram('sh', ['-c', `${line}; exit $?`], { env, ready: /pod +ok 200/ })
    shell.kill('SIGTERM')
    // Its pipes close when the demo, which inherited them, has ended too.
    await shell.ended
    assert.match(shell.output(), /The demo has ended; nothing is left behind\.\n$/)
    assert.equal(await readdir(folder.path), [])
  })

  for (const flag of PORTS) {
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
    await using demo = await startDemo(folder.path, FREE_PORTS, /pod +ok 200/)
    const child = podPid(demo)
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
    const child = await eventually(async () => podPid(demo) || undefined, 'the service is started')
    demo.kill('SIGINT')
    assert.is(await demo.ended, 0)
    assert.equal(await readdir(folder.path), [])
    assert.not.ok(isAlive(child))
  })
})
