import { createServer as createTlsServer } from 'node:tls'
import { createAuthority } from '../../../../cli/demo/authority.ts'
import { samples } from '../../../../prober/metrics/samples.ts'
import type { GrpcResult } from '../../../../prober/probes/result.ts'
import { encodeTraceparent } from '../../../../prober/wire/traceparent.ts'
import { assert, describe } from '../../../harness.ts'
import { framed, respond, serveHealth, serveHttp2 } from '../../../servers/grpc.ts'
import { listening } from '../../../servers/http.ts'
import { closedPort } from '../../../servers/tcp.ts'
import { run } from '../grpc-module.ts'
import { sumOfPhases, trusting, verdictOf } from '../http-module.ts'

const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=a.test', dnsNames: ['a.test'], ips: ['127.0.0.1'] })
const tls = trusting(authority.certPem)

const messageOf = ({ outcome }: GrpcResult) => (outcome.ok ? '' : outcome.message)
const valueIn = (result: GrpcResult, name: string, labels: Readonly<Record<string, string>> = {}) =>
  samples(result).find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels?.[label] === value),
  )?.value

describe('a gRPC probe of a real server', (test) => {
  const rows: readonly (readonly [string, string, GrpcResult['grpc']])[] = [
    ['', 'ok', { ssl: false, statusCode: 0, servingStatus: 'SERVING' }],
    ['down', 'check grpc_not_serving', { ssl: false, statusCode: 0, servingStatus: 'NOT_SERVING' }],
    ['unsure', 'check grpc_not_serving', { ssl: false, statusCode: 0, servingStatus: 'UNKNOWN' }],
    ['forgotten', 'check grpc_not_serving', { ssl: false, statusCode: 0, servingStatus: 'SERVICE_UNKNOWN' }],
    ['strange', 'check grpc_not_serving', { ssl: false, statusCode: 0, servingStatus: undefined }],
    ['nobody', 'check grpc_status', { ssl: false, statusCode: 5, servingStatus: undefined }],
  ]
  for (const [service, verdict, facts] of rows) {
    test(`of the service "${service}" is ${verdict}`, async () => {
      await using server = await serveHealth({ '': 1, down: 2, unsure: 0, forgotten: 3, strange: 99 })
      const result = await run(`127.0.0.1:${server.port}`, { service })
      assert.is(verdictOf(result), verdict)
      assert.equal(result.grpc, facts)
      assert.is(server.calls[0]?.request, service)
      assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9)
    })
  }

  test('repeats what the server says, decoded', async () => {
    await using server = await serveHealth({})
    const message = messageOf(await run(`127.0.0.1:${server.port}`, { service: 'shop' }))
    assert.is(
      message,
      'The server ended the call with NOT_FOUND (5) and said: unknown service shop ☹ (see service in the module)',
    )
  })

  test('sends every value of a name that usually has one', async () => {
    await using server = await serveHealth({ '': 1 })
    const metadata = [{ name: 'authorization', values: ['Bearer one', 'Bearer two'] }]
    const result = await run(`127.0.0.1:${server.port}`, { metadata })
    assert.is(verdictOf(result), 'ok', messageOf(result))
  })

  test('a token that it sent is not shown when the server repeats it', async () => {
    await using server = await serveHttp2({
      onStream: (stream, { authorization = '' }) => {
        const token = authorization.replace(/^Bearer /, '')
        respond(stream, { head: { 'grpc-status': '16', 'grpc-message': `unknown token ${token}` } })
      },
    })
    const metadata = [{ name: 'authorization', values: ['Bearer hunter22'] }]
    const message = messageOf(await run(`127.0.0.1:${server.port}`, { metadata }))
    assert.is(message, 'The server ended the call with UNAUTHENTICATED (16) and said: unknown token <sent>')
  })

  test('without a health service is UNIMPLEMENTED, with what to do', async () => {
    await using server = await serveHealth(undefined)
    const result = await run(`127.0.0.1:${server.port}`)
    assert.is(verdictOf(result), 'check grpc_status')
    assert.is(result.grpc.statusCode, 12)
    assert.match(messageOf(result), /UNIMPLEMENTED \(12\).*does it register grpc\.health\.v1\.Health\?/)
  })

  test('sends the module’s metadata, binary as it is, and its deadline', async () => {
    await using server = await serveHealth({ '': 1 })
    const metadata = [
      { name: 'x-tenant', values: ['web', 'shop'] },
      { name: 'token-bin', values: ['\u0000é'] },
      { name: 'content-type', values: ['text/plain'] },
      { name: 'connection', values: ['close'] },
      { name: 'grpc-timeout', values: ['1S'] },
      { name: ':path', values: ['/'] },
      { name: 'none', values: [] },
      { name: 'authorization', values: ['a', 'b'] },
    ]
    const before = Date.now()
    const result = await run(`127.0.0.1:${server.port}`, { metadata }, { timeoutSeconds: 30 })
    assert.is(verdictOf(result), 'ok')
    const [call] = server.calls
    assert.equal(call?.metadata.get('x-tenant'), ['web, shop'])
    assert.equal(call?.metadata.get('token-bin'), [Buffer.from('\u0000é')])
    assert.equal(call?.metadata.get('none'), [])
    assert.match(String(call?.metadata.get('user-agent')[0]), /^Sonde\/1\.2\.3/)
    const deadlineMs = call?.deadlineMs ?? 0
    assert.ok(deadlineMs > before && deadlineMs < Date.now() + 30_001, 'the server knows when we give up')
    assert.not.match(JSON.stringify(result), /shop/, 'metadata stands nowhere in the result')
  })

  test('with a trace sends it as metadata, unless the module has one of its own', async () => {
    await using server = await serveHealth({ '': 1 })
    const address = `127.0.0.1:${server.port}`
    const trace = { sampleRatio: 1 }
    const { grpc } = await run(address, { trace })
    const own = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const other = await run(address, { trace, metadata: [{ name: 'traceparent', values: [own] }] })
    assert.ok(grpc.trace?.sampled)
    const sent = server.calls.map(({ metadata }) => metadata.get('traceparent'))
    assert.equal(sent, [[encodeTraceparent(grpc.trace)], [own]])
    assert.is(other.grpc.trace, undefined)
  })

  test('over TLS checks the certificate, agrees on h2 and tells of both', async () => {
    await using server = await serveHealth({ '': 1 }, identity)
    const result = await run(`a.test:${server.port}`, { useTls: true, tls })
    assert.is(verdictOf(result), 'ok')
    assert.equal(result.grpc, { ssl: true, statusCode: 0, servingStatus: 'SERVING' })
    assert.is(result.tls?.alpn, 'h2')
    assert.is(valueIn(result, 'probe_ssl_verified'), 1)
    assert.ok((valueIn(result, 'probe_ssl_earliest_cert_expiry') ?? 0) > Date.now() / 1000)
    assert.is(valueIn(result, 'probe_tls_version_info', { version: 'TLS 1.3' }), 1)
    assert.equal(Object.keys(result.phases), [
      'prepare',
      'resolve',
      'connect',
      'tls',
      'processing',
      'transfer',
      'check',
      'other',
    ])
  })

  test('at the address that was looked up, in its family', async () => {
    await using server = await serveHealth({ '': 1 }, undefined, '[::1]')
    const result = await run(`[::1]:${server.port}`)
    assert.is(verdictOf(result), 'ok', messageOf(result))
    assert.equal(result.address, { ip: '::1', family: 6 })
  })
})

