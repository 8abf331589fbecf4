import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { createAuthority } from '../../../cli/demo/authority.ts'
import type { ProxyConfig, TlsConfig } from '../../../prober/config/schema.ts'
import { secret } from '../../../prober/config/secret.ts'
import { connectTcp } from '../../../prober/net/connect.ts'
import { createDeadline } from '../../../prober/net/deadline.ts'
import { openConnectTunnel, openSocksTunnel, proxyFor } from '../../../prober/net/proxy.ts'
import { createTlsContexts, startTls } from '../../../prober/net/tls.ts'
import { assert, describe } from '../../harness.ts'
import { serveConnectProxy, serveSocksProxy } from '../../servers/proxy.ts'
import { closedPort, serveBytes, serveReset, serveSilence, serveTcp } from '../../servers/tcp.ts'
import type { TcpServer } from '../../servers/tcp.ts'
import { serveTls } from '../../servers/tls.ts'
import { failed } from './failed.ts'

const ENVIRONMENT: ProxyConfig = { kind: 'environment', connectHeaders: [] }
const byUrl = (url: string, noProxy = ''): ProxyConfig => ({
  kind: 'url',
  url: new URL(url),
  noProxy,
  connectHeaders: [],
})

/** Environment, URL, proxy that is taken. */
const RULES: readonly (readonly [Readonly<Record<string, string>>, string, string | undefined])[] = [
  [{}, 'http://a.example/', undefined],
  [{ HTTP_PROXY: 'http://p:1' }, 'http://a.example/', 'http://p:1/'],
  [{ HTTP_PROXY: 'http://p:1' }, 'https://a.example/', undefined],
  [{ HTTPS_PROXY: 'http://p:1' }, 'https://a.example/', 'http://p:1/'],
  [{ http_proxy: 'http://p:1' }, 'http://a.example/', 'http://p:1/'],
  [{ HTTP_PROXY: 'http://up:1', http_proxy: 'http://low:1' }, 'http://a.example/', 'http://up:1/'],
  [{ HTTP_PROXY: '', http_proxy: 'http://low:1' }, 'http://a.example/', 'http://low:1/'],
  [{ HTTP_PROXY: 'p.example:3128' }, 'http://a.example/', 'http://p.example:3128/'],
  [{ HTTPS_PROXY: 'socks5://p:1080' }, 'https://a.example/', 'socks5://p:1080'],
  [{ HTTP_PROXY: 'http://' }, 'http://a.example/', undefined],
  [{ HTTP_PROXY: 'http://p:1' }, 'http://localhost/', undefined],
  [{ HTTP_PROXY: 'http://p:1' }, 'http://127.9.9.9/', undefined],
  [{ HTTP_PROXY: 'http://p:1' }, 'http://[::1]:8080/', undefined],
  [{ HTTP_PROXY: 'http://p:1' }, 'http://localhost.example/', 'http://p:1/'],
]

/** NO_PROXY, URL, whether the proxy is taken all the same. */
const EXCEPTIONS: readonly (readonly [string, string, boolean])[] = [
  ['*', 'http://a.example/', false],
  ['b.example, *', 'http://a.example/', false],
  ['a.example', 'http://a.example/', false],
  ['a.example', 'http://x.a.example/', false],
  ['a.example', 'http://xa.example/', true],
  ['A.EXAMPLE', 'http://a.example/', false],
  ['.a.example', 'http://a.example/', true],
  ['.a.example', 'http://x.a.example/', false],
  ['*.a.example', 'http://x.a.example/', false],
  ['*.a.example', 'http://a.example/', true],
  ['a.example:8080', 'http://a.example:8080/', false],
  ['a.example:8080', 'http://a.example/', true],
  ['a.example:80', 'http://a.example/', false],
  ['a.example:443', 'https://a.example/', false],
  [' , ,b.example', 'http://a.example/', true],
  ['10.0.0.1', 'http://10.0.0.1/', false],
  ['10.0.0.1:81', 'http://10.0.0.1/', true],
  ['10.0.0.0/8', 'http://10.1.2.3/', false],
  ['10.0.0.0/8', 'http://11.0.0.1/', true],
  ['10.0.0.0/99', 'http://10.0.0.1/', true],
  ['2001:db8::1', 'http://[2001:db8::1]/', false],
  ['[2001:db8::1]:80', 'http://[2001:db8::1]/', false],
  ['2001:db8::/32', 'http://[2001:db8:5::1]/', false],
  ['0.0.1', 'http://10.0.0.1/', true],
  [':80', 'http://a.example/', true],
]

