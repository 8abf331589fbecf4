import type { IncomingMessage, RequestListener } from 'node:http'
import type { HttpAuth, OAuth2Config } from '../../../../prober/config/schema.ts'
import { assert, describe } from '../../../harness.ts'
import { serveRaw, silent } from '../../../servers/hostile.ts'
import { answer, bodyOf, serveHttp } from '../../../servers/http.ts'
import { httpModule, NO_TLS_OPTIONS, resolve, run, sumOfPhases, testProbe, value, verdictOf } from '../http-module.ts'

function oauth2(tokenUrl: string, overrides: Partial<OAuth2Config> = {}): HttpAuth {
  const config: OAuth2Config = {
    clientId: 'prober',
    clientSecret: value('s3cret'),
    scopes: ['read', 'write'],
    tokenUrl: new URL(tokenUrl),
    endpointParams: { audience: 'shop' },
    tls: NO_TLS_OPTIONS,
    proxy: { kind: 'none' },
    cacheToken: true,
    ...overrides,
  }
  return { kind: 'oauth2', oauth2: config }
}

interface TokenCall {
  readonly authorization: string | undefined
  readonly form: string
}

/** Answers each call by `respond`, and keeps what it was asked. */
async function serveTokens(respond: (call: TokenCall, nth: number) => readonly [number, string]) {
  const calls: TokenCall[] = []
  const listener: RequestListener = async (request, response) => {
    const call = { authorization: request.headers.authorization, form: await bodyOf(request) }
    calls.push(call)
    const [status, body] = respond(call, calls.length)
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body)
  }
  return Object.assign(await serveHttp(listener), { calls })
}

const token = (name: string, more = {}) => JSON.stringify({ access_token: name, token_type: 'bearer', ...more })
const seenBy = (authorizations: string[], status = 200): RequestListener => {
  return (request: IncomingMessage, response) => {
    authorizations.push(request.headers.authorization ?? '')
    response.writeHead(status).end()
  }
}

