import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Edge, type EdgeCertificate, startEdge, startRedirect } from '../../../cli/demo/edge.ts'
import { startRelay } from '../../../cli/demo/relay.ts'
import { assert, describe } from '../../harness.ts'

interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

async function edgeBefore(
  service: RequestListener,
): Promise<{ readonly edge: Edge; readonly servicePort: number } & AsyncDisposable> {
  const server = createServer(service).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const opened = await startEdge(0, () => port)
  if (!opened.ok) throw new Error(opened.message)
  return {
    edge: opened.value,
    servicePort: port,
    async [Symbol.asyncDispose]() {
      await opened.value[Symbol.asyncDispose]()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function ask(edge: Edge, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  const options = { host: '127.0.0.1', servername: 'localhost', port: edge.port, ca: edge.authorityPem, agent: false }
  const outgoing = request({ ...options, headers, method: body === undefined ? 'GET' : 'POST' }).end(body)
  const [response] = await once(outgoing, 'response')
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

async function refusal(edge: Edge): Promise<unknown> {
  return ask(edge).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  )
}

const CERTIFICATES: readonly (readonly [certificate: EdgeCertificate, code: string | undefined])[] = [
  ['valid', undefined],
  ['expired', 'CERT_HAS_EXPIRED'],
  ['wrong-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['valid', undefined],
]

describe('demo edge', (test) => {
  test('a request goes on with its body and its trace, and without what belongs to one connection', async () => {
    const seen = Promise.withResolvers<{ readonly headers: NodeJS.Dict<string | string[]>; readonly body: string }>()
    await using stage = await edgeBefore(async (incoming, response) => {
      seen.resolve({ headers: incoming.headers, body: await text(incoming) })
      response.writeHead(201, { 'server-timing': 'app;dur=1', 'keep-alive': 'timeout=9' }).end('made')
    })
    const sent = { traceparent: 'tp', te: 'trailers', connection: 'close, x-private', 'x-private': '1', 'x-kept': '2' }
    const answer = await ask(stage.edge, sent, 'hello')
    const { headers, body } = await seen.promise
    assert.is(body, 'hello')
    assert.equal([headers.traceparent, headers['x-kept'], headers['x-forwarded-proto']], ['tp', '2', 'https'])
    assert.equal([headers.te, headers['x-private']], [undefined, undefined])
    assert.equal([answer.status, answer.body, answer.headers['server-timing']], [201, 'made', 'app;dur=1'])
    assert.equal([answer.headers.connection, answer.headers['keep-alive']], ['close', undefined])
  })

  test('each certificate is served from the next connection on', async () => {
    await using stage = await edgeBefore((_request, response) => response.end('ok'))
    for (const [certificate, code] of CERTIFICATES) {
      stage.edge.serve(certificate)
      assert.is(await refusal(stage.edge), code)
    }
  })

  test('a service that is not there is a 502, one that breaks off ends the connection', async () => {
    await using dead = await edgeBefore((incoming) => incoming.socket.destroy())
    assert.is((await ask(dead.edge)).status, 502)
    await using half = await edgeBefore((incoming, response) => {
      response.writeHead(200, { 'content-length': 10 })
      response.write('half', () => incoming.socket.destroy())
    })
    assert.ok(
      await ask(half.edge)
        .then(() => false)
        .catch(() => true),
    )
  })

  test('one that is told to fail answers 503 by itself, until it is told otherwise', async () => {
    await using stage = await edgeBefore((_request, response) => response.end('ok'))
    stage.edge.fail(true)
    assert.is((await ask(stage.edge)).status, 503)
    stage.edge.fail(false)
    assert.is((await ask(stage.edge)).status, 200)
  })

  test('a hop behind it hands on what it is given, and adds no words of its own', async () => {
    const seen = Promise.withResolvers<NodeJS.Dict<string | string[]>>()
    await using stage = await edgeBefore((incoming, response) => {
      seen.resolve(incoming.headers)
      response.end('ok')
    })
    const opened = await startRelay(0, '--gateway-port', () => stage.servicePort)
    if (!opened.ok) throw new Error(opened.message)
    await using relay = opened.value
    assert.is((await fetch(`http://127.0.0.1:${relay.port}/`, { headers: { 'x-kept': '1' } })).status, 200)
    const headers = await seen.promise
    assert.equal(
      [headers['x-kept'], headers['x-forwarded-proto'], headers['x-forwarded-for']],
      ['1', undefined, undefined],
    )
  })

  test('a user who leaves is not waited for', async () => {
    const arrived = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    await using stage = await edgeBefore((_request, response) => {
      response.once('close', () => gone.resolve())
      arrived.resolve()
    })
    const options = { host: '127.0.0.1', servername: 'localhost', port: stage.edge.port, ca: stage.edge.authorityPem }
    const outgoing = request({ ...options, agent: false }).on('error', () => undefined)
    outgoing.end()
    await arrived.promise
    outgoing.destroy()
    await gone.promise
  })

  test('plain http is sent to https, path and query kept, and never to another host', async () => {
    const opened = await startRedirect(0, 9443)
    if (!opened.ok) throw new Error(opened.message)
    await using redirect = opened.value
    for (const [path, location] of [
      ['/a?b=c', 'https://localhost:9443/a?b=c'],
      ['//evil.example/', 'https://localhost:9443//evil.example/'],
    ] as const) {
      const response = await fetch(`http://127.0.0.1:${redirect.port}${path}`, { redirect: 'manual' })
      assert.equal([response.status, response.headers.get('location')], [301, location])
    }
  })
})
