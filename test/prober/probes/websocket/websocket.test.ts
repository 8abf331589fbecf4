import type { IncomingMessage } from 'node:http'
import { createAuthority } from '../../../../cli/demo/authority.ts'
import type { Regexp } from '../../../../prober/config/schema.ts'
import { samples } from '../../../../prober/metrics/samples.ts'
import type { WebsocketResult } from '../../../../prober/probes/result.ts'
import { encodeTraceparent } from '../../../../prober/wire/traceparent.ts'
import { assert, describe } from '../../../harness.ts'
import { closedPort } from '../../../servers/tcp.ts'
import { serveWebsocket } from '../../../servers/websocket.ts'
import { regexp, sumOfPhases, trusting, value, verdictOf } from '../http-module.ts'
import { run, step } from '../websocket-module.ts'

const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=a.test', dnsNames: ['a.test'] })
const tls = trusting(authority.certPem)

const messageOf = ({ outcome }: WebsocketResult) => (outcome.ok ? '' : outcome.message)
const metricsOf = (result: WebsocketResult) =>
  Object.fromEntries(
    samples(result)
      .filter(({ name }) => name.startsWith('probe_websocket_'))
      .map(({ name, labels, value: number }) => [
        name.slice(16) + (labels === undefined ? '' : ` ${labels.phase}`),
        number,
      ]),
  )
const quiet = () => undefined

describe('a WebSocket probe', (test) => {
  test('opens, says goodbye and has succeeded', async () => {
    const closed = Promise.withResolvers<number>()
    await using server = await serveWebsocket((websocket) => void websocket.on('close', closed.resolve))
    const result = await run(server.url)
    assert.is(verdictOf(result), 'ok')
    assert.equal(result.websocket, { upgraded: true, statusCode: 101, failedDueToRegex: false, failedStep: undefined })
    assert.equal(Object.keys(result.phases), ['prepare', 'resolve', 'connect', 'processing', 'other'])
    assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9)
    assert.is(await closed.promise, 1000)
  })

  test('over TLS checks the certificate and tells of it', async () => {
    await using server = await serveWebsocket(quiet, identity)
    const result = await run(`wss://a.test:${server.port}/`, { tls })
    assert.is(verdictOf(result), 'ok')
    assert.is(result.tls?.verification.ok, true)
    assert.ok(samples(result).some(({ name }) => name === 'probe_ssl_earliest_cert_expiry'))
    const wrong = await run(`wss://b.test:${server.port}/`, { tls })
    assert.is(verdictOf(wrong), 'tls tls_name_mismatch')
    assert.is(wrong.tls?.peerChain.length, 1)
    assert.is(verdictOf(await run(`wss://b.test:${server.port}/`, { tls: { ...tls, serverName: 'a.test' } })), 'ok')
  })

  test('over IPv6', async () => {
    await using server = await serveWebsocket(quiet, undefined, '::1')
    const result = await run(`ws://[::1]:${server.port}/`)
    assert.is(verdictOf(result), 'ok', messageOf(result))
    assert.is(result.address?.family, 6)
  })

  test('sends path, host, its headers and credentials', async () => {
    const asked: IncomingMessage[] = []
    await using server = await serveWebsocket((_websocket, request) => void asked.push(request))
    const headers = [
      { name: 'Origin', values: [value('https://a.test')] },
      { name: 'X-Many', values: [value('one'), value('two')] },
    ]
    const auth = { kind: 'basic', username: value('me'), password: value('secret-é') } as const
    const result = await run(`ws://a.test:${server.port}/chat?room=1#top`, { headers, auth })
    assert.is(verdictOf(result), 'ok')
    const [request] = asked
    assert.is(request?.url, '/chat?room=1')
    assert.is(request?.headers.host, `a.test:${server.port}`)
    assert.is(request?.headers.origin, 'https://a.test')
    assert.is(request?.headers['x-many'], 'one, two')
    assert.is(request?.headers['user-agent'], 'Sonde/1.2.3')
    assert.is(request?.headers.authorization, `Basic ${Buffer.from('me:secret-é').toString('base64')}`)
    assert.is(request?.headers['sec-websocket-extensions'], undefined)
    assert.not.match(JSON.stringify(result), /secret|https:/, 'no value of a header stands in the result')
  })

  test('with a trace sends it in the handshake, unless the module has one of its own', async () => {
    const asked: unknown[] = []
    await using server = await serveWebsocket((_websocket, { headers }) => void asked.push(headers.traceparent))
    const trace = { sampleRatio: 0 }
    const { websocket } = await run(server.url, { trace })
    const own = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const other = await run(server.url, { trace, headers: [{ name: 'TraceParent', values: [value(own)] }] })
    assert.is(websocket.trace?.sampled, false)
    assert.equal(asked, [websocket.trace && encodeTraceparent(websocket.trace), own])
    assert.is(other.websocket.trace, undefined)
  })

  test('lets its own Host, User-Agent and Authorization headers win', async () => {
    const asked: IncomingMessage[] = []
    await using server = await serveWebsocket((_websocket, request) => void asked.push(request))
    const headers = [
      { name: 'Host', values: [value('b.test')] },
      { name: 'user-agent', values: [value('me')] },
      { name: 'authorization', values: [value('Mine')] },
    ]
    const auth = { kind: 'authorization', type: 'Bearer', credentials: value('other') } as const
    assert.is(verdictOf(await run(server.url, { headers, auth })), 'ok')
    const { host, authorization, 'user-agent': agent } = asked[0]?.headers ?? {}
    assert.equal([host, authorization, agent], ['b.test', 'Mine', 'me'])
  })

  test('offers subprotocols and takes what is chosen', async () => {
    await using server = await serveWebsocket(quiet)
    const headers = [{ name: 'Sec-WebSocket-Protocol', values: [value('chat, superchat')] }]
    assert.is(verdictOf(await run(server.url, { headers })), 'ok')
  })

  test('says when a file of its headers cannot be read', async () => {
    const headers = [{ name: 'X-Key', values: [{ from: 'file', path: '/nowhere/key' } as const] }]
    assert.is(verdictOf(await run('ws://a.test/', { headers })), 'prepare file_unreadable')
  })
})