describe('the target of a gRPC probe', (test) => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['127.0.0.1:PORT', '127.0.0.1:PORT', false],
    ['a.test:PORT', 'a.test:PORT', false],
    ['http://a.test:PORT', 'a.test:PORT', false],
    ['https://a.test:PORT/path?query', 'a.test:PORT', false],
    ['http://user:secret@a.test:PORT', 'a.test:PORT', false],
    ['a.test:PORT/path', 'a.test:PORT', false],
    ['a.test:PORT', 'a.test', true],
    ['http://a.test:PORT', 'a.test', true],
    ['127.0.0.1:PORT', '127.0.0.1', true],
  ]
  for (const [target, authorityText, useTls] of rows) {
    test(`${target}, ${useTls ? 'TLS' : 'plain'}, has the authority ${authorityText}`, async () => {
      const seen: unknown[] = []
      const onStream: Parameters<typeof serveHttp2>[0]['onStream'] = (stream, headers) => {
        seen.push(headers[':authority'], headers[':scheme'], headers.te)
        respond(stream, { body: framed([8, 1]), trailers: { 'grpc-status': '0' } })
      }
      await using server = await serveHttp2({ onStream }, useTls ? identity : undefined)
      const port = String(server.port)
      const result = await run(target.replace('PORT', port), { useTls, tls })
      assert.is(verdictOf(result), 'ok', messageOf(result))
      assert.equal(seen, [authorityText.replace('PORT', port), useTls ? 'https' : 'http', 'trailers'])
      assert.not.match(JSON.stringify(result), /secret/)
    })
  }

  for (const target of ['', 'dns:///a.test:80', 'a b:80', 'a.test:0', 'a.test:99999', '[::1', 'http://', 'a:b:c']) {
    test(`"${target}" is none`, async () => {
      const result = await run(target)
      assert.is(verdictOf(result), 'prepare target_invalid')
      assert.equal(result.grpc, { ssl: false, statusCode: 0, servingStatus: undefined })
    })
  }

  test('that does not exist has no check, as in blackbox_exporter', async () => {
    const result = await run('nowhere.test:80')
    assert.is(verdictOf(result), 'resolve dns_nxdomain')
    assert.is(valueIn(result, 'probe_grpc_duration_seconds', { phase: 'check' }), undefined)
    assert.is(valueIn(result, 'probe_grpc_healthcheck_response'), undefined)
    assert.is(valueIn(result, 'probe_grpc_status_code'), 0)
  })
})

