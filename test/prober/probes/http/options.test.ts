/** Every option of an http module, on both sides of its edge. */
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { createAuthority } from '../../../../cli/demo/authority.ts'
import type { CelProgram, HttpModule } from '../../../../prober/config/schema.ts'
import { assert, describe } from '../../../harness.ts'
import { answer, bodyOf, serveHttp } from '../../../servers/http.ts'
import { NO_TLS_OPTIONS, regexp, run, trusting, value, verdictOf } from '../http-module.ts'

const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=a.test', dnsNames: ['a.test'], ips: ['127.0.0.1'] })
const tls = trusting(authority.certPem)

/** `body.<field> == true`, where the real one would be compiled from CEL. */
function cel(field: string): CelProgram {
  const evaluate = (body: unknown) => {
    const found = (body as Record<string, unknown>)[field]
    return typeof found === 'boolean' ? found : { error: `no such key: ${field}` }
  }
  return { source: `body.${field}`, evaluate }
}

const header = (name: string, source: string, allowMissing = false) => [
  { header: name, regexp: regexp(source), allowMissing },
]

const BODY = JSON.stringify({ up: true, down: false, text: 'größer' })
const HEADERS = { 'X-Kind': ['first', 'second'], 'Content-Length': String(Buffer.byteLength(BODY)) }

const CHECKS: readonly (readonly [string, Partial<HttpModule>, string])[] = [
  ['a status of 200 with no list', {}, 'ok'],
  ['a status in the list', { validStatusCodes: [404, 200] }, 'ok'],
  ['a status outside the list', { validStatusCodes: [201] }, 'check http_status'],
  ['a version in the list', { validHttpVersions: ['HTTP/1.1'] }, 'ok'],
  ['a version outside the list', { validHttpVersions: ['HTTP/2.0'] }, 'check http_version'],
  ['an unwanted text that is not there', { failIfBodyMatchesRegexp: [regexp('error')] }, 'ok'],
  ['an unwanted text that is there', { failIfBodyMatchesRegexp: [regexp('x'), regexp('größ')] }, 'check body_regexp'],
  ['a wanted text that is there', { failIfBodyNotMatchesRegexp: [regexp('up'), regexp('größer')] }, 'ok'],
  [
    'a wanted text that is not there',
    { failIfBodyNotMatchesRegexp: [regexp('up'), regexp('^up')] },
    'check body_regexp',
  ],
  ['an unwanted header value', { failIfHeaderMatches: header('x-kind', '^second$') }, 'check header_regexp'],
  ['no unwanted header value', { failIfHeaderMatches: header('X-Kind', 'third') }, 'ok'],
  ['an unwanted header that is missing', { failIfHeaderMatches: header('X-No', '.') }, 'check header_regexp'],
  ['a header named like what every object has', { failIfHeaderMatches: header('constructor', '.', true) }, 'ok'],
  ['an unwanted header that may be missing', { failIfHeaderMatches: header('X-No', '.', true) }, 'ok'],
  ['a wanted header value', { failIfHeaderNotMatches: header('X-KIND', 'first') }, 'ok'],
  ['no wanted header value', { failIfHeaderNotMatches: header('X-Kind', 'third') }, 'check header_regexp'],
  ['a wanted header that is missing', { failIfHeaderNotMatches: header('X-No', '.') }, 'check header_regexp'],
  ['a wanted header that may be missing', { failIfHeaderNotMatches: header('X-No', '.', true) }, 'ok'],
  ['a CEL condition that must not hold and does not', { failIfBodyJsonMatchesCel: cel('down') }, 'ok'],
  ['a CEL condition that must not hold and does', { failIfBodyJsonMatchesCel: cel('up') }, 'check body_cel'],
  ['a CEL condition that must hold and does', { failIfBodyJsonNotMatchesCel: cel('up') }, 'ok'],
  ['a CEL condition that must hold and does not', { failIfBodyJsonNotMatchesCel: cel('down') }, 'check body_cel'],
  ['a CEL condition that cannot be evaluated', { failIfBodyJsonNotMatchesCel: cel('none') }, 'check body_cel'],
  [
    'a regexp and a CEL condition together',
    { failIfBodyNotMatchesRegexp: [regexp('up')], failIfBodyJsonNotMatchesCel: cel('up') },
    'ok',
  ],
  ['a body of the limit', { bodySizeLimitBytes: Buffer.byteLength(BODY) }, 'ok'],
  ['a body of one byte over the limit', { bodySizeLimitBytes: Buffer.byteLength(BODY) - 1 }, 'transfer body_too_large'],
  ['no TLS where none is wanted', { failIfSsl: true }, 'ok'],
  ['no TLS where it is wanted', { failIfNotSsl: true }, 'check ssl_missing'],
  [
    'several faults: the status comes first',
    { validStatusCodes: [500], failIfHeaderMatches: header('X-Kind', '.'), failIfNotSsl: true },
    'check http_status',
  ],
  [
    'several faults: headers come before the body',
    { failIfHeaderMatches: header('X-Kind', '.'), failIfBodyMatchesRegexp: [regexp('up')] },
    'check header_regexp',
  ],
  [
    'several faults: the body comes before the version',
    { failIfBodyMatchesRegexp: [regexp('up')], validHttpVersions: ['HTTP/1.0'] },
    'check body_regexp',
  ],
  [
    'several faults: the version comes before TLS',
    { failIfNotSsl: true, validHttpVersions: ['HTTP/1.0'] },
    'check http_version',
  ],
]