describe('an HTTP probe with OAuth2', (test) => {
  test('asks for a token first, in a phase of its own', async () => {
    const authorizations: string[] = []
    await using target = await serveHttp(seenBy(authorizations))
    await using tokens = await serveTokens(() => [200, token('abc')])
    const result = await run(target.url, { auth: oauth2(tokens.url) })
    assert.is(verdictOf(result), 'ok')
    assert.equal(authorizations, ['Bearer abc'])
    assert.equal(tokens.calls, [
      {
        authorization: `Basic ${Buffer.from('prober:s3cret').toString('base64')}`,
        form: 'grant_type=client_credentials&scope=read+write&audience=shop',
      },
    ])
    assert.ok((result.phases.token ?? 0) > 0)
    assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9)
    assert.not.match(JSON.stringify(result), /s3cret|abc/)
  })

  test('tries the form where the server does not take the header, and remembers it', async () => {
    await using target = await serveHttp(answer(200))
    await using tokens = await serveTokens(({ form }) =>
      form.includes('client_secret=s3cret')
        ? [200, token('abc', { expires_in: 1 })]
        : [401, '{"error":"invalid_client"}'],
    )
    const auth = oauth2(tokens.url)
    const probe = testProbe()
    for (const calls of [2, 3]) {
      const request = { target: target.url, module: httpModule({ auth }), timeoutSeconds: 5 }
      assert.is(verdictOf(await probe(request, new AbortController().signal)), 'ok')
      assert.is(tokens.calls.length, calls)
    }
  })

  for (const [title, overrides, expiresIn, calls] of [
    ['keeps its token while it is valid', {}, 3600, 1],
    ['keeps a token that never expires', {}, undefined, 1],
    ['asks again for a token that is about to expire', {}, 9, 2],
    ['asks for each probe when the module says so', { cacheToken: false }, 3600, 2],
  ] as const) {
    test(title, async () => {
      await using target = await serveHttp(answer(200))
      await using tokens = await serveTokens(() => [200, token('abc', { expires_in: expiresIn })])
      const auth = oauth2(tokens.url, overrides)
      const probe = testProbe()
      const request = { target: target.url, module: httpModule({ auth }), timeoutSeconds: 5 }
      for (let nth = 0; nth < 2; nth += 1) await probe(request, new AbortController().signal)
      assert.is(tokens.calls.length, calls)
    })
  }

  test('forgets a token that the target answers with 401', async () => {
    const authorizations: string[] = []
    await using target = await serveHttp(seenBy(authorizations, 401))
    await using tokens = await serveTokens((_call, nth) => [200, token(`t${nth}`)])
    const auth = oauth2(tokens.url)
    const probe = testProbe()
    const request = { target: target.url, module: httpModule({ auth }), timeoutSeconds: 5 }
    for (let nth = 0; nth < 2; nth += 1) await probe(request, new AbortController().signal)
    assert.equal(authorizations, ['Bearer t1', 'Bearer t2'])
  })

  test('shares one call among probes of the same moment, and outlives the one that gives up', async () => {
    await using target = await serveHttp(answer(200))
    const asked = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    await using tokens = await serveHttp(async (_request, response) => {
      asked.resolve()
      await go.promise
      response.end(token('abc'))
    })
    const auth = oauth2(tokens.url)
    const probe = testProbe()
    const impatient = new AbortController()
    const request = { target: target.url, module: httpModule({ auth }), timeoutSeconds: 5 }
    const first = probe(request, impatient.signal)
    const others = [1, 2, 3].map(() => probe(request, new AbortController().signal))
    await asked.promise
    impatient.abort()
    assert.is(verdictOf(await first), 'token cancelled')
    go.resolve()
    for (const result of await Promise.all(others)) assert.is(verdictOf(result), 'ok')
    assert.is(tokens.connections(), 1)
  })

  test('a late 401 for an old token does not throw the new one away', async () => {
    const late = Promise.withResolvers<void>()
    let oldOnes = 0
    await using target = await serveHttp(async (request, response) => {
      const isOld = request.headers.authorization === 'Bearer t1'
      if (isOld && ++oldOnes === 2) await late.promise
      response.writeHead(isOld ? 401 : 200).end()
    })
    await using tokens = await serveTokens((_call, nth) => [200, token(`t${nth}`)])
    const probe = testProbe()
    const request = { target: target.url, module: httpModule({ auth: oauth2(tokens.url) }), timeoutSeconds: 5 }
    const ask = async () => verdictOf(await probe(request, new AbortController().signal))
    const both = [ask(), ask()]
    assert.is(await Promise.race(both), 'check http_status')
    assert.is(await ask(), 'ok')
    late.resolve()
    await Promise.all(both)
    assert.is(await ask(), 'ok')
    assert.is(tokens.calls.length, 2)
  })

  test('a bug during one call is not repeated to every probe after it', async () => {
    await using target = await serveHttp(answer(200))
    await using tokens = await serveTokens(() => [200, token('abc')])
    let lookups = 0
    const probe = testProbe({
      resolve: (...asked) => {
        lookups += 1
        if (lookups === 1) throw new Error('a bug of ours')
        return resolve(...asked)
      },
    })
    const request = { target: target.url, module: httpModule({ auth: oauth2(tokens.url) }), timeoutSeconds: 5 }
    const ask = () => probe(request, new AbortController().signal)
    assert.is(await ask().then(verdictOf, ({ message }) => message), 'a bug of ours')
    assert.is(verdictOf(await ask()), 'ok')
  })

  test('ends by its deadline when the token server is silent, and leaves nothing open there', async () => {
    await using target = await serveHttp(answer(200))
    await using tokens = await serveRaw(silent)
    const result = await run(target.url, { auth: oauth2(tokens.url) }, { timeoutSeconds: 0.3 })
    assert.is(verdictOf(result), 'token token_timeout')
    assert.is(target.connections(), 0)
    while (tokens.openConnections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  })

  for (const [title, status, body, verdict, message] of [
    ['refuses', 401, '{"error":"invalid_client","error_description":"s3cret"}', 'token_refused', /401, invalid_client/],
    ['fails', 500, 'oops', 'token_refused', /500/],
    ['redirects', 302, '', 'token_refused', /302/],
    ['answers with HTML', 200, '<html>', 'token_malformed', /neither JSON nor a form/],
    ['answers with a number', 200, '1', 'token_malformed', /neither JSON nor a form/],
    ['answers without a token', 200, '{}', 'token_malformed', /no access_token/],
    ['answers with an unfit token', 200, '{"access_token":"a\\nb"}', 'token_malformed', /no header can carry/],
    ['answers at length', 200, `"${'a'.repeat(1_100_000)}"`, 'token_malformed', /1 MiB/],
  ] as const) {
    test(`says so when the token server ${title}`, async () => {
      await using target = await serveHttp(answer(200))
      await using tokens = await serveTokens(() => [status, body])
      const result = await run(target.url, { auth: oauth2(tokens.url) })
      assert.is(verdictOf(result), `token ${verdict}`)
      assert.match(result.outcome.ok ? '' : result.outcome.message, message)
      assert.not.match(JSON.stringify(result), 's3cret')
      assert.is(target.connections(), 0)
    })
  }

  for (const tokenUrl of ['http://nowhere.test/', 'http://127.0.0.1:1/']) {
    test(`says so when ${tokenUrl} cannot be reached`, async () => {
      const result = await run('http://a.test/', { auth: oauth2(tokenUrl) })
      assert.is(verdictOf(result), 'token token_unreachable')
    })
  }
})
