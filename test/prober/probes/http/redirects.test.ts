import type { RequestListener } from 'node:http'
import { createAuthority } from '../../../../cli/demo/authority.ts'
import type { HttpModule } from '../../../../prober/config/schema.ts'
import { assert, describe } from '../../../harness.ts'
import { answer, bodyOf, serveHttp } from '../../../servers/http.ts'
import { regexp, run, sumOfPhases, trusting, value, verdictOf } from '../http-module.ts'

/** `/` leads to each Location in turn, the last hop answers 200. */
function chain(status: number, ...locations: readonly string[]): RequestListener {
  let at = 0
  return (_request, response) => {
    const location = locations[at]
    at += 1
    if (location === undefined) response.end('arrived')
    else response.writeHead(status, { Location: location }).end('moved')
  }
}

const LOOP: RequestListener = (_request, response) => response.writeHead(302, { Location: '/' }).end()

describe('an HTTP probe and redirects', (test) => {
  test('ten are followed', async () => {
    await using server = await serveHttp(chain(302, ...Array.from({ length: 10 }, (_, index) => `/${index}`)))
    const result = await run(server.url, { failIfBodyNotMatchesRegexp: [regexp('^arrived$')] })
    assert.is(verdictOf(result), 'ok')
    assert.is(result.http.redirects, 10)
    assert.is(result.http.hops.length, 11)
    assert.is(server.connections(), 11)
    assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9)
  })

  test('the answer of the eleventh is final, so a loop ends', async () => {
    await using server = await serveHttp(LOOP)
    const result = await run(server.url)
    assert.is(verdictOf(result), 'check http_status')
    assert.is(
      result.outcome.ok ? '' : result.outcome.message,
      'The status code is 302, none of 200 to 299; it came after 10 redirects, the most that are followed: is this a loop?',
    )
    assert.is(result.http.redirects, 11)
    assert.is(result.http.statusCode, 302)
    assert.is(server.connections(), 11)
  })

  test('with follow_redirects false the first answer is final and counts as one', async () => {
    await using server = await serveHttp(chain(301, '/next'))
    const result = await run(server.url, { followRedirects: false, validStatusCodes: [301] })
    assert.is(verdictOf(result), 'ok')
    assert.is(result.http.redirects, 1)
    assert.is(server.connections(), 1)
  })

  for (const status of [300, 304, 305, 306]) {
    test(`${status} is no redirect`, async () => {
      await using server = await serveHttp(chain(status, '/next'))
      const result = await run(server.url, { validStatusCodes: [status] })
      assert.is(verdictOf(result), 'ok')
      assert.is(result.http.redirects, 0)
    })
  }

  test('without a Location it is final', async () => {
    await using server = await serveHttp(answer(302))
    const result = await run(server.url, { validStatusCodes: [302] })
    assert.is(verdictOf(result), 'ok')
    assert.is(result.http.redirects, 0)
  })

  for (const [location, message] of [
    ['http://[', /no URL/],
    ['ftp://127.0.0.1/', /ftp:/],
    ['javascript:alert(1)', /javascript:/],
    ['http://127.0.0.1:0/', /port 0/],
    ['http://127.0.0.1:99999/', /no URL/],
  ] as const) {
    test(`to ${location} it is malformed`, async () => {
      await using server = await serveHttp(chain(302, location))
      const result = await run(server.url)
      assert.is(verdictOf(result), 'check http_redirect_malformed')
      assert.match(result.outcome.ok ? '' : result.outcome.message, message)
    })
  }

  for (const [location, path] of [
    ['next', '/a/next'],
    ['../next?q=1#f', '/next?q=1'],
    ['?q', '/a/b?q'],
    ['/größe', '/gr%C3%B6%C3%9Fe'],
  ] as const) {
    test(`from /a/b to ${location} it leads to ${path}`, async () => {
      const paths: string[] = []
      await using server = await serveHttp((request, response) => {
        paths.push(request.url ?? '')
        const raw = Buffer.from(location, 'utf8').toString('latin1')
        if (paths.length === 1) response.writeHead(302, { Location: raw }).end()
        else response.end()
      })
      assert.is(verdictOf(await run(`${server.url}/a/b`)), 'ok')
      assert.equal(paths, ['/a/b', path])
    })
  }

  for (const [method, status, expected] of [
    ['POST', 301, 'GET '],
    ['POST', 302, 'GET '],
    ['POST', 303, 'GET '],
    ['PUT', 303, 'GET '],
    ['HEAD', 302, 'HEAD '],
    ['POST', 307, 'POST body'],
    ['PUT', 308, 'PUT body'],
  ] as const) {
    test(`${method} after ${status} is ${expected}`, async () => {
      const seen: string[] = []
      await using server = await serveHttp(async (request, response) => {
        seen.push(`${request.method} ${await bodyOf(request)}|${request.headers['content-type'] ?? ''}`)
        if (seen.length === 1) response.writeHead(status, { Location: '/next' }).end()
        else response.end()
      })
      const body = method === 'HEAD' ? '' : 'body'
      const headers = body === '' ? {} : { 'Content-Type': 'text/x' }
      assert.is(verdictOf(await run(server.url, { method, body, headers })), 'ok')
      assert.is(seen[1], `${expected}|${expected.endsWith('body') ? 'text/x' : ''}`)
    })
  }

  test('a hop that cannot be reached fails with its own phase, and the status is 0', async () => {
    await using server = await serveHttp(chain(302, 'http://nowhere.test/'))
    const result = await run(server.url)
    assert.is(verdictOf(result), 'resolve dns_nxdomain')
    assert.is(result.http.statusCode, 0)
    assert.equal(
      result.http.hops.map((hop) => hop.statusCode),
      [302, 0],
    )
  })

  test('from https to http the final answer came without TLS', async () => {
    const authority = await createAuthority()
    const identity = await authority.issue({ subject: 'CN=a.test', dnsNames: ['a.test'] })
    await using plain = await serveHttp(answer(200))
    await using edge = await serveHttp(chain(302, plain.url), { identity })
    const module = { tls: trusting(authority.certPem), failIfNotSsl: true }
    const result = await run(`https://a.test:${edge.port}/`, module)
    assert.is(verdictOf(result), 'check ssl_missing')
    assert.ok(!result.http.ssl)
    assert.ok(result.tls !== undefined, 'facts of the last TLS connection')
    assert.equal(
      result.http.hops.map((hop) => hop.tls !== undefined),
      [true, false],
    )
  })
})