describe('the metrics of a gRPC probe', (test) => {
  test('say where the time went and what the service is', async () => {
    await using server = await serveHealth({ '': 2 })
    const result = await run(`127.0.0.1:${server.port}`)
    const { connect = 0, processing = 0, transfer = 0, check = 0, resolve = 0 } = result.phases
    assert.is(valueIn(result, 'probe_grpc_duration_seconds', { phase: 'resolve' }), resolve)
    const spent = valueIn(result, 'probe_grpc_duration_seconds', { phase: 'check' }) ?? 0
    assert.ok(Math.abs(spent - (connect + processing + transfer + check)) < 1e-9)
    for (const [status, value] of Object.entries({ UNKNOWN: 0, SERVING: 0, NOT_SERVING: 1, SERVICE_UNKNOWN: 0 })) {
      assert.is(valueIn(result, 'probe_grpc_healthcheck_response', { serving_status: status }), value)
    }
  })

  test('of a port where nobody listens are UNAVAILABLE', async () => {
    const result = await run(`127.0.0.1:${await closedPort()}`)
    assert.is(verdictOf(result), 'connect connect_refused')
    assert.is(valueIn(result, 'probe_grpc_status_code'), 14)
    assert.is(valueIn(result, 'probe_grpc_healthcheck_response', { serving_status: 'SERVING' }), 0)
  })
})

describe('a gRPC probe over TLS that', (test) => {
  test('does not trust the certificate is UNAVAILABLE, and the certificate is still told of', async () => {
    await using server = await serveHealth({ '': 1 }, identity)
    const result = await run(`b.test:${server.port}`, { useTls: true, tls })
    assert.is(verdictOf(result), 'tls tls_name_mismatch')
    assert.equal(result.grpc, { ssl: false, statusCode: 14, servingStatus: undefined })
    assert.is(result.tls?.peerChain.length, 1)
    const named = await run(`b.test:${server.port}`, { useTls: true, tls: { ...tls, serverName: 'a.test' } })
    assert.is(verdictOf(named), 'ok')
  })

  test('finds a server without ALPN refuses it, as grpc-go does', async () => {
    const noAlpn = createTlsServer({ cert: identity.certPem, key: identity.keyPem }, (socket) => {
      socket.on('error', () => undefined).resume()
    })
    await using server = await listening(noAlpn, 'https')
    const result = await run(`a.test:${server.port}`, { useTls: true, tls })
    assert.is(verdictOf(result), 'tls tls_handshake')
    assert.match(messageOf(result), /ALPN h2/)
    assert.is(result.grpc.statusCode, 14)
    while (server.openConnections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  })

  test('finds a plain server says so, and a plain one that finds TLS ends', async () => {
    await using plain = await serveHealth({ '': 1 })
    assert.is(verdictOf(await run(`a.test:${plain.port}`, { useTls: true, tls })), 'tls tls_not_tls')
    await using secure = await serveHealth({ '': 1 }, identity)
    const result = await run(`a.test:${secure.port}`)
    assert.ok(['processing response_reset', 'processing response_malformed'].includes(verdictOf(result)))
    assert.is(result.grpc.statusCode, 14)
  })
})
