import { createServer } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { createAuthority } from '../../../../cli/demo/authority.ts'
import type { ProxyConfig } from '../../../../prober/config/schema.ts'
import { assert, describe } from '../../../harness.ts'
import { answer, listening, serveHttp, type TestServer } from '../../../servers/http.ts'
import { httpModule, patienceFor, run, sumOfPhases, testProbe, trusting, value, verdictOf } from '../http-module.ts'

const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=a.test', dnsNames: ['a.test'] })
const tls = trusting(authority.certPem)

interface Proxy extends TestServer {
  /** What it was asked: request line, then the headers that matter. */
  readonly asked: readonly string[]
}

/** An HTTP proxy: CONNECT to loopback whatever the name, and the absolute form answered by itself. */
async function serveProxy(connectAnswer = 'HTTP/1.1 200 OK\r\n\r\n'): Promise<Proxy> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { method, url, headers } = request
    asked.push(`${method} ${url} host=${headers.host} auth=${headers['proxy-authorization']} x=${headers['x-connect']}`)
    response.end('from the proxy')
  })
  server.on('connect', (request, socket: Socket) => {
    const { url = '', headers } = request
    asked.push(`CONNECT ${url} auth=${headers['proxy-authorization']} x=${headers['x-connect']}`)
    socket.write(connectAnswer)
    if (!connectAnswer.includes('200')) return
    const upstream = connect(Number(url.replace(/.*:/, '')), '127.0.0.1')
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
    socket.pipe(upstream).pipe(socket)
  })
  return Object.assign(await listening(server, 'http'), { asked })
}

/** RFC 1928 without authentication: notes the address type and the address, connects to loopback. */
async function serveSocks(): Promise<Proxy> {
  const asked: string[] = []
  const server = createTcpServer((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]))
      socket.once('data', (request: Buffer) => {
        const byName = request[3] === 3
        const end = byName ? 5 + (request[4] ?? 0) : 8
        asked.push(byName ? request.subarray(5, end).toString() : request.subarray(4, end).join('.'))
        const upstream = connect(request.readUInt16BE(end), '127.0.0.1', () => {
          socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
          socket.pipe(upstream).pipe(socket)
        })
        upstream.on('error', () => socket.destroy())
        socket.on('error', () => upstream.destroy())
      })
    })
  })
  return Object.assign(await listening(server, 'socks5'), { asked })
}

function by(url: string, noProxy = ''): ProxyConfig {
  return { kind: 'url', url: new URL(url), noProxy, connectHeaders: [{ name: 'X-Connect', values: [value('yes')] }] }
}

const BASIC = `Basic ${Buffer.from('us:pa ss').toString('base64')}`

describe('an HTTP probe through a proxy', (test) => {
  test('asks in the absolute form for http, with the address that was looked up', async () => {
    await using proxy = await serveProxy()
    const result = await run('http://a.test:81/x?y', { proxy: by(proxy.url.replace('//', '//us:pa%20ss@')) })
    assert.is(verdictOf(result), 'ok')
    assert.equal(proxy.asked, [`GET http://127.0.0.1:81/x?y host=a.test:81 auth=${BASIC} x=undefined`])
    assert.is(result.address?.ip, '127.0.0.1')
  })

  test('leaves the lookup to the proxy when the module says so', async () => {
    await using proxy = await serveProxy()
    const result = await run('http://nowhere.test/', { proxy: by(proxy.url), skipResolvePhaseWithProxy: true })
    assert.is(verdictOf(result), 'ok')
    assert.match(proxy.asked[0] ?? '', /^GET http:\/\/nowhere\.test\/ host=nowhere\.test /)
    assert.is(result.address, undefined)
    assert.is(result.lookupSeconds, undefined)
  })

  test('tunnels https, with TLS to the target inside and a phase of its own', async () => {
    await using target = await serveHttp(answer(200, 'hello'), { identity, http2: true })
    await using proxy = await serveProxy()
    const result = await run(`https://a.test:${target.port}/`, { tls, proxy: by(proxy.url) })
    assert.is(verdictOf(result), 'ok')
    assert.equal(proxy.asked, [`CONNECT 127.0.0.1:${target.port} auth=undefined x=yes`])
    assert.is(result.http.version, 2)
    const phases = ['prepare', 'resolve', 'connect', 'proxy', 'tls', 'processing', 'transfer', 'check', 'other']
    assert.equal(Object.keys(result.phases).sort(), phases.sort())
    assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9)
  })

  test('goes direct where no_proxy names the host', async () => {
    await using target = await serveHttp(answer(200))
    await using proxy = await serveProxy()
    assert.is(verdictOf(await run(`http://a.test:${target.port}/`, { proxy: by(proxy.url, 'a.test') })), 'ok')
    assert.equal(proxy.asked, [])
  })

  test('takes the proxy from the environment when the module says so', async () => {
    await using proxy = await serveProxy()
    const probe = testProbe({ environment: { HTTP_PROXY: proxy.url } })
    const module = httpModule({ proxy: { kind: 'environment', connectHeaders: [] } })
    const request = { target: 'http://a.test/', module, timeoutSeconds: 5 }
    assert.is(verdictOf(await probe(request, new AbortController().signal)), 'ok')
    assert.is(proxy.asked.length, 1)
  })

  for (const [skip, asked] of [
    [false, '127.0.0.1'],
    [true, 'a.test'],
  ] as const) {
    test(`of SOCKS5 asks it for ${asked}`, async () => {
      await using target = await serveHttp(answer(200), { identity })
      await using proxy = await serveSocks()
      const module = { tls, proxy: by(proxy.url), skipResolvePhaseWithProxy: skip }
      const result = await run(`https://a.test:${target.port}/`, module)
      assert.is(verdictOf(result), 'ok', verdictOf(result))
      assert.equal(proxy.asked, [asked])
    })
  }

  test('speaks TLS to a proxy that is reached by https', async () => {
    await using proxy = await serveHttp(answer(200), { identity })
    const module = { tls, proxy: by(`https://a.test:${proxy.port}`) }
    assert.is(verdictOf(await run('http://b.test/', module)), 'ok')
    const stranger = trusting((await createAuthority('CN=Stranger')).certPem)
    assert.is(verdictOf(await run('http://b.test/', { ...module, tls: stranger })), 'proxy tls_unknown_ca')
  })

  for (const [title, connectAnswer, verdict] of [
    ['wants credentials', 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', 'proxy proxy_auth_required'],
    ['refuses', 'HTTP/1.1 403 Forbidden\r\n\r\n', 'proxy proxy_refused'],
    ['stays silent', '', 'proxy proxy_timeout'],
    ['talks nonsense', 'hello\r\n\r\n', 'proxy proxy_malformed'],
  ] as const) {
    test(`that ${title}: ${verdict}`, async () => {
      await using proxy = await serveProxy(connectAnswer)
      const result = await run(
        'https://a.test/',
        { tls, proxy: by(proxy.url) },
        { timeoutSeconds: patienceFor(verdict) },
      )
      assert.is(verdictOf(result), verdict, verdictOf(result))
    })
  }

  test('that is not there says that it was the proxy', async () => {
    const gone = await serveProxy()
    await gone[Symbol.asyncDispose]()
    const result = await run('http://a.test/', { proxy: by(gone.url.replace('//', '//user:secret@')) })
    assert.is(verdictOf(result), 'connect connect_refused')
    assert.match(result.outcome.ok ? '' : result.outcome.message, /proxy/)
    assert.not.match(JSON.stringify(result), 'secret')
  })
})
