/** Against the kernel itself, on loopback: what this machine permits is proven, what it does not is told. */
import type { IcmpModule } from '../../../../prober/config/schema.ts'
import { createIcmpSockets, icmpPermission } from '../../../../prober/net/icmp-socket.ts'
import { failure } from '../../../../prober/net/outcome.ts'
import type { IcmpResult } from '../../../../prober/probes/result.ts'
import { assert, describe } from '../../../harness.ts'
import { sumOfPhases, verdictOf } from '../http-module.ts'
import { ping } from './icmp-module.ts'

const permission = icmpPermission()
const sockets = createIcmpSockets()
const NOT_PERMITTED = 'setup icmp_not_permitted'
/** Without permission each of them says so. */
const verdict = (permitted: string) => (permission.ok ? permitted : NOT_PERMITTED)
const here = permission.ok ? `${permission.kind} socket` : 'not permitted here, and said so'

/** A kernel under load now and then leaves an echo without a reply, on loopback, too: then once more. */
async function pingHere(target: string, module: Partial<IcmpModule> = {}): Promise<IcmpResult> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await ping(target, module, sockets, { timeoutSeconds: 3 })
    const { outcome } = result
    if (outcome.ok || outcome.reason !== 'icmp_timeout' || attempt === 4) return result
  }
}

describe(`an ICMP probe on loopback (${here})`, (test) => {
  for (const [title, target, module, permitted] of [
    ['IPv4', '127.0.0.1', {}, 'ok'],
    ['a name', 'host.test', {}, 'ok'],
    ['another source address', '127.0.0.1', { sourceIp: '127.0.0.7' }, 'ok'],
    ['a hop limit and no fragments', '127.0.0.1', { ttl: 3, dontFragment: true }, 'ok'],
    ['the hop limit of the system', '127.0.0.1', { ttl: 0 }, 'ok'],
    ['one byte', '127.0.0.1', { payloadBytes: 1 }, 'ok'],
    ['a payload as large as a page', '127.0.0.1', { payloadBytes: 4096 }, 'ok'],
    ['the largest payload of IPv4', '127.0.0.1', { payloadBytes: 65_507 }, 'ok'],
    ['more than a packet can hold', '127.0.0.1', { payloadBytes: 65_508 }, 'rtt icmp_too_large'],
    ['many packets', '127.0.0.1', { packetCount: 5 }, 'ok'],
    ['a source address of somebody else', '127.0.0.1', { sourceIp: '203.0.113.9' }, 'setup connect_no_source'],
    ['a broadcast address', '127.255.255.255', {}, 'setup connect_failed'],
    ['an interface that is not there', 'fe80::1%nowhere0', {}, 'setup icmp_unreachable'],
  ] as const) {
    test(`${title}: ${verdict(permitted)}`, async () => {
      const result = await pingHere(target, module)
      assert.is(verdictOf(result), verdict(permitted), JSON.stringify(result.outcome))
      assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9, 'phases do not add up')
      const { sent, received, roundTripSeconds, replyHopLimit, packetCount } = result.icmp
      if (!result.outcome.ok) return assert.equal([sent, received, roundTripSeconds.length], [0, 0, 0])
      assert.equal([sent, roundTripSeconds.length], [packetCount, received])
      assert.ok(received > packetCount / 2, `${received} of ${packetCount}`)
      assert.ok(replyHopLimit === undefined || (replyHopLimit > 0 && replyHopLimit < 256))
      assert.ok(roundTripSeconds.every((seconds) => seconds >= 0 && seconds < result.durationSeconds))
      return assert.ok(result.phases.setup !== undefined && result.phases.rtt !== undefined)
    })
  }

  test('IPv6, where the machine speaks it', async () => {
    const result = await pingHere('::1', { packetCount: 2 })
    const expected = permission.ok ? ['ok', 'setup icmp_unreachable'] : [NOT_PERMITTED, 'setup icmp_unreachable']
    assert.ok(expected.includes(verdictOf(result)), JSON.stringify(result.outcome))
    if (result.outcome.ok) assert.ok(result.icmp.received > 0)
  })

  test('200 at once each get their own replies, and leave no socket behind', async () => {
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, index) => pingHere(`127.0.0.${1 + (index % 2)}`, { payloadBytes: 1 + index })),
    )
    const verdicts = new Set(results.map(verdictOf))
    assert.equal([...verdicts], [verdict('ok')])
  })

  test('others that ping the same host with large packets do not crowd out its reply', async () => {
    const to = { address: { ip: '127.0.0.1', family: 4 }, sourceIp: undefined, ttl: 0, dontFragment: false } as const
    const replied = Promise.withResolvers<number>()
    const onError = () => undefined
    const quiet = { onReply: () => undefined, onError }
    const own = sockets.open(
      { ...to, payload: Buffer.alloc(8) },
      { onReply: ({ sequence }) => replied.resolve(sequence), onError },
    )
    const other = sockets.open({ ...to, payload: Buffer.alloc(60_000) }, quiet)
    if (!own.ok || !other.ok) return assert.is(permission.ok, false)
    using _own = own
    using _other = other
    // Nothing is read before the event loop gets its turn: what comes until then waits in the kernel.
    for (let packet = 0; packet < 40; packet += 1) other.send(packet)
    for (let attempt = 0; attempt < 3; attempt += 1) assert.ok(own.send(7).ok)
    return assert.is(await replied.promise, 7)
  })

  test('that nobody waits for any more ends, and its socket with it', async () => {
    const controller = new AbortController()
    const probing = ping('127.0.0.1', { packetCount: 100, packetIntervalSeconds: 1 }, sockets, {}, controller.signal)
    setTimeout(() => controller.abort(), 50)
    const result = await probing
    assert.is(verdictOf(result), verdict('rtt cancelled'))
    assert.is(result.icmp.sent, permission.ok ? 1 : 0)
  })

  test('before it began does nothing', async () => {
    const result = await ping('127.0.0.1', {}, sockets, {}, AbortSignal.abort())
    assert.ok(!result.outcome.ok && result.outcome.reason === 'cancelled', JSON.stringify(result.outcome))
    assert.is(result.icmp.sent, 0)
  })
})