describe('an HTTP probe judges', (test) => {
  for (const [title, module, verdict] of CHECKS) {
    test(`${title}: ${verdict}`, async () => {
      await using server = await serveHttp(answer(200, BODY, HEADERS))
      const result = await run(server.url, module)
      assert.is(verdictOf(result), verdict, verdictOf(result))
      const { http } = result
      assert.is(http.failedDueToRegex, /regexp/.test(verdict))
      const hasCel = module.failIfBodyJsonMatchesCel ?? module.failIfBodyJsonNotMatchesCel
      assert.is(http.failedDueToCel, hasCel === undefined ? undefined : /cel/.test(verdict))
      assert.is(http.statusCode, 200)
      assert.is(http.contentLengthBytes, Buffer.byteLength(BODY))
      if (verdict !== 'transfer body_too_large') assert.is(http.uncompressedBodyBytes, Buffer.byteLength(BODY))
    })
  }

  test('a body that is not JSON: check body_cel', async () => {
    await using server = await serveHttp(answer(200, '<html>'))
    const result = await run(server.url, { failIfBodyJsonMatchesCel: cel('up') })
    assert.is(verdictOf(result), 'check body_cel')
  })

  test('TLS that is not wanted: check ssl_present', async () => {
    await using server = await serveHttp(answer(200), { identity })
    assert.is(verdictOf(await run(server.url, { tls, failIfSsl: true })), 'check ssl_present')
    const result = await run(server.url, { tls, failIfNotSsl: true })
    assert.is(verdictOf(result), 'ok')
    assert.ok(result.http.ssl && result.tls !== undefined)
  })
})

const COMPRESSED = [
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateRawSync],
  ['zstd', zstdCompressSync],
  ['identity', (text: string) => Buffer.from(text)],
] as const

describe('a compressed body', (test) => {
  for (const [compression, compress] of COMPRESSED) {
    test(`${compression} is decompressed before it is matched and counted`, async () => {
      const text = 'hello '.repeat(100_000)
      const body = compress(text)
      await using server = await serveHttp(answer(200, body, { 'Content-Length': String(body.length) }))
      const result = await run(server.url, { compression, failIfBodyNotMatchesRegexp: [regexp('^(hello ){1000}')] })
      assert.is(verdictOf(result), 'ok')
      assert.is(result.http.uncompressedBodyBytes, text.length)
      assert.is(result.http.contentLengthBytes, body.length)
    })
  }

  test('is not asked for, nor taken apart, unless the module says so', async () => {
    let accepted: string | undefined
    await using server = await serveHttp((request, response) => {
      accepted = request.headers['accept-encoding']
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('hello'))
    })
    const result = await run(server.url, { failIfBodyMatchesRegexp: [regexp('hello')] })
    assert.is(verdictOf(result), 'ok')
    assert.is(accepted, undefined)
  })
})

interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly body: string
}