interface Seen {
  readonly host: string
  readonly authorization: string | undefined
  readonly token: string | undefined
  readonly cookie: string | undefined
}

/** A server of every name; what each hop was told. */
async function hopsOf(locations: readonly string[], module: Partial<HttpModule>, start = 'http://a.test:PORT/') {
  const seen: Seen[] = []
  await using server = await serveHttp((request, response) => {
    const { host = '', authorization, cookie } = request.headers
    seen.push({ host: host.replace(/:.*/, ''), authorization, token: request.headers['x-token'] as string, cookie })
    const location = locations[seen.length - 1]?.replace('PORT', String(server.port))
    if (location === undefined) response.end()
    else response.writeHead(302, { Location: location, 'Set-Cookie': [`hop${seen.length}=1; Path=/`] }).end()
  })
  const result = await run(start.replace('PORT', String(server.port)), module)
  assert.is(verdictOf(result), 'ok', verdictOf(result))
  return seen
}

describe('credentials and redirects', (test) => {
  const module: Partial<HttpModule> = {
    auth: { kind: 'basic', username: value('user'), password: value('pass') },
    httpHeaders: [{ name: 'X-Token', values: [value('t')] }],
    headers: { Cookie: 'own=1' },
  }
  const held = (seen: readonly Seen[]) =>
    seen.map(
      ({ authorization, token, cookie }) =>
        [authorization, token, cookie?.includes('own=1') || undefined].filter(Boolean).length,
    )

  for (const [title, locations, expected] of [
    ['stay on a relative redirect', ['/next'], [3, 3]],
    ['stay on an absolute redirect to the same host (#1656)', ['http://a.test:PORT/next'], [3, 3]],
    ['stay on a redirect without scheme to the same host', ['//a.test:PORT/next'], [3, 3]],
    ['do not go to another host', ['http://b.test:PORT/'], [3, 0]],
    ['do not go to a subdomain', ['http://x.a.test:PORT/'], [3, 0]],
    ['do not go to a host that only begins alike', ['http://a.test.b.test:PORT/'], [3, 0]],
    ['stay away once they were left behind', ['http://b.test:PORT/', 'http://a.test:PORT/'], [3, 0, 0]],
  ] as const) {
    test(title, async () => assert.equal(held(await hopsOf(locations, module)), [...expected]))
  }

  test('do not go from https down to http on the same host', async () => {
    const authority = await createAuthority()
    const identity = await authority.issue({ subject: 'CN=a.test', dnsNames: ['a.test'] })
    let authorization: string | undefined = 'none came'
    await using plain = await serveHttp((request, response) => {
      authorization = request.headers.authorization
      response.end()
    })
    await using edge = await serveHttp(chain(302, `http://a.test:${plain.port}/`), { identity })
    const result = await run(`https://a.test:${edge.port}/`, { ...module, tls: trusting(authority.certPem) })
    assert.is(verdictOf(result), 'ok')
    assert.is(authorization, undefined)
  })

  test('of a URL go with it, to its own host only', async () => {
    const start = 'http://user:pass@a.test:PORT/'
    const basic = `Basic ${Buffer.from('user:pass').toString('base64')}`
    const authorizations = async (location: string) =>
      (await hopsOf([location], {}, start)).map(({ authorization }) => authorization)
    assert.equal(await authorizations('http://a.test:PORT/next'), [basic, basic])
    assert.equal(await authorizations('http://b.test:PORT/next'), [basic, undefined])
  })

  test('a Host header goes along relative redirects only', async () => {
    const hosts = async (location: string) =>
      (await hopsOf([location], { headers: { Host: 'shop.test' } })).map(({ host }) => host)
    assert.equal(await hosts('/next'), ['shop.test', 'shop.test'])
    assert.equal(await hosts('http://a.test:PORT/'), ['shop.test', 'a.test'])
    assert.equal(await hosts('/\t/a.test:PORT/'), ['shop.test', 'a.test'])
  })
})