describe('the dialogue of a WebSocket probe', (test) => {
  const greeter = () =>
    serveWebsocket((websocket) => {
      websocket.send('hello 42')
      websocket.on('message', (text, isBinary) => websocket.send(isBinary ? 'binary?' : `got ${text}`))
    })

  test('expects one message and sends another, with what matched', async () => {
    await using server = await greeter()
    const queryResponse = [step('hello (\\d+)', 'number $1'), step('^got number 42$')]
    const result = await run(server.url, { queryResponse })
    assert.is(verdictOf(result), 'ok', messageOf(result))
    assert.equal(Object.keys(result.phases), ['prepare', 'resolve', 'connect', 'processing', 'dialogue', 'other'])
    const metrics = metricsOf(result)
    assert.is(metrics.failed_due_to_regex, 0)
    assert.is(metrics['duration_seconds transfer'], result.phases.dialogue)
  })

  test('says which step failed, what it waited for and what came', async () => {
    await using server = await greeter()
    const result = await run(server.url, { queryResponse: [step('hello', 'pass-word'), step('^welcome$')] })
    assert.is(verdictOf(result), 'dialogue dialogue_mismatch')
    assert.is(
      messageOf(result),
      'Step 2 of query_response waited for a message that matches "^welcome$": the message that came is "got <sent>"',
    )
    assert.equal(result.websocket, { upgraded: true, statusCode: 101, failedDueToRegex: true, failedStep: 2 })
    assert.not.match(JSON.stringify(result), /pass-word/)
  })

  test('takes one message for each step, none for a step without expect', async () => {
    await using server = await serveWebsocket((websocket) => {
      for (let index = 1; index <= 100; index += 1) websocket.send(`message ${index}`)
    })
    const expecting = Array.from({ length: 100 }, (_, index) => step(`^message ${index + 1}$`))
    const result = await run(server.url, { queryResponse: [step(undefined, 'hi'), step(undefined), ...expecting] })
    assert.is(verdictOf(result), 'ok', messageOf(result))
  })

  test('reads binary messages, too, and answers pings', async () => {
    await using server = await serveWebsocket((websocket) => {
      websocket.ping('are you there')
      websocket.on('pong', (text) => websocket.send(Buffer.from(`pong ${text}`), { binary: true }))
    })
    assert.is(verdictOf(await run(server.url, { queryResponse: [step('^pong are you there$')] })), 'ok')
  })

  test('ends with the deadline', async () => {
    await using server = await serveWebsocket(quiet)
    const result = await run(server.url, { queryResponse: [step('never')] }, { timeoutSeconds: 0.3 })
    assert.is(verdictOf(result), 'dialogue dialogue_timeout')
    assert.is(result.websocket.failedStep, 1)
    while (server.openConnections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  })
})

describe('the target of a WebSocket probe', (test) => {
  const rows = [
    ['', /begins with neither/],
    ['a.test/chat', /neither ws:\/\/ nor wss:\/\//],
    ['http://a.test/', /neither ws:\/\/ nor wss:\/\//],
    ['ws://', /as in ws:\/\/example\.com\//],
    ['ws://a b/', /space/],
    ['ws://a.test:0/', /port 0/],
    ['ws://me:secret@a.test/', /http_config\.basic_auth/],
    ['wss://[::1', /IPv6/],
  ] as const
  for (const [target, message] of rows) {
    test(`"${target}" is none`, async () => {
      const result = await run(target)
      assert.is(verdictOf(result), 'prepare target_invalid')
      assert.match(messageOf(result), message)
      assert.not.match(JSON.stringify(result), /secret/)
      assert.equal(metricsOf(result), { connection_upgraded: 0, status_code: 0, failed_due_to_regex: 0 })
    })
  }

  test('where nobody listens, or that does not exist', async () => {
    const refused = await run(`ws://a.test:${await closedPort()}/`)
    assert.is(verdictOf(refused), 'connect connect_refused')
    assert.equal(Object.keys(metricsOf(refused)).slice(3), ['duration_seconds resolve', 'duration_seconds connect'])
    assert.is(verdictOf(await run('WSS://nowhere.test/')), 'resolve dns_nxdomain')
  })

  test('what it sent is not shown when the server repeats it on leaving', async () => {
    await using server = await serveWebsocket((websocket) => {
      websocket.on('message', (data) => websocket.close(1008, `unknown password ${String(data)}`))
    })
    const result = await run(server.url, { queryResponse: [step(undefined, 'hunter22'), step('^welcome')] })
    assert.is(verdictOf(result), 'dialogue dialogue_reset')
    assert.match(messageOf(result), 'saying "unknown password <sent>"')
  })

  test('a hostname that is not ASCII is sent as its bytes', async () => {
    const asked: (string | undefined)[] = []
    await using server = await serveWebsocket((_websocket, { headers }) => void asked.push(headers.host))
    assert.is(verdictOf(await run(server.url, {}, { hostname: 'ш.test' })), 'ok')
    assert.equal(asked, [Buffer.from('ш.test').toString('latin1')])
  })

  test('a fault of our own leaves no connection open', async () => {
    const closed = Promise.withResolvers<void>()
    await using server = await serveWebsocket((websocket) => {
      websocket.on('close', () => closed.resolve())
      websocket.send('hello')
    })
    const faulty: Regexp = {
      ...regexp('hello'),
      match() {
        throw new Error('a bug')
      },
    }
    const asking = run(server.url, { queryResponse: [{ ...step('hello'), expect: faulty }] })
    assert.is(await asking.catch((bug: Error) => bug.message), 'a bug')
    await closed.promise
  })
})