async function requestOf(module: Partial<HttpModule>, path = '/', hostname?: string): Promise<Received> {
  const received: Received[] = []
  await using server = await serveHttp(async (request, response) => {
    const { method = '', url = '', headers, rawHeaders } = request
    received.push({ method, path: url, headers, rawHeaders, body: await bodyOf(request) })
    response.end()
  })
  const result = await run(`${server.url}${path}`, module, hostname === undefined ? {} : { hostname })
  assert.is(verdictOf(result), 'ok', verdictOf(result))
  const [request] = received
  if (request === undefined || received.length !== 1) throw new Error(`${received.length} requests`)
  return request
}

describe('the request of an HTTP probe', (test) => {
  test('is one GET that closes its connection and names us', async () => {
    const { method, path, headers } = await requestOf({}, '/a?b=c#d')
    assert.is(`${method} ${path}`, 'GET /a?b=c')
    assert.is(headers.connection, 'close')
    assert.is(headers['user-agent'], 'Sonde/1.2.3')
    assert.match(String(headers.host), /^127\.0\.0\.1:\d+$/)
  })

  test('carries the headers of the module as they are written, also beyond ASCII', async () => {
    const { headers, rawHeaders } = await requestOf({
      headers: { 'User-agent': 'probe', 'X-CaSe': 'größer', Connection: 'keep-alive', 'Content-Length': '5' },
    })
    assert.is(headers['user-agent'], 'probe')
    assert.ok(rawHeaders.includes('X-CaSe'))
    assert.is(Buffer.from(String(headers['x-case']), 'latin1').toString('utf8'), 'größer')
    assert.is(headers.connection, 'close')
    assert.is(headers['content-length'], undefined)
  })

  test('carries every value of http_headers, files trimmed', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const path = join(folder.path, 'token')
    await writeFile(path, 'from-file\n')
    const values = [value('one'), value('two'), { from: 'file', path } as const]
    const { headers } = await requestOf({ httpHeaders: [{ name: 'X-Token', values }] })
    assert.is(headers['x-token'], 'one, two, from-file')
  })

  test('takes its Host from the module, and from the hostname parameter before that', async () => {
    assert.is((await requestOf({ headers: { host: 'shop.test' } })).headers.host, 'shop.test')
    assert.is((await requestOf({}, '/', 'other.test')).headers.host, 'other.test')
    assert.is((await requestOf({}, '/', '[::1]:8443')).headers.host, '[::1]:8443')
  })

  for (const hostname of ['', 'a b', 'a\r\nX-Injected: 1', 'a\0.test', 'a.test/', 'user@a.test', 'a'.repeat(261)]) {
    test(`is not sent with ${JSON.stringify(hostname.slice(0, 20))} as its Host`, async () => {
      await using server = await serveHttp(answer(200))
      const result = await run(server.url, {}, { hostname })
      assert.is(verdictOf(result), 'prepare target_invalid')
      assert.is(server.connections(), 0)
    })
  }

  for (const [method, body, length] of [
    ['POST', 'größer', '8'],
    ['POST', '', '0'],
    ['PUT', 'a', '1'],
    ['GET', '', undefined],
    ['DELETE', '', undefined],
    ['PURGE', '', undefined],
  ] as const) {
    test(`${method} with ${body.length} characters of body says length ${length}`, async () => {
      const received = await requestOf({ method, body })
      assert.is(received.method, method)
      assert.is(received.body, body)
      assert.is(received.headers['content-length'], length)
    })
  }

  test('takes its body from a file, read for each probe', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const bodyFile = join(folder.path, 'body')
    for (const body of ['first\n', 'second\n']) {
      await writeFile(bodyFile, body)
      assert.is((await requestOf({ method: 'POST', bodyFile })).body, body)
    }
  })

  test('HEAD takes the length from the header and waits for no body', async () => {
    await using server = await serveHttp(answer(200, '', { 'Content-Length': '1234' }))
    const result = await run(server.url, { method: 'HEAD' })
    assert.is(verdictOf(result), 'ok')
    assert.is(result.http.contentLengthBytes, 1234)
    assert.is(result.http.uncompressedBodyBytes, 0)
  })

  for (const [title, module, path, expected] of [
    ['basic_auth', { auth: { kind: 'basic', username: value('us'), password: value('pä:ss') } }, '/', 'us:pä:ss'],
    ['the URL', {}, 'user:p%40ss@', 'user:p@ss'],
  ] as const) {
    test(`carries the credentials of ${title}`, async () => {
      let authorization = ''
      await using server = await serveHttp((request, response) => {
        authorization = request.headers.authorization ?? ''
        response.end()
      })
      const result = await run(server.url.replace('//', path === '/' ? '//' : `//${path}`), module)
      assert.is(verdictOf(result), 'ok')
      assert.is(authorization, `Basic ${Buffer.from(expected).toString('base64')}`)
      assert.not.match(JSON.stringify(result), /p%40ss|p@ss|pä:ss/)
    })
  }

  test('carries an authorization, a header of the module before it', async () => {
    const auth = { kind: 'authorization', type: 'Bearer', credentials: value('abc') } as const
    assert.is((await requestOf({ auth })).headers.authorization, 'Bearer abc')
    assert.is((await requestOf({ auth, headers: { authorization: 'Mine x' } })).headers.authorization, 'Mine x')
  })

  test('asks to upgrade, and 101 is then the final answer', async () => {
    await using server = await serveHttp(answer(400))
    server.onUpgrade((_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    })
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' }
    const result = await run(server.url, { headers, validStatusCodes: [101] })
    assert.is(verdictOf(result), 'ok', verdictOf(result))
    assert.is(result.http.statusCode, 101)
  })
})