describe('proxyFor', (test) => {
  for (const [environment, url, expected] of RULES) {
    test(`${JSON.stringify(environment)}: ${url} goes ${expected === undefined ? 'direct' : `by ${expected}`}`, () => {
      assert.is(proxyFor(new URL(url), ENVIRONMENT, environment)?.href, expected)
    })
  }

  for (const [noProxy, url, proxied] of EXCEPTIONS) {
    test(`NO_PROXY=${JSON.stringify(noProxy)}: ${url} goes ${proxied ? 'by proxy' : 'direct'}`, () => {
      const environment = { HTTP_PROXY: 'http://p:1', HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy }
      assert.is(proxyFor(new URL(url), ENVIRONMENT, environment) !== undefined, proxied)
      assert.is(proxyFor(new URL(url), byUrl('http://p:1', noProxy || 'x'), {}) !== undefined, proxied)
    })
  }

  test('proxy_url without no_proxy takes everything, localhost too', () => {
    assert.is(proxyFor(new URL('http://localhost/'), byUrl('http://p:1'), {})?.href, 'http://p:1/')
  })

  test('proxy_url does not look at the environment, and no proxy means none', () => {
    const environment = { HTTP_PROXY: 'http://env:1', NO_PROXY: '*' }
    assert.is(proxyFor(new URL('http://a.example/'), byUrl('http://p:1'), environment)?.href, 'http://p:1/')
    assert.is(proxyFor(new URL('http://a.example/'), { kind: 'none' }, environment), undefined)
  })
})

function trusting(pem: string): TlsConfig {
  const ca = { from: 'value', value: secret(pem) } as const
  const none = { cert: undefined, key: undefined, serverName: undefined, minVersion: undefined, maxVersion: undefined }
  return { ...none, ca, insecureSkipVerify: false }
}

type Open = (socket: Socket, proxy: URL, signal: AbortSignal) => ReturnType<typeof openConnectTunnel>

/** Connects to the server that plays the proxy, opens a tunnel, and cleans up after a failure by itself. */
async function through(server: TcpServer, open: Open, { credentials = '', scheme = 'http', seconds = 10 } = {}) {
  using deadline = createDeadline(seconds)
  const connected = await connectTcp({ ip: '127.0.0.1', family: 4 }, server.port, deadline.signal)
  if (!connected.ok) throw new Error(connected.message)
  const proxy = new URL(`${scheme}://${credentials}127.0.0.1:${server.port}`)
  const result = await open(connected.socket, proxy, deadline.signal)
  if (!result.ok) {
    assert.is(connected.socket.destroyed, true)
    await server.allClosed()
    return result
  }
  let said = ''
  for await (const chunk of result.socket) said += String(chunk)
  return { ...result, said }
}

const connectTo =
  (authority: string, headers: readonly (readonly [string, string])[] = []): Open =>
  (socket, proxy, signal) =>
    openConnectTunnel(socket, proxy, authority, headers, signal)
const socksTo =
  (host: string, port: number): Open =>
  (socket, proxy, signal) =>
    openSocksTunnel(socket, proxy, host, port, signal)

