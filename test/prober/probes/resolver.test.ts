/** `resolver:` and `source_ip_address:` from the module to the wire. */
import { failure } from '../../../prober/net/outcome.ts'
import type { Result } from '../../../prober/probes/result.ts'
import { assert, describe } from '../../harness.ts'
import { type Answering, RCODE, reply, serveDns, silent, zone } from '../../servers/dns.ts'
import { closedPort } from '../../servers/tcp.ts'
import { answer, serveHttp } from '../../servers/http.ts'
import { httpModule, testProbe, verdictOf } from './http-module.ts'

/** The system's own name servers, that nobody may fall back to. */
async function run(
  target: string,
  nameServerPort: number,
  systemAsked: string[] = [],
  timeoutSeconds = 3,
): Promise<Result> {
  const probe = testProbe({
    async resolve(host) {
      systemAsked.push(host)
      return failure('resolve', 'internal', 'the system was asked')
    },
  })
  const module = httpModule({ resolver: { ip: '127.0.0.1', port: nameServerPort } })
  return await probe({ target, module, timeoutSeconds }, new AbortController().signal)
}

const ANSWERS: readonly (readonly [title: string, answering: Answering, verdict: string])[] = [
  ['a name that only it knows', zone({ 'only.here': ['127.0.0.1'] }), 'ok'],
  ['a name that it does not know', zone({}), 'resolve dns_nxdomain'],
  ['silence', silent, 'resolve dns_timeout'],
  ['refusal', (query) => [reply(query, { rcode: RCODE.refused })], 'resolve dns_refused'],
]

describe('a module with a name server of its own', (test) => {
  for (const [title, answering, verdict] of ANSWERS) {
    test(`${title}: ${verdict}, and the system is not asked`, async () => {
      await using server = await serveHttp(answer(200))
      await using names = await serveDns(answering)
      const systemAsked: string[] = []
      const seconds = answering === silent ? 0.3 : 5
      const result = await run(`http://only.here:${server.port}/`, names.port, systemAsked, seconds)
      assert.equal([verdictOf(result), systemAsked], [verdict, []])
      assert.ok(names.queries.every(({ name }) => name === 'only.here'))
    })
  }

  test('one that is not there is dns_unreachable or, where the kernel does not tell, dns_timeout', async () => {
    assert.match(verdictOf(await run('http://only.here/', await closedPort())), /^resolve dns_(unreachable|timeout)$/)
  })

  test('each address that it gives is probed, when the module asks for all', async () => {
    await using server = await serveHttp(answer(200))
    await using names = await serveDns(zone({ 'only.here': ['127.0.0.1', '127.0.0.2'] }))
    const module = httpModule({ resolver: { ip: '127.0.0.1', port: names.port }, addresses: 'all' })
    const request = { target: `http://only.here:${server.port}/`, module, timeoutSeconds: 5 }
    const { addresses = [] } = await testProbe()(request, new AbortController().signal)
    assert.equal(
      addresses.map(({ address, outcome }) => `${address.ip} ${outcome.ok}`),
      ['127.0.0.1 true', '127.0.0.2 false'],
    )
    assert.equal(names.queries.filter(({ type }) => type === 'A').length, 1)
  })

  test('an address is none of its business', async () => {
    await using server = await serveHttp(answer(200))
    await using names = await serveDns(silent)
    assert.is(verdictOf(await run(server.url, names.port)), 'ok')
    assert.equal(names.queries, [])
  })
})
