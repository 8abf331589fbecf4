import type { Socket } from 'node:net'
import type { AddressMode } from '../../../prober/config/schema.ts'
import { samples } from '../../../prober/metrics/samples.ts'
import { failure } from '../../../prober/net/outcome.ts'
import { chooseFamily } from '../../../prober/net/address.ts'
import type { Resolver } from '../../../prober/net/resolve.ts'
import type { Result } from '../../../prober/probes/result.ts'
import { assert, describe } from '../../harness.ts'
import { serveTcp, type TcpServer } from '../../servers/tcp.ts'
import { asHttp, httpModule, sumOfPhases, testProbe, verdictOf } from './http-module.ts'

type Behaviour = (socket: Socket) => void
const answering =
  (status: string): Behaviour =>
  (socket) =>
    void socket.once('data', () => socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`))
const ok = answering('200 OK')
const broken = answering('503 Service Unavailable')
const silent: Behaviour = (socket) => void socket.resume()
/** Nobody listens there. */
const refusing = undefined

interface Farm extends AsyncDisposable {
  readonly port: number
  readonly servers: readonly TcpServer[]
}

/** 127.0.0.1, 127.0.0.2 and so on, on one port. */
async function farm(behaviours: readonly (Behaviour | undefined)[]): Promise<Farm> {
  for (let attempt = 1; ; attempt += 1) {
    const servers: TcpServer[] = []
    const stop = async () => {
      for (const server of servers) await server[Symbol.asyncDispose]()
    }
    try {
      for (const [index, behave] of behaviours.entries()) {
        if (behave !== undefined) servers.push(await serveTcp(behave, `127.0.0.${index + 1}`, servers[0]?.port))
      }
      return { port: servers[0]?.port ?? 1, servers, [Symbol.asyncDispose]: stop }
    } catch (error) {
      await stop()
      // Somebody else has this port on one of the other addresses.
      if (attempt === 5) throw error
    }
  }
}

/** `many.test` has these addresses. */
function naming(ips: readonly string[], asked: string[] = []): Resolver {
  return async (host, preference) => {
    asked.push(host)
    if (host !== 'many.test') return failure('resolve', 'dns_nxdomain', `${host} does not exist`)
    const addresses = ips.map((ip) => ({ ip, family: ip.includes(':') ? 6 : 4 }) as const)
    return chooseFamily(host, addresses, preference, performance.now())
  }
}

const loopback = (count: number) => Array.from({ length: count }, (_, index) => `127.0.0.${index + 1}`)

interface Question {
  readonly target: string
  readonly addresses?: AddressMode
  readonly ips?: readonly string[]
  readonly asked?: string[]
  readonly timeoutSeconds?: number
  readonly signal?: AbortSignal
}

async function run({ target, addresses = 'all', ips = loopback(3), ...rest }: Question): Promise<Result> {
  const probe = testProbe({ resolve: naming(ips, rest.asked) })
  const module = httpModule({ addresses })
  const request = { target, module, timeoutSeconds: rest.timeoutSeconds ?? 5 }
  return await probe(request, rest.signal ?? new AbortController().signal)
}

const eachOf = ({ addresses = [] }: Result) =>
  addresses.map(({ address, outcome }) => `${address.ip} ${outcome.ok ? 'ok' : outcome.reason}`)

const VERDICTS: readonly (readonly [
  title: string,
  behaviours: readonly (Behaviour | undefined)[],
  mode: AddressMode,
  verdict: string,
  decidedBy: string,
])[] = [
  ['one takes the first', [ok, refusing, broken], 'one', 'ok', '127.0.0.1'],
  ['any: one that works is enough', [refusing, broken, ok], 'any', 'ok', '127.0.0.3'],
  ['any: of those that work, the first', [broken, ok, ok], 'any', 'ok', '127.0.0.2'],
  ['any: of those that all fail, the first', [broken, refusing, refusing], 'any', 'check http_status', '127.0.0.1'],
  ['all: all that work', [ok, ok, ok], 'all', 'ok', '127.0.0.1'],
  ['all: the first that fails', [ok, refusing, broken], 'all', 'connect connect_refused', '127.0.0.2'],
]

describe('addresses of a name', (test) => {
  for (const [title, behaviours, mode, verdict, decidedBy] of VERDICTS) {
    test(`${title}; phases add up to the duration and hold the lookup`, async () => {
      await using servers = await farm(behaviours)
      const asked: string[] = []
      const result = asHttp(await run({ target: `many.test:${servers.port}`, addresses: mode, asked }))
      assert.equal([verdictOf(result), result.address?.ip], [verdict, decidedBy])
      assert.equal(asked, ['many.test'])
      assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-6)
      assert.ok((result.phases.resolve ?? 0) + 1e-6 >= (result.lookupSeconds ?? 1))
      assert.equal(result.http.hops[0]?.phases.resolve, result.phases.resolve)
    })
  }

  test('a failure counts, names the address that decided and keeps what each said', async () => {
    await using servers = await farm([ok, refusing, broken])
    const result = await run({ target: `many.test:${servers.port}` })
    assert.equal(eachOf(result), ['127.0.0.1 ok', '127.0.0.2 connect_refused', '127.0.0.3 http_status'])
    const message = result.outcome.ok ? '' : result.outcome.message
    assert.match(message, /^2 of 3 addresses failed; 127\.0\.0\.2: 127\.0\.0\.2:\d+ refused the connection/)
    for (const { durationSeconds, phases } of result.addresses ?? []) {
      const sum = Object.values(phases).reduce((total, seconds) => total + seconds, 0)
      assert.ok(Math.abs(sum - durationSeconds) < 1e-6)
    }
  })

  test('metrics tell how many there are, how many work and which', async () => {
    await using servers = await farm([ok, refusing, ok])
    const list = samples(await run({ target: `many.test:${servers.port}`, addresses: 'any' }))
    const lines = list
      .filter(({ name }) => name.startsWith('probe_address') && name !== 'probe_address_duration_seconds')
      .map(({ name, labels, value }) => [name, ...Object.values(labels ?? {}), value].join(' '))
    assert.equal(lines, [
      'probe_addresses 3',
      'probe_addresses_healthy 2',
      'probe_address_success 127.0.0.1 1',
      'probe_address_success 127.0.0.2 0',
      'probe_address_success 127.0.0.3 1',
    ])
    assert.is(list.filter(({ name }) => name === 'probe_address_duration_seconds').length, 3)
    assert.is(list.find(({ name }) => name === 'probe_success')?.value, 1)
  })

  test('an address that is told twice is probed once', async () => {
    await using servers = await farm([ok])
    const ips = ['127.0.0.1', '127.0.0.1']
    assert.equal(eachOf(await run({ target: `many.test:${servers.port}`, ips })), ['127.0.0.1 ok'])
    assert.is(servers.servers[0]?.accepted(), 1)
  })

  test('only addresses of the chosen family are probed', async () => {
    await using servers = await farm([ok])
    const ips = ['::1', '127.0.0.1']
    assert.equal(eachOf(await run({ target: `many.test:${servers.port}`, ips })), ['127.0.0.1 ok'])
  })

  test('a name that does not exist has none', async () => {
    const result = await run({ target: 'nowhere.test' })
    assert.equal([verdictOf(result), result.addresses], ['resolve dns_nxdomain', []])
    assert.is(samples(result).find(({ name }) => name === 'probe_addresses')?.value, 0)
  })

  test('a target that is none is not looked up', async () => {
    const result = await run({ target: 'http://' })
    assert.equal([verdictOf(result), result.addresses], ['prepare target_invalid', []])
  })

  test('silent addresses end with the one deadline, the others keep what they said', async () => {
    await using servers = await farm([silent, ok, silent])
    const result = await run({ target: `many.test:${servers.port}`, timeoutSeconds: 1 })
    assert.equal(eachOf(result), ['127.0.0.1 response_timeout', '127.0.0.2 ok', '127.0.0.3 response_timeout'])
    for (const server of servers.servers) await server.allClosed()
  })

  test('whoever asked and leaves ends them all', async () => {
    const leaving = new AbortController()
    const leaveWhenBothAreThere = (socket: Socket) => {
      socket.resume()
      if (servers.servers.every((server) => server.accepted() > 0)) leaving.abort()
    }
    await using servers = await farm([leaveWhenBothAreThere, leaveWhenBothAreThere])
    const ips = loopback(2)
    const result = await run({ target: `many.test:${servers.port}`, ips, signal: leaving.signal })
    assert.equal(eachOf(result), ['127.0.0.1 cancelled', '127.0.0.2 cancelled'])
    for (const server of servers.servers) await server.allClosed()
  })

  test('many silent addresses do not keep the last one from its turn', async () => {
    const behaviours = [...Array.from({ length: 11 }, () => silent), ok]
    await using servers = await farm(behaviours)
    const question = { ips: loopback(12), addresses: 'any', timeoutSeconds: 1.5 } as const
    const result = await run({ target: `many.test:${servers.port}`, ...question })
    assert.equal([verdictOf(result), result.address?.ip, result.addresses?.length], ['ok', '127.0.0.12', 12])
  })

  test('of very many only the first 64 are probed, and the log says so', async () => {
    await using servers = await farm([ok])
    const result = await run({ target: `many.test:${servers.port}`, ips: loopback(70), addresses: 'any' })
    assert.equal([verdictOf(result), result.addresses?.length], ['ok', 64])
    assert.is(result.log.at(-1)?.fields.left_out, 6)
  })

  test('no time left is said without a lookup', async () => {
    const asked: string[] = []
    const result = await run({ target: 'many.test', timeoutSeconds: 0, asked })
    assert.equal([verdictOf(result), result.addresses, asked], ['prepare prepare_timeout', [], []])
  })

  test('a redirect to another name is looked up as ever', async () => {
    const location = answering('302 Found\r\nlocation: http://elsewhere.test/')
    await using servers = await farm([location, location])
    const asked: string[] = []
    const result = await run({ target: `many.test:${servers.port}`, ips: loopback(2), asked })
    assert.equal(eachOf(result), ['127.0.0.1 dns_nxdomain', '127.0.0.2 dns_nxdomain'])
    assert.equal(asked, ['many.test', 'elsewhere.test', 'elsewhere.test'])
  })
})
