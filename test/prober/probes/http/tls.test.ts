import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { type Authority, createAuthority } from '../../../../cli/demo/authority.ts'
import { assert, describe } from '../../../harness.ts'
import { serveRaw, silent } from '../../../servers/hostile.ts'
import { answer, listening, serveHttp } from '../../../servers/http.ts'
import { patienceFor, run, sumOfPhases, trusting, value, verdictOf } from '../http-module.ts'

const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=a.test', dnsNames: ['a.test'] })
const tls = trusting(authority.certPem)
const DAY_MS = 86_400_000

describe('an HTTPS probe', (test) => {
  test('takes HTTP/2 where the server offers it, and HTTP/1.1 where the module wants that', async () => {
    await using server = await serveHttp(answer(200, 'hello'), { identity, http2: true })
    const target = `https://a.test:${server.port}/`
    const over2 = await run(target, { tls, validHttpVersions: ['HTTP/2.0'] })
    assert.is(verdictOf(over2), 'ok')
    assert.is(over2.http.version, 2)
    const over1 = await run(target, { tls, http2: false, validHttpVersions: ['HTTP/1.1'] })
    assert.is(verdictOf(over1), 'ok')
    assert.is(over1.http.version, 1.1)
    for (const { phases } of [over1, over2]) {
      assert.equal(Object.keys(phases), [
        'prepare',
        'resolve',
        'connect',
        'tls',
        'processing',
        'transfer',
        'check',
        'other',
      ])
    }
  })

  for (const http2 of [true, false]) {
    test(`closes its connection after the answer, ${http2 ? 'HTTP/2' : 'HTTP/1.1'}`, async () => {
      await using server = await serveHttp(answer(200, 'hello'), { identity, http2: true })
      assert.is(verdictOf(await run(`https://a.test:${server.port}/`, { tls, http2 })), 'ok')
      while (server.openConnections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    })
  }

  test('takes its name from server_name, the Host header, the hostname parameter or the URL', async () => {
    const names: (string | false)[] = []
    await using server = await serveHttp(
      (request, response) => {
        names.push((request.socket as unknown as { servername: string | false }).servername)
        response.end()
      },
      { identity: await authority.issue({ subject: 'CN=any', dnsNames: ['a.test', 'b.test', 'c.test', 'd.test'] }) },
    )
    const target = `https://a.test:${server.port}/`
    await run(target, { tls })
    await run(target, { tls, headers: { Host: 'b.test:8443' } })
    await run(target, { tls }, { hostname: 'c.test' })
    await run(target, { tls: { ...tls, serverName: 'd.test' }, headers: { Host: 'b.test' } })
    assert.equal(names, ['a.test', 'b.test', 'c.test', 'd.test'])
  })

  const wrong: readonly (readonly [string, string, (ca: Authority) => Promise<typeof identity>])[] = [
    [
      'expired',
      'tls_expired',
      (ca) =>
        ca.issue({
          subject: 'CN=a',
          dnsNames: ['a.test'],
          notBefore: new Date(Date.now() - 9 * DAY_MS),
          notAfter: new Date(Date.now() - DAY_MS),
        }),
    ],
    ['of another name', 'tls_name_mismatch', (ca) => ca.issue({ subject: 'CN=a', dnsNames: ['b.test'] })],
    [
      'of an unknown authority',
      'tls_unknown_ca',
      async () => (await createAuthority('CN=Stranger')).issue({ subject: 'CN=a', dnsNames: ['a.test'] }),
    ],
  ]
  for (const [title, reason, issue] of wrong) {
    test(`with a certificate ${title} is ${reason}, and the certificate is still told of`, async () => {
      await using server = await serveHttp(answer(200), { identity: await issue(authority) })
      const target = `https://a.test:${server.port}/`
      const result = await run(target, { tls })
      assert.is(verdictOf(result), `tls ${reason}`)
      assert.is(result.tls?.peerChain.length, 1)
      assert.is(result.http.statusCode, 0)
      const lenient = await run(target, { tls: { ...tls, insecureSkipVerify: true } })
      assert.is(verdictOf(lenient), 'ok')
      assert.is(lenient.tls?.verification.ok, false)
    })
  }

  test('without the client certificate that the server demands is tls_client_certificate, also over TLS 1.3', async () => {
    await using server = await serveHttp(answer(200), { identity, clientCa: authority.certPem })
    const target = `https://a.test:${server.port}/`
    assert.is(verdictOf(await run(target, { tls })), 'tls tls_client_certificate')
    const own = await authority.issue({ subject: 'CN=prober' })
    const mutual = { ...tls, cert: value(own.certPem), key: value(own.keyPem) }
    assert.is(verdictOf(await run(target, { tls: mutual })), 'ok')
  })
})

type OnStream = (stream: ServerHttp2Stream) => void

function serveHttp2(onStream: OnStream) {
  const server = createSecureServer({ cert: identity.certPem, key: identity.keyPem })
  let streams = 0
  server.on('stream', (stream) => {
    streams += 1
    stream.on('error', () => undefined)
    onStream(stream as ServerHttp2Stream)
  })
  server.on('sessionError', () => undefined)
  return listening(server, 'https').then((running) => Object.assign(running, { streams: () => streams }))
}

describe('an HTTP/2 probe of a server that', (test) => {
  const REFUSED_STREAM = 7
  const PROTOCOL_ERROR = 1
  const rows: readonly (readonly [string, OnStream, string])[] = [
    ['stays silent', () => undefined, 'processing response_timeout'],
    ['refuses the stream', (stream) => stream.close(REFUSED_STREAM), 'processing response_reset'],
    ['resets the stream', (stream) => stream.close(PROTOCOL_ERROR), 'processing response_reset'],
    ['goes away', (stream) => stream.session?.goaway(0, 0), 'processing response_timeout'],
    ['goes away with an error', (stream) => stream.session?.goaway(2, 0), 'processing response_reset'],
    ['closes the session', (stream) => stream.session?.destroy(), 'processing response_reset'],
    ['sends headers and no body', (stream) => stream.respond({ ':status': 200 }), 'transfer body_timeout'],
    [
      'resets in the body',
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.write('abc', () => setTimeout(() => stream.destroy(new Error('out of luck')), 30))
      },
      'transfer body_reset',
    ],
    [
      'closes in the body',
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.write('abc', () => setTimeout(() => stream.session?.socket.destroy(), 30))
      },
      'transfer body_reset',
    ],
    [
      'ends with a body',
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.end('abc')
      },
      'ok',
    ],
    ['ends with headers', (stream) => stream.respond({ ':status': 200 }, { endStream: true }), 'ok'],
  ]
  for (const [title, onStream, verdict] of rows) {
    test(`${title}: ${verdict}, after one request on one connection (#1453)`, async () => {
      await using server = await serveHttp2(onStream)
      const result = await run(`https://a.test:${server.port}/`, { tls }, { timeoutSeconds: patienceFor(verdict) })
      assert.is(verdictOf(result), verdict, `${verdictOf(result)} ${result.outcome.ok ? '' : result.outcome.message}`)
      assert.is(server.connections(), 1)
      assert.is(server.streams(), 1)
      assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9)
    })
  }

  test('agrees on h2 and stays silent', async () => {
    await using server = await serveRaw(silent, identity, ['h2'])
    const result = await run(`https://a.test:${server.port}/`, { tls }, { timeoutSeconds: 0.8 })
    assert.is(verdictOf(result), 'processing response_timeout')
  })

  test('agrees on h2 and speaks HTTP/1.1', async () => {
    const speak = (socket: Socket) => void socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    await using server = await serveRaw(speak, identity, ['h2'])
    const result = await run(`https://a.test:${server.port}/`, { tls }, { timeoutSeconds: 30 })
    assert.is(verdictOf(result), 'processing response_malformed')
  })
})
