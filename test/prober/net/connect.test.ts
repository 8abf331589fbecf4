import { getEventListeners } from 'node:events'
import { connectTcp } from '../../../prober/net/connect.ts'
import { createDeadline } from '../../../prober/net/deadline.ts'
import { inTurn } from '../../../prober/net/turn.ts'
import { assert, describe } from '../../harness.ts'
import { closedPort, later, serveTcp } from '../../servers/tcp.ts'
import { failed } from './failed.ts'

const LOOPBACK = { ip: '127.0.0.1', family: 4 } as const
/** RFC 6666's discard prefix and RFC 5737's documentation network: routed nowhere. */
const NOWHERE = { ip: '100::1', family: 6 } as const

describe('connectTcp', (test) => {
  test('hands over a standing socket with the time of its connect callback', async () => {
    await using server = await serveTcp((socket) => socket.end('hi'))
    using deadline = createDeadline(5)
    const before = performance.now()
    const connected = await connectTcp(LOOPBACK, server.port, deadline.signal)
    assert.ok(connected.ok)
    assert.ok(connected.atMs >= before && connected.atMs <= performance.now())
    assert.is(connected.socket.remotePort, server.port)
    connected.socket.destroy()
    await server.allClosed()
  })

  test('a connection that is reset while what comes next waits for its turn has stood', async () => {
    await using server = await serveTcp((socket) => later(10, () => socket.resetAndDestroy()))
    using deadline = createDeadline(30)
    for (let turn = 0; turn < 1000; turn += 1) inTurn(() => undefined, undefined)
    const connected = await connectTcp(LOOPBACK, server.port, deadline.signal)
    assert.ok(connected.ok, JSON.stringify(connected))
    connected.socket.destroy()
  })

  test('says that a closed port refused, and where', async () => {
    using deadline = createDeadline(5)
    const port = await closedPort()
    const found = failed(await connectTcp(LOOPBACK, port, deadline.signal))
    assert.is(found.phase, 'connect')
    assert.is(found.reason, 'connect_refused')
    assert.match(found.message, `127.0.0.1:${port}`)
  })

  test('tries one address once, and never the other family', async () => {
    await using server = await serveTcp()
    using deadline = createDeadline(5)
    const found = failed(await connectTcp({ ip: '::1', family: 6 }, server.port, deadline.signal))
    assert.match(found.message, `[::1]:${server.port}`)
    assert.is(server.accepted(), 0)
  })

  test('an address without a route fails with a reason of the connect phase, by the deadline at the latest', async () => {
    using deadline = createDeadline(0.2)
    const found = failed(await connectTcp(NOWHERE, 80, deadline.signal))
    assert.ok(['connect_unreachable', 'connect_timeout', 'connect_failed'].includes(found.reason), found.reason)
  })

  test('connects from the address that it is given', async () => {
    const from = Promise.withResolvers<string | undefined>()
    await using server = await serveTcp((socket) => from.resolve(socket.remoteAddress))
    using deadline = createDeadline(5)
    const connected = await connectTcp(LOOPBACK, server.port, deadline.signal, '127.0.0.1')
    assert.ok(connected.ok)
    assert.is(await from.promise, '127.0.0.1')
    connected.socket.destroy()
  })

  const badSources: readonly (readonly [source: string, message: RegExp])[] = [
    ['', /"" is no IP address; write a source_ip_address/],
    ['eth0', /"eth0" is no IP address/],
    ['::1', /"::1" is IPv6 and 127\.0\.0\.1 is IPv4; .*preferred_ip_protocol/],
    ['127.0.0.1:80', /"127\.0\.0\.1:80" is no IP address/],
    // TEST-NET-1, RFC 5737: nobody's.
    ['192.0.2.1', /^This machine has no address 192\.0\.2\.1 to connect from: write one of its own/],
  ]
  for (const [source, message] of badSources) {
    test(`${JSON.stringify(source)} as its own IPv4 address is a failure, not an exception`, async () => {
      using deadline = createDeadline(5)
      const found = failed(await connectTcp(LOOPBACK, 80, deadline.signal, source))
      assert.equal([found.phase, found.reason], ['connect', 'connect_no_source'])
      assert.match(found.message, message)
    })
  }

  for (const port of [0, -1, 65_536, 1.5, Number.NaN]) {
    test(`port ${port} is a failure, not an exception`, async () => {
      using deadline = createDeadline(5)
      const found = failed(await connectTcp(LOOPBACK, port, deadline.signal))
      assert.is(found.reason, 'target_invalid')
    })
  }

  test('does not even start when the signal has fired', async () => {
    await using server = await serveTcp()
    const found = failed(await connectTcp(LOOPBACK, server.port, AbortSignal.abort()))
    assert.is(found.reason, 'cancelled')
    assert.is(server.accepted(), 0)
  })

  test('a cancelled connection attempt ends at once', async () => {
    const parent = new AbortController()
    await using server = await serveTcp()
    const pending = connectTcp(LOOPBACK, server.port, parent.signal)
    parent.abort()
    const found = failed(await pending)
    assert.is(found.reason, 'cancelled')
    assert.is(getEventListeners(parent.signal, 'abort').length, 0)
  })

  test('the signal ends the socket later, too', async () => {
    const parent = new AbortController()
    await using server = await serveTcp((socket) => socket.resume())
    const connected = await connectTcp(LOOPBACK, server.port, parent.signal)
    assert.ok(connected.ok)
    parent.abort()
    assert.is(connected.socket.destroyed, true)
    await server.allClosed()
  })

  test('a socket that closes takes its listener off the signal', async () => {
    const parent = new AbortController()
    await using server = await serveTcp()
    const connected = await connectTcp(LOOPBACK, server.port, parent.signal)
    assert.ok(connected.ok)
    const closed = new Promise((resolve) => connected.socket.once('close', resolve))
    connected.socket.destroy()
    await closed
    assert.is(getEventListeners(parent.signal, 'abort').length, 0)
  })

  test('a reset while nobody reads is no crash', async () => {
    await using server = await serveTcp((socket) => socket.resetAndDestroy())
    using deadline = createDeadline(5)
    const connected = await connectTcp(LOOPBACK, server.port, deadline.signal)
    // The reset may come before the connect callback on some kernels.
    if (!connected.ok) return assert.is(connected.reason, 'connect_reset')
    await new Promise((resolve) => connected.socket.once('close', resolve).resume())
  })
})
