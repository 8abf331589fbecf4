import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { assert, describe } from '../harness.ts'
import { eventually, type RunningProgram, startProgram } from '../programs.ts'
import { serveRaw, silent } from '../servers/hostile.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'service', 'main.ts')
const QUICK = { PORT: '0', HOST: '127.0.0.1', SHUTDOWN_DRAIN_SECONDS: '0', SHUTDOWN_GRACE_SECONDS: '5' }

async function start(environment: Record<string, string> = {}): Promise<RunningProgram & { readonly port: number }> {
  const env = { ...QUICK, ...environment }
  const program = await startProgram(process.execPath, [MAIN], { env, ready: /"listening"/ })
  const port = Number(/"port":(\d+)/.exec(program.output())?.[1])
  return { ...program, port, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() }
}

function status(port: number, path: string, agent?: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, ...(agent === undefined ? {} : { agent }) }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0)).once('error', reject)
    })
    request.once('error', reject)
  })
}

/** As an endpoints controller does: looks at readiness again and again, and stops the traffic when it is gone. */
async function readinessGone(port: number): Promise<void> {
  await eventually(async () => ((await status(port, '/readyz')) === 503 ? true : undefined), 'readiness goes')
}

describe('hello service, the process', (test) => {
  test('a shutdown under load loses no request: readiness goes first, then the door closes', async () => {
    await using service = await start({ SHUTDOWN_DRAIN_SECONDS: '1.5' })
    const agent = new Agent({ keepAlive: true })
    const seen: number[] = []
    let isSending = true
    const client = async () => {
      while (isSending) seen.push(await status(service.port, '/', agent))
    }
    const clients = Array.from({ length: 8 }, client)
    await eventually(async () => seen.length > 100 || undefined, 'load')
    const before = seen.length
    service.kill('SIGTERM')
    await readinessGone(service.port)
    isSending = false
    await Promise.all(clients)
    agent.destroy()
    assert.is(await service.ended, 0)
    assert.ok(seen.length > before, 'requests were still taken while readiness spread')
    assert.equal(new Set(seen), new Set([200]))
  })

  test('a collector that is silent or gone neither holds the end up nor makes a failure of it', async () => {
    await using collector = await serveRaw(silent)
    for (const endpoint of [collector.url, 'http://127.0.0.1:9']) {
      await using service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
      assert.is(await status(service.port, '/'), 200)
      const startedMs = performance.now()
      service.kill('SIGTERM')
      assert.is(await service.ended, 0, service.output())
      assert.ok(performance.now() - startedMs < 7000, 'sooner than the exporter gives up by itself')
      assert.match(service.output(), /the last spans were lost/)
    }
  })

  test('a request that had begun is still answered', async () => {
    await using service = await start()
    const socket = connect(service.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: h\r\n')
    await status(service.port, '/livez')
    service.kill('SIGTERM')
    await eventually(async () => service.output().includes('shutting down') || undefined, 'the shutdown')
    socket.write('\r\n')
    const answer = await text(socket)
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
    assert.match(answer, /\r\nConnection: close\r\n/i)
    assert.is(await service.ended, 0)
  })

  test('a client that never finishes its request holds the end up for the grace only', async () => {
    await using service = await start({ SHUTDOWN_GRACE_SECONDS: '0.3' })
    const socket = connect(service.port, '127.0.0.1').on('error', () => undefined)
    socket.write('GET / HTTP/1.1\r\nHost: h\r\n')
    await status(service.port, '/livez')
    service.kill('SIGTERM')
    assert.is(await service.ended, 0)
    assert.match(service.output(), 'connections were cut')
    socket.destroy()
  })

  test('asked a second time, it does not wait any longer', async () => {
    await using service = await start({ SHUTDOWN_DRAIN_SECONDS: '3600', SHUTDOWN_GRACE_SECONDS: '3600' })
    service.kill('SIGTERM')
    await readinessGone(service.port)
    service.kill('SIGTERM')
    assert.is(await service.ended, 0)
  })

  test('a person at the terminal waits for no load balancer', async () => {
    await using service = await start({ SHUTDOWN_DRAIN_SECONDS: '3600' })
    service.kill('SIGINT')
    assert.is(await service.ended, 0)
  })

  test('it does not outlive a parent that held it by a channel', async () => {
    const child = fork(MAIN, [], { env: { ...process.env, ...QUICK }, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    if (child.stdout !== null) await once(child.stdout, 'data')
    child.stdout?.resume()
    child.disconnect()
    const [code] = await once(child, 'exit')
    assert.is(code, 0)
  })

  test('a wrong environment is refused whole, one line per variable', async () => {
    await using service = await startProgram(process.execPath, [MAIN], { env: { PORT: 'http', LOG_LEVEL: 'loud' } })
    assert.is(await service.ended, 1)
    assert.match(
      service.output(),
      /^service: PORT: found "http"; write .*\nservice: LOG_LEVEL: found "loud"; write .*\n$/,
    )
  })

  test('a taken port is one sentence that names the variable', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    await using service = await startProgram(process.execPath, [MAIN], { env: { ...QUICK, PORT: port } })
    assert.is(await service.ended, 1)
    assert.is(service.output(), `service: PORT: ${port} is taken on 127.0.0.1; set PORT to a free one\n`)
    other.close()
  })
})