describe('redirects at a hop of a path', (test) => {
  const AS_HOP = { hostname: 'shop.test', staysAtTarget: true }
  const rows: readonly (readonly [title: string, location: string, seen: string])[] = [
    ['to the host that users ask for stays', 'https://shop.test/next?a=1', 'shop.test /next?a=1'],
    ['without a host stays', '/next', 'shop.test /next'],
    ['whose path looks like a host stays all the same', 'http://shop.test//b.test/', 'shop.test //b.test/'],
    ['to another host is followed', 'http://a.test:PORT/next', 'a.test:PORT /next'],
    ['to another port of that host is followed', 'http://shop.test:PORT/next', 'shop.test:PORT /next'],
  ]
  for (const [title, location, seen] of rows) {
    test(`one ${title}`, async () => {
      const asked: string[] = []
      await using server = await serveHttp((request, response) => {
        asked.push(`${request.headers.host} ${request.url}`)
        if (asked.length > 1) response.end()
        else response.writeHead(301, { location: location.replace('PORT', String(server.port)) }).end()
      })
      assert.is(verdictOf(await run(`http://a.test:${server.port}/`, {}, AS_HOP)), 'ok')
      assert.equal(asked, ['shop.test /', seen.replace('PORT', String(server.port))])
    })
  }

  test('one away and back ends at the hop, with its name for TLS', async () => {
    const authority = await createAuthority()
    const identity = await authority.issue({ subject: 'CN=shop.test', dnsNames: ['shop.test', 'login.test'] })
    const asked: (string | undefined)[] = []
    const ways = (port: number) => [`https://login.test:${port}/`, 'https://shop.test/in']
    await using server = await serveHttp(
      (request, response) => {
        asked.push(request.headers.host)
        const location = ways(server.port)[asked.length - 1]
        if (location === undefined) response.end()
        else response.writeHead(302, { location }).end()
      },
      { identity },
    )
    const result = await run(`https://a.test:${server.port}/`, { tls: trusting(authority.certPem) }, AS_HOP)
    assert.is(verdictOf(result), 'ok')
    assert.equal(asked, ['shop.test', `login.test:${server.port}`, 'shop.test'])
    assert.is(result.tls?.serverName, 'shop.test')
  })
})

describe('cookies and redirects', (test) => {
  const cookiesOf = async (locations: readonly string[]) => (await hopsOf(locations, {})).map(({ cookie }) => cookie)

  test('a cookie is sent back to the host that set it', async () => {
    assert.equal(await cookiesOf(['/a', '/b']), [undefined, 'hop1=1', 'hop1=1; hop2=1'])
  })

  test('a cookie is not sent to another host, and is there again on the way back', async () => {
    const locations = ['http://b.test:PORT/', 'http://a.test:PORT/']
    assert.equal(await cookiesOf(locations), [undefined, undefined, 'hop1=1'])
  })

  test('a cookie for a public suffix is refused', async () => {
    const cookies: (string | undefined)[] = []
    await using server = await serveHttp((request, response) => {
      cookies.push(request.headers.cookie)
      const location = `http://b.co.uk.test:${server.port}/`
      if (cookies.length > 1) response.end()
      else response.writeHead(302, { Location: location, 'Set-Cookie': ['evil=1; Domain=test', 'junk', ''] }).end()
    })
    assert.is(verdictOf(await run(`http://a.test:${server.port}/`)), 'ok')
    assert.equal(cookies, [undefined, undefined])
  })
})