describe('CONNECT tunnel', (test) => {
  test('reaches the target', async () => {
    await using target = await serveTcp((socket) => socket.end('hello from behind'))
    await using proxy = await serveConnectProxy()
    const result = await through(proxy, connectTo(`127.0.0.1:${target.port}`))
    assert.is(result.ok && result.said, 'hello from behind')
  })

  test('sends the headers of the module and the credentials of the URL, decoded', async () => {
    await using target = await serveTcp((socket) => socket.end('in'))
    await using proxy = await serveConnectProxy({ credentials: 'me@x:p:ä' })
    const headers = [
      ['X-Own', 'one'],
      ['proxy-authorization', 'Basic wrong'],
    ] as const
    const result = await through(proxy, connectTo(`127.0.0.1:${target.port}`, headers), {
      credentials: 'me%40x:p%3A%C3%A4@',
    })
    assert.is(result.ok && result.said, 'in')
    assert.match(proxy.requests[0] ?? '', 'X-Own: one\r\n')
    assert.not.match(proxy.requests[0] ?? '', 'wrong')
  })

  for (const credentials of ['', 'me:wrong@']) {
    test(`${credentials === '' ? 'no' : 'wrong'} credentials: proxy_auth_required, and no secret in the message`, async () => {
      await using proxy = await serveConnectProxy({ credentials: 'me:right' })
      const result = failed(await through(proxy, connectTo('a.example:443'), { credentials }))
      assert.is(result.reason, 'proxy_auth_required')
      assert.not.match(result.message, 'wrong')
    })
  }

  test('a target that the proxy cannot reach: proxy_refused with its status', async () => {
    await using proxy = await serveConnectProxy()
    const result = failed(await through(proxy, connectTo(`127.0.0.1:${await closedPort()}`)))
    assert.is(result.reason, 'proxy_refused')
    assert.match(result.message, '502 Bad Gateway')
  })

  for (const [title, serve, reason] of [
    ['silence', serveSilence, 'proxy_timeout'],
    ['a reset', serveReset, 'proxy_reset'],
    ['a close', () => serveBytes(''), 'proxy_reset'],
    ['a close in the header', () => serveBytes('HTTP/1.1 200 OK\r\nA: '), 'proxy_reset'],
    ['another protocol', () => serveBytes('SSH-2.0-x\r\n'), 'proxy_malformed'],
    ['an endless header', () => serveBytes(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(50_000)}`), 'proxy_malformed'],
    ['a redirect', () => serveBytes('HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n'), 'proxy_refused'],
  ] as const) {
    test(`${title}: ${reason}`, async () => {
      await using server = await serve()
      const result = failed(
        await through(server, connectTo('a.example:443'), { seconds: reason === 'proxy_timeout' ? 0.1 : 10 }),
      )
      assert.is(result.reason, reason)
      assert.is(result.phase, 'proxy')
    })
  }

  test('what comes right behind the header belongs to the tunnel, byte by byte', async () => {
    await using server = await serveTcp((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\nfirst ')
        socket.end('second')
      })
    })
    const result = await through(server, connectTo('a.example:443'))
    assert.is(result.ok && result.said, 'first second')
  })

  test('a header that comes byte by byte is read all the same', async () => {
    await using server = await serveTcp((socket) => {
      socket.setNoDelay(true).once('data', () => {
        const bytes = [...'HTTP/1.1 200 OK\r\n\r\nrest']
        const next = () => {
          const byte = bytes.shift()
          if (byte === undefined) socket.end()
          else socket.write(byte, () => setImmediate(next))
        }
        next()
      })
    })
    const result = await through(server, connectTo('a.example:443'))
    assert.is(result.ok && result.said, 'rest')
  })

  test('a line break in the authority or a header asks nobody', async () => {
    await using proxy = await serveConnectProxy()
    assert.is(failed(await through(proxy, connectTo('a\r\nX: y'))).reason, 'target_invalid')
    const result = failed(await through(proxy, connectTo('a:1', [['X', 's3cret\nY: z']])))
    assert.is(result.reason, 'target_invalid')
    assert.not.match(result.message, 's3cret')
    assert.is(proxy.requests.length, 0)
  })

  test('a signal that has fired ends it at once', async () => {
    await using server = await serveSilence()
    const connected = await connectTcp({ ip: '127.0.0.1', family: 4 }, server.port, new AbortController().signal)
    assert.ok(connected.ok)
    const proxy = new URL('http://p:1')
    const result = failed(await openConnectTunnel(connected.socket, proxy, 'a:1', [], AbortSignal.abort()))
    assert.is(result.reason, 'cancelled')
    await server.allClosed()
  })

  test('a socket that has ended before is a reset, not a wait', async () => {
    await using server = await serveTcp((socket) => socket.destroy())
    const connected = await connectTcp({ ip: '127.0.0.1', family: 4 }, server.port, new AbortController().signal)
    assert.ok(connected.ok)
    await new Promise((resolve) => connected.socket.once('close', resolve).resume())
    using deadline = createDeadline(10)
    const result = failed(await openConnectTunnel(connected.socket, new URL('http://p:1'), 'a:1', [], deadline.signal))
    assert.is(result.reason, 'proxy_reset')
  })

  test('TLS goes through it', async () => {
    const authority = await createAuthority()
    const identity = await authority.issue({ subject: 'CN=x', dnsNames: ['web.example'] })
    await using target = await serveTls(identity)
    await using proxy = await serveConnectProxy({ target: { host: '127.0.0.1', port: target.port } })
    const result = await through(proxy, async (socket, url, signal) => {
      const tunnel = await openConnectTunnel(socket, url, 'web.example:443', [], signal)
      if (!tunnel.ok) return tunnel
      const ca = { from: 'value', value: secret(authority.certPem) } as const
      const none = {
        cert: undefined,
        key: undefined,
        serverName: undefined,
        minVersion: undefined,
        maxVersion: undefined,
      }
      const made = await createTlsContexts()({ ...none, ca, insecureSkipVerify: false })
      if (!made.ok) return made
      const request = { context: made.context, serverName: 'web.example', alpn: [], insecureSkipVerify: false }
      return await startTls(tunnel.socket, request, signal)
    })
    assert.is(result.ok ? result.said : result.message, 'hello')
  })

  test('an https:// proxy is TLS inside TLS', async () => {
    const authority = await createAuthority()
    const identity = await authority.issue({ subject: 'CN=x', dnsNames: ['proxy.example', 'web.example'] })
    const inner = {
      isServer: true,
      secureContext: createSecureContext({ cert: identity.certPem, key: identity.keyPem }),
    }
    await using server = await serveTls(identity, {
      onSecure: (outer) => {
        outer.once('data', () => {
          outer.write('HTTP/1.1 200 OK\r\n\r\n')
          const secured = new TLSSocket(outer, inner)
          secured.on('error', () => undefined).once('secure', () => secured.end('hello from deep inside'))
        })
      },
    })
    const made = await createTlsContexts()(trusting(authority.certPem))
    assert.ok(made.ok)
    const request = { context: made.context, alpn: [], insecureSkipVerify: false }
    const result = await through(server, async (socket, url, signal) => {
      const toProxy = await startTls(socket, { ...request, serverName: 'proxy.example' }, signal)
      if (!toProxy.ok) return toProxy
      const tunnel = await openConnectTunnel(toProxy.socket, url, 'web.example:443', [], signal)
      return tunnel.ok ? await startTls(tunnel.socket, { ...request, serverName: 'web.example' }, signal) : tunnel
    })
    assert.is(result.ok ? result.said : result.message, 'hello from deep inside')
  })
})

describe('SOCKS 5 tunnel', (test) => {
  test('reaches an address, and a name that the proxy looks up', async () => {
    await using target = await serveTcp((socket) => socket.end('hello from behind'))
    await using proxy = await serveSocksProxy()
    for (const host of ['127.0.0.1', 'web.example']) {
      const result = await through(proxy, socksTo(host, target.port), { scheme: 'socks5' })
      assert.is(result.ok && result.said, 'hello from behind')
    }
    assert.equal(proxy.requests, [`ipv4 127.0.0.1:${target.port}`, `name web.example:${target.port}`])
  })

  test('writes IPv6 addresses as bytes', async () => {
    await using target = await serveTcp((socket) => socket.end('six'))
    await using proxy = await serveSocksProxy({ target: { host: '127.0.0.1', port: target.port } })
    const result = await through(proxy, socksTo('2001:db8::ff:1', 443), { scheme: 'socks5' })
    assert.is(result.ok && result.said, 'six')
    assert.equal(proxy.requests, ['ipv6 2001:db8:0:0:0:0:ff:1:443'])
  })

  test('logs in with the credentials of the URL', async () => {
    await using target = await serveTcp((socket) => socket.end('in'))
    await using proxy = await serveSocksProxy({ credentials: 'me:p@ss' })
    const result = await through(proxy, socksTo('127.0.0.1', target.port), {
      scheme: 'socks5',
      credentials: 'me:p%40ss@',
    })
    assert.is(result.ok && result.said, 'in')
  })

  for (const [title, credentials] of [
    ['wrong', 'me:wrong@'],
    ['no', ''],
    ['too long', `${'x'.repeat(300)}:y@`],
  ] as const) {
    test(`${title} credentials: proxy_auth_required`, async () => {
      await using proxy = await serveSocksProxy({ credentials: 'me:right' })
      const result = failed(await through(proxy, socksTo('127.0.0.1', 80), { scheme: 'socks5', credentials }))
      assert.is(result.reason, 'proxy_auth_required')
      assert.not.match(result.message, 'wrong')
    })
  }

  test('a target that the proxy cannot reach: proxy_refused in its words', async () => {
    await using proxy = await serveSocksProxy()
    const result = failed(await through(proxy, socksTo('127.0.0.1', await closedPort()), { scheme: 'socks5' }))
    assert.is(result.reason, 'proxy_refused')
    assert.match(result.message, 'connection refused by the target')
  })

  for (const [title, serve, reason] of [
    ['silence', serveSilence, 'proxy_timeout'],
    ['a reset', serveReset, 'proxy_reset'],
    ['a close', () => serveBytes(''), 'proxy_reset'],
    ['HTTP', () => serveBytes('HTTP/1.1 400 Bad Request\r\n\r\n'), 'proxy_malformed'],
    ['SOCKS 4', () => serveBytes(Buffer.from([0, 90, 0, 0, 0, 0, 0, 0])), 'proxy_malformed'],
  ] as const) {
    test(`${title}: ${reason}`, async () => {
      await using server = await serve()
      const seconds = reason === 'proxy_timeout' ? 0.1 : 10
      const result = failed(await through(server, socksTo('a.example', 443), { scheme: 'socks5', seconds }))
      assert.is(result.reason, reason)
      assert.is(result.phase, 'proxy')
    })
  }

  test('a host over 255 bytes asks nobody', async () => {
    await using server = await serveSilence()
    assert.is(failed(await through(server, socksTo('x'.repeat(300), 80))).reason, 'target_invalid')
  })
})
