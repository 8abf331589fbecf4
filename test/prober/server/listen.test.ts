import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { Agent, request } from 'undici'
import { drain, listen, parseListenAddress } from '../../../prober/server/listen.ts'
import { assert, describe } from '../../harness.ts'

const LOOPBACK = { host: '127.0.0.1', port: 0 }

async function open(server: Server): Promise<string> {
  const listening = await listen(server, LOOPBACK, '--flag')
  if (!listening.ok) throw new Error(listening.message)
  return listening.url
}

describe('listen address', (test) => {
  const good: readonly (readonly [string, string | undefined, number])[] = [
    [':9115', undefined, 9115],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['[::1]:65535', '::1', 65535],
    ['localhost:80', 'localhost', 80],
    ['[::]:80', '::', 80],
  ]
  for (const [text, host, port] of good) {
    test(text, () => assert.equal(parseListenAddress(text), { ok: true, address: { host, port } }))
  }
  for (const text of ['', '9115', 'host', ':', ':65536', '::1:80', '[::1]', '[x]:80', ':-1', 'vsock://:9100', ':80x']) {
    test(`${JSON.stringify(text)} is refused`, () => assert.not(parseListenAddress(text).ok))
  }
})

describe('listen', (test) => {
  test('a taken port is told with the flag that changes it', async () => {
    const first = createServer()
    const { port } = new URL(await open(first))
    const second = await listen(createServer(), { host: '127.0.0.1', port: Number(port) }, '--port')
    await drain(first, 0)
    assert.equal(second, {
      ok: false,
      message: `Cannot listen on 127.0.0.1:${port}: the port is taken; stop what listens there or choose another with --port`,
    })
  })

  test('an address of another machine is told', async () => {
    const listening = await listen(createServer(), { host: '192.0.2.1', port: 0 }, '--flag')
    assert.ok(!listening.ok && /no such address/.test(listening.message))
  })
})

describe('drain', (test) => {
  test('waits for the request in flight, not for connections kept alive', async () => {
    const arrived = Promise.withResolvers<() => void>()
    const server = createServer({ keepAliveTimeout: 60_000 }, (_request, response) => {
      arrived.resolve(() => void response.end('done'))
    })
    const url = await open(server)
    const agent = new Agent({ keepAliveTimeout: 60_000 })
    await using _closing = { [Symbol.asyncDispose]: () => agent.close() }
    const answer = request(url, { dispatcher: agent }).then(({ body }) => body.text())
    const respond = await arrived.promise
    const drained = drain(server, 30)
    respond()
    assert.is(await answer, 'done')
    await drained
    assert.not(server.listening)
  })

  test('cuts what runs beyond the grace', async () => {
    const arrived = Promise.withResolvers<void>()
    const server = createServer(() => arrived.resolve())
    const answer = request(await open(server)).then(
      () => 'answered',
      () => 'cut',
    )
    await arrived.promise
    await drain(server, 0)
    assert.is(await answer, 'cut')
  })

  test('a client that never asks does not hold it up', async () => {
    const server = createServer()
    const socket = connect(Number(new URL(await open(server)).port), '127.0.0.1')
    await new Promise((resolve) => socket.once('connect', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve).resume())
    await drain(server, 0.1)
    await closed
  })
})