describe('an HTTP probe that cannot read its files', (test) => {
  const missing = { from: 'file', path: '/nowhere/secret' } as const
  const rows: readonly (readonly [string, Partial<HttpModule>])[] = [
    ['body_file', { bodyFile: '/nowhere/secret' }],
    ['basic_auth', { auth: { kind: 'basic', username: value('a'), password: missing } }],
    ['authorization', { auth: { kind: 'authorization', type: 'Bearer', credentials: missing } }],
    ['http_headers', { httpHeaders: [{ name: 'X-A', values: [missing] }] }],
    ['tls_config', { tls: { ...NO_TLS_OPTIONS, ca: missing } }],
  ]
  for (const [title, module] of rows) {
    test(`of ${title} says which, and sends nothing`, async () => {
      await using server = await serveHttp(answer(200), { identity })
      const result = await run(server.url, module)
      assert.is(verdictOf(result), 'prepare file_unreadable')
      assert.match(result.outcome.ok ? '' : result.outcome.message, /\/nowhere\/secret/)
      assert.is(server.connections(), 0)
    })
  }

  test('a secret that no header can carry is not shown', async () => {
    await using server = await serveHttp(answer(200))
    const result = await run(server.url, { httpHeaders: [{ name: 'X-A', values: [value('line\nbreak')] }] })
    assert.is(verdictOf(result), 'prepare file_unreadable')
    assert.not.match(JSON.stringify(result), 'break"')
    assert.is(server.connections(), 0)
  })
})

describe('the facts of an HTTP probe', (test) => {
  for (const [text, seconds] of [
    ['Sun, 06 Nov 1994 08:49:37 GMT', 784_111_777],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 784_111_777],
    ['Sun Nov  6 08:49:37 1994', 784_111_777],
    ['2020', undefined],
    ['yesterday', undefined],
  ] as const) {
    test(`Last-Modified ${text} is ${seconds}`, async () => {
      await using server = await serveHttp(answer(200, '', { 'Last-Modified': text }))
      assert.is((await run(server.url)).http.lastModifiedSeconds, seconds)
    })
  }

  for (const [status, headers, length] of [
    [200, { 'Transfer-Encoding': 'chunked' }, -1],
    [204, {}, 0],
    [304, {}, 0],
    [200, { 'Content-Length': '0' }, 0],
  ] as const) {
    test(`the content length of ${status} with ${JSON.stringify(headers)} is ${length}`, async () => {
      await using server = await serveHttp(answer(status, '', headers))
      assert.is((await run(server.url)).http.contentLengthBytes, length)
    })
  }

  test('the names of headers are logged, their values are not', async () => {
    await using server = await serveHttp(answer(200, '', { 'X-Secret': 'hush' }))
    const log = JSON.stringify((await run(server.url)).log)
    assert.match(log, 'x-secret')
    assert.not.match(log, 'hush')
  })
})
