/**
 * What every kind of probe owes, whatever its protocol: each is measured by the same tests, from a row that says how to
 * make its module and its servers. What a kind cannot do stands in its row, with the reason.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '../prober/config/load.ts'
import type { Module } from '../prober/config/schema.ts'
import type { ProbeMetricName } from '../prober/metrics/catalogue.ts'
import { FORMATS, render } from '../prober/metrics/exposition.ts'
import { samples } from '../prober/metrics/samples.ts'
import { icmpPermission } from '../prober/net/icmp-socket.ts'
import { REASONS } from '../prober/net/outcome.ts'
import { PHASES_OF, type Result } from '../prober/probes/result.ts'
import { assert, describe } from './harness.ts'
import { type Block, expired, identity, type Kind, KINDS, NAME, type Place, serve, TRUSTING } from './kinds.ts'
import { sumOfPhases, testProbe, verdictOf } from './prober/probes/http-module.ts'
import { serveBlackHole } from './servers/black-hole.ts'
import { serveDns, silent as deaf, zone } from './servers/dns.ts'
import { type Behaviour, sayAndReset, silent } from './servers/hostile.ts'
import { closedPort } from './servers/tcp.ts'

const permission = icmpPermission()
/** 203.0.113.0/24 is for documentation (RFC 5737): no machine has an address of it. */
const FOREIGN_IP = '203.0.113.9'
const probe = testProbe()
/** A probe ends with its deadline; that long after it, nothing excuses one. */
const GENEROUS_SECONDS = 5
/** How long a probe that must fail by waiting is given: more, when it did not get far enough on a busy machine. */
const PATIENCE_SECONDS = [0.3, 1.5, 8] as const

async function moduleOf({ prober }: Kind, block: Block, common: Block = {}): Promise<Module> {
  const file = { modules: { it: { prober, ...common, [prober]: block } } }
  const loaded = await parseConfig(JSON.stringify(file), 'every-probe.yml')
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  const module = loaded.config.modules.get('it')
  if (module === undefined) throw new Error('no module')
  return module
}

interface Asked {
  readonly module: Module
  readonly target: string
  readonly timeoutSeconds?: number
  readonly signal?: AbortSignal
}

