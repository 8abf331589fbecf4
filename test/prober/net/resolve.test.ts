import { createDeadline } from '../../../prober/net/deadline.ts'
import { createResolver } from '../../../prober/net/resolve.ts'
import { assert, describe } from '../../harness.ts'
import { RCODE, reply, serveDns, silent, zone } from '../../servers/dns.ts'
import type { Answering } from '../../servers/dns.ts'
import { closedPort } from '../../servers/tcp.ts'
import { failed } from './failed.ts'
import { ANY, lookUp, machine, ONLY_4, ONLY_6 } from './machine.ts'

/** UDP sockets that this process holds. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'UDPWrap' || kind === 'TCPSocketWrap').length
}

/** A closed handle is off the list after its close callback: the phase of the loop behind setImmediate's. */
async function closing(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

const NAMES = zone({
  'both.example': ['10.0.0.1', 'fd00::1', '10.0.0.2'],
  'four.example': ['10.0.0.4'],
  'six.example': ['fd00::6'],
  'empty.example': [],
})

describe('resolve: DNS', (test) => {
  for (const [host, preference, expected] of [
    ['both.example', ANY, 'fd00::1'],
    ['both.example', { preferred: 4, fallback: true }, '10.0.0.1,10.0.0.2'],
    ['both.example', ONLY_4, '10.0.0.1,10.0.0.2'],
    ['four.example', ANY, '10.0.0.4'],
    ['four.example', ONLY_6, 'dns_no_address'],
    ['six.example', { preferred: 4, fallback: true }, 'fd00::6'],
    ['empty.example', ANY, 'dns_no_address'],
    ['missing.example', ANY, 'dns_nxdomain'],
    ['missing.example', ONLY_6, 'dns_nxdomain'],
    ['FOUR.example.', ANY, '10.0.0.4'],
  ] as const) {
    test(`${host} with IPv${preference.preferred}, fallback ${preference.fallback}: ${expected}`, async () => {
      await using server = await serveDns(NAMES)
      using own = machine(server.port)
      assert.is(await lookUp(own.resolver, host, preference), expected)
    })
  }

  test('asks for one family only when no other is allowed', async () => {
    await using server = await serveDns(NAMES)
    using own = machine(server.port)
    await lookUp(own.resolver, 'both.example', ONLY_4)
    assert.equal(
      server.queries.map(({ type }) => type),
      ['A'],
    )
  })

  test('each question has an ID and a source port of its own, and offers EDNS', async () => {
    await using server = await serveDns(NAMES)
    using own = machine(server.port)
    for (let lookup = 0; lookup < 20; lookup += 1) await lookUp(own.resolver, 'empty.example')
    assert.is(server.queries.length, 40)
    assert.ok(new Set(server.queries.map(({ id }) => id)).size > 30)
    assert.ok(new Set(server.queries.map(({ fromPort }) => fromPort)).size > 20)
    assert.ok(server.queries.every(({ edns }) => edns))
  })

  test('does not wait for the other family once the preferred one has an address', async () => {
    await using server = await serveDns((query) => (query.type === 'A' ? [] : NAMES(query)))
    using own = machine(server.port)
    await closing()
    const sockets = openSockets()
    assert.is(await lookUp(own.resolver, 'both.example'), 'fd00::1')
    await closing()
    assert.is(openSockets(), sockets)
  })

  test('stamps the moment of the answer, not that of the question', async () => {
    await using server = await serveDns(NAMES)
    using own = machine(server.port)
    using deadline = createDeadline(5)
    const before = performance.now()
    const found = await own.resolver('both.example', ANY, deadline.signal)
    assert.ok(found.ok && found.atMs > before && found.atMs <= performance.now())
  })

  test('follows a chain of aliases in any order of records', async () => {
    await using server = await serveDns((query) => [
      reply(query, {
        answers: [
          { type: 'A', name: 'end.example', ttl: 1, data: '10.0.0.9' },
          { type: 'CNAME', name: 'middle.example', ttl: 1, data: 'END.example' },
          { type: 'A', name: 'stranger.example', ttl: 1, data: '10.6.6.6' },
          { type: 'CNAME', name: 'start.example', ttl: 1, data: 'middle.example' },
        ],
      }),
    ])
    using own = machine(server.port)
    assert.is(await lookUp(own.resolver, 'start.example', ONLY_4), '10.0.0.9')
  })

  test('a circle of aliases ends as no address', async () => {
    await using server = await serveDns((query) => [
      reply(query, {
        answers: [
          { type: 'CNAME', name: 'a.example', ttl: 1, data: 'b.example' },
          { type: 'CNAME', name: 'b.example', ttl: 1, data: 'a.example' },
        ],
      }),
    ])
    using own = machine(server.port)
    assert.is(await lookUp(own.resolver, 'a.example'), 'dns_no_address')
  })

  test('a signal that has fired asks nobody', async () => {
    await using server = await serveDns(NAMES)
    using own = machine(server.port)
    assert.is(await lookUp(own.resolver, 'both.example', ANY, 0), 'dns_timeout')
    assert.is(server.queries.length, 0)
  })

  test('a cancelled lookup ends at once and closes its sockets', async () => {
    await using server = await serveDns(silent)
    using own = machine(server.port)
    await closing()
    const sockets = openSockets()
    const parent = new AbortController()
    const pending = own.resolver('both.example', ANY, parent.signal)
    parent.abort()
    const found = await pending
    assert.is(found.ok ? 'ok' : found.reason, 'cancelled')
    await closing()
    assert.is(openSockets(), sockets)
  })
})

describe('resolve: hostile name servers', (test) => {
  test('a forged answer does not keep out the true one that follows', async () => {
    await using server = await serveDns((query) => [
      reply(query, { id: query.id ^ 0xff, answers: [{ type: 'A', name: query.name, ttl: 1, data: '10.6.6.6' }] }),
      Buffer.from('garbage'),
      ...NAMES(query),
    ])
    using own = machine(server.port)
    assert.is(await lookUp(own.resolver, 'four.example', ONLY_4), '10.0.0.4')
  })

  test('a port where no name server listens is unreachable at once', async () => {
    using own = machine(await closedPort())
    assert.is(await lookUp(own.resolver, 'both.example', ANY, 30), 'dns_unreachable')
  })

  test('a server from before EDNS is asked again without it', async () => {
    await using server = await serveDns((query) =>
      query.edns ? [reply(query, { rcode: RCODE.formerr })] : NAMES(query),
    )
    using own = machine(server.port)
    assert.is(await lookUp(own.resolver, 'four.example', ONLY_4), '10.0.0.4')
  })

  test('a long answer is fetched over TCP', async () => {
    const ips = Array.from({ length: 200 }, (_, index) => `10.1.2.${index}`)
    const long = zone({ 'long.example': ips })
    await using server = await serveDns((query) =>
      query.via === 'udp' ? [reply(query, { truncated: true })] : long(query),
    )
    using own = machine(server.port)
    assert.is(await lookUp(own.resolver, 'long.example', ONLY_4), ips.join())
    assert.equal(
      server.queries.map(({ via }) => via),
      ['udp', 'tcp'],
    )
  })

  test('the message names the server and the question', async () => {
    await using server = await serveDns(silent)
    using own = machine(server.port)
    using deadline = createDeadline(0.1)
    const found = failed(await own.resolver('both.example', ONLY_4, deadline.signal))
    assert.match(found.message, `127.0.0.1:${server.port}`)
    assert.match(found.message, 'both.example')
  })
})

describe('resolve: families that disagree', (test) => {
  test('a name that does not exist for one does not exist, though the other is never answered', async () => {
    await using server = await serveDns((query) =>
      query.type === 'A' ? [reply(query, { rcode: RCODE.nxdomain })] : [],
    )
    using own = machine(server.port)
    assert.is(await lookUp(own.resolver, 'missing.example', ANY, 0.3), 'dns_nxdomain')
  })

  test('the other family has an address, though the preferred one fails', async () => {
    await using server = await serveDns((query) =>
      query.type === 'A' ? NAMES(query) : [reply(query, { rcode: RCODE.servfail })],
    )
    using own = machine(server.port)
    assert.is(await lookUp(own.resolver, 'four.example'), '10.0.0.4')
  })

  test('no address for one and a failure for the other is a failure', async () => {
    await using server = await serveDns((query) => [
      reply(query, { rcode: query.type === 'A' ? RCODE.refused : RCODE.ok }),
    ])
    using own = machine(server.port)
    assert.is(await lookUp(own.resolver, 'four.example'), 'dns_refused')
  })
})

describe('resolve: several name servers', (test) => {
  const two = 'nameserver 127.0.0.1\nnameserver 127.0.0.2\noptions timeout:1 attempts:1\n'

  for (const [title, first] of [
    ['SERVFAIL', (query) => [reply(query, { rcode: RCODE.servfail })]],
    ['REFUSED', (query) => [reply(query, { rcode: RCODE.refused })]],
    ['no recursion', (query) => [reply(query, { recursion: false })]],
    ['silence', silent],
  ] as readonly (readonly [string, Answering])[]) {
    test(`after ${title} the next one is asked`, async () => {
      await using bad = await serveDns(first)
      await using good = await serveDns(NAMES, '127.0.0.2', bad.port)
      using own = machine(bad.port, { 'resolv.conf': two })
      assert.is(await lookUp(own.resolver, 'four.example', ONLY_4), '10.0.0.4')
      assert.is(good.queries.length, 1)
    })
  }

  test('a server that says the name does not exist is believed', async () => {
    await using first = await serveDns(NAMES)
    await using second = await serveDns(zone({ 'missing.example': ['10.0.0.7'] }), '127.0.0.2', first.port)
    using own = machine(first.port, { 'resolv.conf': two })
    assert.is(await lookUp(own.resolver, 'missing.example'), 'dns_nxdomain')
    assert.is(second.queries.length, 0)
  })

  test('what one server said tells more than the silence of the other', async () => {
    await using first = await serveDns((query) => [reply(query, { rcode: RCODE.refused })])
    await using second = await serveDns(silent, '127.0.0.2', first.port)
    using own = machine(first.port, { 'resolv.conf': two })
    assert.is(await lookUp(own.resolver, 'four.example', ONLY_4, 0.3), 'dns_refused')
    assert.is(second.queries.length, 1)
  })

  test('options attempts asks again', async () => {
    await using server = await serveDns((query) => [reply(query, { rcode: RCODE.servfail })])
    using own = machine(server.port, { 'resolv.conf': 'nameserver 127.0.0.1\noptions attempts:3' })
    await lookUp(own.resolver, 'four.example', ONLY_4)
    assert.is(server.queries.length, 3)
  })

  test('options rotate starts with another server each time', async () => {
    await using first = await serveDns(NAMES)
    await using second = await serveDns(NAMES, '127.0.0.2', first.port)
    using own = machine(first.port, { 'resolv.conf': `${two}options rotate\n` })
    for (let lookup = 0; lookup < 4; lookup += 1) await lookUp(own.resolver, 'four.example', ONLY_4)
    assert.equal([first.queries.length, second.queries.length], [2, 2])
  })
})

describe('resolve: search list', (test) => {
  const cluster =
    'nameserver 127.0.0.1\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n'
  const CLUSTER = zone({ 'api.shop.svc.cluster.local': ['10.96.0.7'], 'www.example.com': ['10.9.9.9'] })

  test('a short name is found through it', async () => {
    await using server = await serveDns(CLUSTER)
    using own = machine(server.port, { 'resolv.conf': cluster })
    assert.is(await lookUp(own.resolver, 'api', ONLY_4), '10.96.0.7')
    assert.equal(
      server.queries.map(({ name }) => name),
      ['api.shop.svc.cluster.local'],
    )
  })

  test('a name with fewer dots than ndots goes through it first, then stands alone', async () => {
    await using server = await serveDns(CLUSTER)
    using own = machine(server.port, { 'resolv.conf': cluster })
    assert.is(await lookUp(own.resolver, 'www.example.com', ONLY_4), '10.9.9.9')
    assert.is(server.queries.length, 4)
  })

  test('a trailing dot leaves it out', async () => {
    await using server = await serveDns(CLUSTER)
    using own = machine(server.port, { 'resolv.conf': cluster })
    assert.is(await lookUp(own.resolver, 'www.example.com.', ONLY_4), '10.9.9.9')
    assert.is(server.queries.length, 1)
  })

  test('a failure names every name that was asked for', async () => {
    await using server = await serveDns(CLUSTER)
    using own = machine(server.port, { 'resolv.conf': cluster })
    using deadline = createDeadline(5)
    const found = failed(await own.resolver('nope', ONLY_4, deadline.signal))
    assert.is(found.reason, 'dns_nxdomain')
    assert.match(found.message, 'nope.shop.svc.cluster.local, nope.svc.cluster.local, nope.cluster.local, nope')
  })

  test('a server that failed for one of the names makes "does not exist" unsure', async () => {
    await using server = await serveDns((query) => [
      reply(query, { rcode: query.name === 'nope.svc.cluster.local' ? RCODE.servfail : RCODE.nxdomain }),
    ])
    using own = machine(server.port, { 'resolv.conf': cluster })
    assert.is(await lookUp(own.resolver, 'nope', ONLY_4), 'dns_servfail')
  })

  test('a name that is too long with a suffix is asked for without it', async () => {
    await using server = await serveDns(CLUSTER)
    using own = machine(server.port, { 'resolv.conf': cluster })
    const long = Array.from({ length: 4 }, () => 'x'.repeat(60)).join('.')
    assert.is(await lookUp(own.resolver, long, ONLY_4), 'dns_nxdomain')
    assert.ok(server.queries.every(({ name }) => name.length <= 253))
  })
})

describe('resolve: without DNS', (test) => {
  for (const [host, preference, expected] of [
    ['192.0.2.1', ANY, '192.0.2.1'],
    ['192.0.2.1', ONLY_6, 'dns_no_address'],
    ['::1', ANY, '::1'],
    ['[2001:db8::1]', ANY, '2001:db8::1'],
    ['[2001:db8::1]', ONLY_4, 'dns_no_address'],
    ['[fe80::1%eth0]', ANY, 'fe80::1%eth0'],
    ['localhost', ANY, '::1'],
    ['LOCALHOST.', ONLY_4, '127.0.0.1'],
    ['deep.down.localhost', ONLY_4, '127.0.0.1'],
    ['hosts.example', ANY, 'fd00::7'],
    ['Hosts.Example.', ONLY_4, '10.0.0.7'],
    ['alias', ONLY_4, '10.0.0.7'],
    ['four-only', ONLY_6, 'dns_no_address'],
    ['', ANY, 'dns_nxdomain'],
    ['.', ANY, 'dns_nxdomain'],
    ['a..b', ANY, 'dns_nxdomain'],
    ['.a', ANY, 'dns_nxdomain'],
    ['a b', ANY, 'dns_nxdomain'],
    ['a\nb', ANY, 'dns_nxdomain'],
    ['bücher.example', ANY, 'dns_nxdomain'],
    ['x'.repeat(64), ANY, 'dns_nxdomain'],
    [`${'x.'.repeat(126)}xx`, ANY, 'dns_nxdomain'],
    ['x'.repeat(65_536), ANY, 'dns_nxdomain'],
  ] as const) {
    test(`${JSON.stringify(host.slice(0, 30))} with IPv${preference.preferred}, fallback ${preference.fallback}: ${expected}`, async () => {
      await using server = await serveDns(silent)
      const hosts =
        '# comment\n10.0.0.7 hosts.example alias # more\nfd00::7\thosts.example\n10.0.0.8 four-only\nnonsense here\n'
      using own = machine(server.port, { hosts })
      assert.is(await lookUp(own.resolver, host, preference), expected)
      assert.is(server.queries.length, 0)
    })
  }

  test('/etc/hosts may say where localhost is', async () => {
    using own = machine(1, { hosts: '127.0.0.1 localhost\n' })
    assert.is(await lookUp(own.resolver, 'localhost', ANY), '127.0.0.1')
  })

  test('nsswitch.conf may put DNS first', async () => {
    await using server = await serveDns(zone({ 'a.example': ['10.0.0.1'] }))
    using own = machine(server.port, {
      'nsswitch.conf': 'hosts: dns files',
      hosts: '10.0.0.2 a.example\n10.0.0.3 b.example',
    })
    assert.is(await lookUp(own.resolver, 'a.example', ONLY_4), '10.0.0.1')
    assert.is(await lookUp(own.resolver, 'b.example', ONLY_4), '10.0.0.3')
  })

  test('nsswitch.conf may leave DNS out', async () => {
    await using server = await serveDns(NAMES)
    using own = machine(server.port, { 'nsswitch.conf': 'hosts: files' })
    assert.is(await lookUp(own.resolver, 'four.example', ONLY_4), 'dns_nxdomain')
    assert.is(server.queries.length, 0)
  })

  test('getaddrinfo answers where nsswitch.conf asks for a module of the C library', async () => {
    await using server = await serveDns(NAMES)
    using own = machine(server.port, { 'nsswitch.conf': 'hosts: files ldap dns' })
    assert.is(await lookUp(own.resolver, 'localhost', ONLY_4), '127.0.0.1')
    assert.is(server.queries.length, 0)
  })

  test('without a resolv.conf getaddrinfo answers', async () => {
    const resolver = createResolver({ resolvConf: '/nonexistent/resolv.conf' })
    assert.is(await lookUp(resolver, 'localhost', ONLY_4), '127.0.0.1')
  })
})

describe('resolve: slow name servers', (test) => {
  test('200 lookups against a black hole do not move a healthy lookup, and leave no socket', async () => {
    await using hole = await serveDns(silent)
    await using healthy = await serveDns(NAMES)
    using lost = machine(hole.port)
    using own = machine(healthy.port)
    await closing()
    const sockets = openSockets()
    const median = async () => {
      const times: number[] = []
      for (let lookup = 0; lookup < 60; lookup += 1) {
        const before = performance.now()
        assert.is(await lookUp(own.resolver, 'both.example', ONLY_4), '10.0.0.1,10.0.0.2')
        times.push(performance.now() - before)
      }
      return times.sort((a, b) => a - b)[30] ?? 0
    }
    await median()
    const alone = await median()
    const stop = new AbortController()
    const pending = Array.from({ length: 200 }, () => lost.resolver('both.example', ANY, stop.signal))
    // Most questions have come before the healthy lookups start; the kernel may drop some of such a burst.
    while (hole.queries.length < 100) await new Promise((resolve) => setImmediate(resolve))
    const beside = await median()
    stop.abort()
    const outcomes = await Promise.all(pending)
    assert.ok(outcomes.every((outcome) => !outcome.ok && outcome.reason === 'cancelled'))
    await closing()
    assert.is(openSockets(), sockets)
    assert.ok(beside < alone * 20, `${beside.toFixed(2)} ms beside the black hole, ${alone.toFixed(2)} ms alone`)
  })
})