describe('an ICMP probe of what is no host', (test) => {
  for (const [target, expected] of [
    ['', 'prepare target_invalid'],
    ['http://example.com/', 'prepare target_invalid'],
    ['example.com:80', 'prepare target_invalid'],
    ['[::1]:80', 'prepare target_invalid'],
    ['user:secret@example.com', 'prepare target_invalid'],
    ['nowhere.test', 'resolve dns_nxdomain'],
  ] as const) {
    test(`${JSON.stringify(target)}: ${expected}`, async () => {
      const result = await ping(target, {}, sockets)
      assert.is(verdictOf(result), expected)
      assert.not(JSON.stringify(result).includes('secret'), 'shows what may be a password')
    })
  }
})

describe('where ICMP is not permitted', (test) => {
  const open = { address: { ip: '127.0.0.1', family: 4 }, sourceIp: undefined, ttl: 0, dontFragment: false } as const
  const listener = { onReply: () => undefined, onError: () => undefined }

  test('an older Node.js says what it lacks, and what to run', () => {
    const old = createIcmpSockets(() => ({ missing: 'has no node:ffi, which 26.1 brought' }))
    const opened = old.open({ ...open, payload: Buffer.alloc(1) }, listener)
    assert.ok(!opened.ok && opened.reason === 'icmp_not_permitted', JSON.stringify(opened))
    assert.match(opened.message, /this Node\.js has no node:ffi.*Linux on x64 or arm64 and Node\.js 26\.1/)
    assert.equal(old.permission(), opened)
  })

  test('the probe gives that reason in the phase setup', async () => {
    const refusal = failure('setup', 'icmp_not_permitted', 'No')
    const result = await ping('127.0.0.1', {}, { open: () => refusal, permission: () => refusal })
    assert.is(verdictOf(result), NOT_PERMITTED)
    assert.ok(result.phases.setup !== undefined, 'no time in the phase that failed')
    assert.not(result.phases.rtt !== undefined)
  })

  test('the message names the sysctl, Kubernetes’ form of it, and the capability', async () => {
    const { notPermitted } = await import('../../../../prober/net/icmp-error.ts')
    const { message } = notPermitted(1000)
    assert.match(message, /its group 1000 is outside net\.ipv4\.ping_group_range/)
    assert.match(message, /sysctl -w net\.ipv4\.ping_group_range="0 2147483647"/)
    assert.match(
      message,
      /securityContext\.sysctls to \[\{name: net\.ipv4\.ping_group_range, value: "0 2147483647"\}\]/,
    )
    assert.match(message, /CAP_NET_RAW/)
  })
})