/** Probes, and holds the result to what every one owes. */
async function checked({
  timeoutSeconds = 10,
  signal = new AbortController().signal,
  ...asked
}: Asked): Promise<Result> {
  const result = await probe({ timeoutSeconds, ...asked }, signal)
  const { prober, phases, outcome, durationSeconds } = result
  const known: readonly string[] = PHASES_OF[prober]
  assert.equal(
    Object.keys(phases).filter((phase) => !known.includes(phase)),
    [],
    'phases that this kind does not have',
  )
  assert.ok(Math.abs(sumOfPhases(result) - durationSeconds) < 1e-9, 'phases do not add up to the duration')
  assert.ok(durationSeconds < timeoutSeconds + GENEROUS_SECONDS, `took ${durationSeconds} s of ${timeoutSeconds} s`)
  if (!outcome.ok) {
    assert.ok(known.includes(outcome.phase), `${outcome.phase} is no phase of ${prober}`)
    assert.ok(phases[outcome.phase] !== undefined, `no time in the phase that failed, ${outcome.phase}`)
    assert.ok(REASONS.includes(outcome.reason) && outcome.reason !== 'internal', outcome.reason)
    assert.match(outcome.message, /^\S.{10,}/)
    assert.not.match(outcome.message, /undefined|\[object/)
  }
  renders(result)
  return result
}

/** Of a probe that waits for what never comes, until it has got as far as `phase`. */
async function patiently(phase: string, attempt: (seconds: number) => Promise<Result>): Promise<Result> {
  const [first, ...more] = PATIENCE_SECONDS
  let result = await attempt(first)
  for (const seconds of more) {
    if (result.outcome.ok || result.outcome.phase === phase) return result
    result = await attempt(seconds)
  }
  return result
}

/** A kernel under load now and then leaves an echo without a reply: then once more. */
async function untilAnswered(attempt: () => Promise<Result>): Promise<Result> {
  const result = await attempt()
  return !result.outcome.ok && result.outcome.reason === 'icmp_timeout' ? await attempt() : result
}

/** In both formats; the same series never twice, and those of a family together. */
function renders(result: Result): void {
  const list = samples(result)
  for (const format of FORMATS) {
    const lines = render(list, format).trimEnd().split('\n')
    const series = lines.filter((line) => !line.startsWith('#')).map((line) => line.slice(0, line.lastIndexOf(' ')))
    assert.is(new Set(series).size, series.length, 'a series comes twice')
    assert.is(series.length, list.length)
    const types = lines.filter((line) => line.startsWith('# TYPE'))
    assert.is(new Set(types).size, types.length, 'a family is scattered')
    assert.not(lines.some((line) => /undefined|NaN$/.test(line)))
  }
}

function namesOf(result: Result): string[] {
  return [...new Set(samples(result).map(({ name }) => name as string))].sort()
}

const COMMON: readonly ProbeMetricName[] = [
  'probe_success',
  'probe_duration_seconds',
  'probe_timeout_seconds',
  'probe_phase_duration_seconds',
]
const OF_ADDRESS: readonly ProbeMetricName[] = [
  'probe_dns_lookup_time_seconds',
  'probe_ip_protocol',
  'probe_ip_addr_hash',
]

function expectedNames(kind: Kind, more: readonly ProbeMetricName[]): string[] {
  const ofAddress = kind.lacks.name === undefined ? OF_ADDRESS : []
  return [...COMMON, ...ofAddress, ...kind.always, ...more].sort()
}

/** The server sees our end of the connection gone; the runner fails when it never happens. */
async function closedSoon({ openConnections = () => 0 }: Place): Promise<void> {
  while (openConnections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
}

const permitted = (kind: Kind) => kind.prober !== 'icmp' || permission.ok
const NOT_PERMITTED = 'setup icmp_not_permitted'

for (const kind of KINDS) {
  const { prober, modules, target, lacks, waits } = kind
  const lacking = Object.values(lacks)
  describe(`a probe of ${prober}${lacking.length > 0 ? ` (${lacking.join('; ')})` : ''}`, (inTurn) => {
    const test = together(inTurn)
    const verdict = permitted(kind) ? 'ok' : NOT_PERMITTED
    // First and alone: it loads what the kind needs, which must not count for the others.
    inTurn(`of a healthy target is ${verdict}, with every metric of its kind`, async () => {
      await using server = await kind.healthy()
      const asked = { module: await moduleOf(kind, modules.plain), target: target(server.at, false) }
      const result = await untilAnswered(() => checked(asked))
      assert.is(verdictOf(result), verdict, JSON.stringify(result.outcome))
      const more = result.outcome.ok ? (kind.onSuccess ?? []) : (['probe_failure_info'] as const)
      assert.equal(namesOf(result), expectedNames(kind, more))
      await closedSoon(server)
    })

    test('of what is no target says so', async () => {
      const result = await checked({ module: await moduleOf(kind, modules.plain), target: '' })
      assert.is(verdictOf(result), 'prepare target_invalid')
    })

    test('without any time asks nobody', async () => {
      const module = await moduleOf(kind, modules.plain)
      const result = await checked({ module, target: target('1', false), timeoutSeconds: 0 })
      assert.is(verdictOf(result), 'prepare prepare_timeout')
    })

    test('that was cancelled before it began does nothing', async () => {
      const module = await moduleOf(kind, modules.plain)
      const result = await checked({ module, target: target('1', false), signal: AbortSignal.abort() })
      assert.is(result.outcome.ok ? 'ok' : result.outcome.reason, 'cancelled')
    })

    if (lacks.name === undefined) declareName(kind, test)
    if (lacks.refusal === undefined) declareRefusals(kind, test)

    for (const [phase, reason] of Object.entries(kind.silence)) {
      test(`of a server that is silent in ${phase}: ${reason}`, async () => {
        await using server = await serve(kind, silent)
        const overTls = phase === 'tls'
        const block = overTls ? modules.tls({ insecure_skip_verify: true }) : modules.asking
        const module = await moduleOf(kind, block)
        const result = await patiently(phase, (timeoutSeconds) =>
          checked({ module, target: target(server.at, overTls), timeoutSeconds }),
        )
        assert.is(verdictOf(result), `${phase} ${reason}`)
        await closedSoon(server)
      })
    }

    test(`that nobody waits for any more ends in ${waits}, and its connection with it`, async () => {
      await using server = await (lacks.silence === undefined ? serve(kind, silent) : kind.healthy())
      const asked = { module: await moduleOf(kind, modules.asking), target: target(server.at, false) }
      const result = await patiently(waits, async (seconds) => {
        const controller = new AbortController()
        using _ = timer(seconds, () => controller.abort())
        return await checked({ ...asked, timeoutSeconds: 60, signal: controller.signal })
      })
      assert.is(verdictOf(result), permitted(kind) ? `${waits} cancelled` : NOT_PERMITTED)
      assert.ok(result.durationSeconds < 30, `went on for ${result.durationSeconds} s`)
      await closedSoon(server)
    })

    if (lacks.tls === undefined) declareTls(kind, test)
  })
}

describe('a probe where packets are dropped', (test) => {
  const connecting = KINDS.filter(({ lacks }) => lacks.connect === undefined)
  test(`ends with connect connect_timeout: ${connecting.map(({ prober }) => prober).join(', ')}`, async () => {
    await using hole = await serveBlackHole()
    const probing = connecting.map(async (kind) => {
      const module = await moduleOf(kind, kind.modules.plain)
      const target = kind.target(hole.port, false)
      return await patiently('connect', (timeoutSeconds) => checked({ module, target, timeoutSeconds }))
    })
    const verdicts = (await Promise.all(probing)).map((result) => `${result.prober} ${verdictOf(result)}`)
    assert.equal(
      verdicts,
      connecting.map(({ prober }) => `${prober} connect connect_timeout`),
    )
  })
})

describe('a probe that fails after the handshake', (test) => {
  const secure = KINDS.filter(({ lacks }) => lacks.tls === undefined)
  test(`shows the certificate: ${secure.map(({ prober }) => prober).join(', ')}`, async () => {
    await Promise.all(secure.map(failsAfterHandshake))
  })
})

async function failsAfterHandshake(kind: Kind): Promise<void> {
  const { prober, modules, target, waits, silence } = kind
  await using server = await serve(kind, silent, identity)
  const module = await moduleOf(kind, modules.tls(TRUSTING))
  const result = await patiently(waits, (timeoutSeconds) =>
    checked({ module, target: target(server.at, true), timeoutSeconds }),
  )
  assert.is(verdictOf(result), `${waits} ${silence[waits]}`, `${prober}: ${JSON.stringify(result.outcome)}`)
  assert.ok(result.tls?.verification.ok, `${prober}: the chain was not verified`)
  assert.ok(namesOf(result).includes('probe_ssl_last_chain_expiry_timestamp_seconds'), prober)
  await closedSoon(server)
}

function timer(seconds: number, fire: () => void): Disposable {
  const timeout = setTimeout(fire, seconds * 1000)
  return { [Symbol.dispose]: () => clearTimeout(timeout) }
}

type Declare = (title: string, body: () => Promise<void>) => void

/** Tests that mostly wait do so side by side: they all begin when the turn of the first comes. */
function together(test: Declare): Declare {
  const bodies: (() => Promise<void>)[] = []
  let running: readonly Promise<void>[] | undefined
  return (title, body) => {
    const index = bodies.push(body) - 1
    test(title, async () => {
      running ??= bodies.map((each) => each())
      for (const each of running) each.catch(() => undefined)
      await running[index]
    })
  }
}

function declareName(kind: Kind, test: Declare): void {
  const { modules, target } = kind
  const named = (port: number) => target(port, false).replace('127.0.0.1', 'host.example')
  const withServer = (port: number) => moduleOf(kind, modules.plain, { resolver: `127.0.0.1:${port}` })

  test('of a name whose name server is silent: resolve dns_timeout', async () => {
    await using server = await serveDns(deaf)
    const asked = { module: await withServer(server.port), target: named(1) }
    const result = await patiently('resolve', (timeoutSeconds) => checked({ ...asked, timeoutSeconds }))
    assert.is(verdictOf(result), 'resolve dns_timeout')
    assert.ok(server.queries.length > 0, 'the module’s own name server was not asked')
  })

  test('of a name that does not exist: resolve dns_nxdomain', async () => {
    await using server = await serveDns(zone({}))
    const result = await checked({ module: await withServer(server.port), target: named(1) })
    assert.is(verdictOf(result), 'resolve dns_nxdomain')
    for (const name of OF_ADDRESS) assert.ok(namesOf(result).includes(name), `${name} is missing`)
  })

  test('from an address that is not ours says so', async () => {
    const block = { ...modules.plain, source_ip_address: FOREIGN_IP }
    const result = await checked({ module: await moduleOf(kind, block), target: target(1, false) })
    const phase = kind.prober === 'icmp' ? 'setup' : 'connect'
    assert.is(verdictOf(result), permitted(kind) ? `${phase} connect_no_source` : NOT_PERMITTED)
    assert.equal(namesOf(result), expectedNames(kind, ['probe_failure_info']))
  })
}

function declareRefusals(kind: Kind, test: Declare): void {
  const { modules, target, prober } = kind
  const refusal = prober === 'unix' ? 'connect connect_not_found' : 'connect connect_refused'
  test(`where nobody listens: ${refusal}, with every metric of its kind`, async () => {
    const at = prober === 'unix' ? join(tmpdir(), `sonde-nobody-${process.pid}`) : await closedPort()
    const result = await checked({ module: await moduleOf(kind, modules.plain), target: target(at, false) })
    assert.is(verdictOf(result), refusal)
    assert.equal(namesOf(result), expectedNames(kind, ['probe_failure_info']))
  })

  test(`of a server that resets when it is asked: ${kind.reset}`, async () => {
    await using server = await serve(kind, prober === 'unix' ? hangUp : sayAndReset(''))
    const result = await checked({ module: await moduleOf(kind, modules.asking), target: target(server.at, false) })
    assert.is(verdictOf(result), kind.reset, JSON.stringify(result.outcome))
    await closedSoon(server)
  })
}

/** Unix sockets have no reset. */
const hangUp: Behaviour = (socket) => void socket.once('data', () => socket.destroy())

function declareTls(kind: Kind, test: Declare): void {
  const { modules, target } = kind
  test('shows the certificate also when it has expired: tls tls_expired', async () => {
    await using server = await serve(kind, silent, expired)
    const result = await checked({
      module: await moduleOf(kind, modules.tls(TRUSTING)),
      target: target(server.at, true),
    })
    assert.is(verdictOf(result), 'tls tls_expired', JSON.stringify(result.outcome))
    assert.is(result.tls?.peerChain[0]?.subject, `CN=${NAME}`)
    const names = namesOf(result)
    for (const name of ['probe_ssl_earliest_cert_expiry', 'probe_ssl_last_chain_info', 'probe_ssl_verified']) {
      assert.ok(names.includes(name), `${name} is missing`)
    }
    await closedSoon(server)
  })
}
