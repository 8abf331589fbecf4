/**
 * ICMP through a real router: two network namespaces, `prober — router — far`, with routes that refuse, lose and
 * forbid, and a far link with a small MTU. Root makes them as it is; anybody else in a user namespace, where allowed.
 */
import { join } from 'node:path'
import type { IcmpModule } from '../../prober/config/schema.ts'
import type { IcmpFacts } from '../../prober/probes/result.ts'
import { assert, type Test } from '../harness.ts'
import { describeWithPrograms, startProgram } from '../programs.ts'

export type Asked = readonly [target: string, module: Partial<IcmpModule>, timeoutSeconds: number]
export interface Found {
  readonly verdict: string
  readonly message: string
  readonly kind: string
  readonly facts: IcmpFacts
}

/** In the prober's namespace; `$1` is net.ipv4.ping_group_range, the rest is run once all stands. */
const NETWORK = `
set -e
unshare -n sleep 60 & router=$!
trap 'kill $router' EXIT
until [ "$(readlink /proc/$router/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do :; done
r() { nsenter -t $router -n "$@"; }
ip link set lo up
ip link add v0 type veth peer name v1
ip link set v1 netns $router
ip addr add 192.0.2.1/24 dev v0
ip -6 addr add 2001:db8:1::1/64 dev v0 nodad
ip link set v0 up
r ip link set lo up
r ip addr add 192.0.2.254/24 dev v1
r ip -6 addr add 2001:db8:1::254/64 dev v1 nodad
r ip link set v1 up
ip route add default via 192.0.2.254
ip -6 route add default via 2001:db8:1::254
r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
r ip link add f0 type veth peer name f1
r ip link set f0 mtu 1280
r ip link set f0 up
r ip link set f1 up
r ip addr add 203.0.113.1/24 dev f0
r ip -6 addr add 2001:db8:2::1/64 dev f0 nodad
r ip neigh add 203.0.113.9 lladdr 02:00:00:00:00:01 dev f0
r ip -6 neigh add 2001:db8:2::9 lladdr 02:00:00:00:00:01 dev f0
r ip route add unreachable 198.51.100.0/28
r ip route add prohibit 198.51.100.16/28
r ip route add blackhole 198.51.100.32/28
r ip -6 route add unreachable 2001:db8:3::/64
r ip -6 route add prohibit 2001:db8:4::/64
sysctl -qw net.ipv4.ping_group_range="$1"
shift
"$@"
`

interface Row {
  readonly title: string
  readonly target: string
  readonly module?: Partial<IcmpModule>
  readonly verdict: string
  readonly message?: RegExp
  readonly received?: number
}

const big = { payloadBytes: 1400, dontFragment: true }

const ROWS: readonly Row[] = [
  { title: 'the router', target: '192.0.2.254', verdict: 'ok', received: 1 },
  { title: 'the router over IPv6', target: '2001:db8:1::254', verdict: 'ok', received: 1 },
  {
    title: 'the router five times, from an address of our own',
    target: '192.0.2.254',
    module: { packetCount: 5, sourceIp: '192.0.2.1' },
    verdict: 'ok',
    received: 5,
  },
  {
    title: 'a packet that is fragmented and put together again',
    target: '192.0.2.254',
    module: { payloadBytes: 9000 },
    verdict: 'ok',
    received: 1,
  },
  {
    title: 'a host that is silent',
    target: '203.0.113.9',
    verdict: 'rtt icmp_timeout',
    message: /did not answer the echo request/,
  },
  { title: 'a host that is silent over IPv6', target: '2001:db8:2::9', verdict: 'rtt icmp_timeout' },
  { title: 'packets that the router drops', target: '198.51.100.33', verdict: 'rtt icmp_timeout' },
  {
    title: 'a host that the router cannot reach',
    target: '198.51.100.1',
    verdict: 'rtt icmp_unreachable',
    message:
      /^198\.51\.100\.1 did not answer\. 192\.0\.2\.254 said: the host cannot be reached \(ICMP type 3, code 1\)$/,
  },
  {
    title: 'a host that the router cannot reach, three times',
    target: '198.51.100.1',
    module: { packetCount: 3 },
    verdict: 'rtt icmp_unreachable',
  },
  {
    title: 'a host that the router may not reach',
    target: '198.51.100.17',
    verdict: 'rtt icmp_unreachable',
    message: /said: a firewall prohibits it \(ICMP type 3, code 13\)/,
  },
  {
    title: 'a host of IPv6 without a route',
    target: '2001:db8:3::1',
    verdict: 'rtt icmp_unreachable',
    message: /2001:db8:1::254 said: there is no route \(ICMP type 1, code 0\)/,
  },
  {
    title: 'a host of IPv6 that is prohibited',
    target: '2001:db8:4::1',
    verdict: 'rtt icmp_unreachable',
    message: /said: a firewall prohibits it \(ICMP type 1, code 1\)/,
  },
  {
    title: 'a host behind more routers than the ttl',
    target: '203.0.113.9',
    module: { ttl: 1 },
    verdict: 'rtt icmp_unreachable',
    message: /192\.0\.2\.254 said: the packet’s time to live ran out/,
  },
  {
    title: 'a host of IPv6 behind more routers than the ttl',
    target: '2001:db8:2::9',
    module: { ttl: 1 },
    verdict: 'rtt icmp_unreachable',
    message: /2001:db8:1::254 said: the packet’s time to live ran out/,
  },
  {
    title: 'an MTU that is too small further on',
    target: '203.0.113.10',
    module: big,
    verdict: 'rtt icmp_too_large',
    message: /192\.0\.2\.254 passes on at most 1280 bytes/,
  },
  {
    title: 'an MTU of IPv6 that is too small further on',
    target: '2001:db8:2::a',
    module: big,
    verdict: 'rtt icmp_too_large',
    message: /2001:db8:1::254 passes on at most 1280 bytes/,
  },
  {
    title: 'an MTU that is too small at once',
    target: '192.0.2.254',
    module: { payloadBytes: 2000, dontFragment: true },
    verdict: 'rtt icmp_too_large',
    message: /the way takes at most 1500 bytes/,
  },
]

const PROGRAMS = ['unshare', 'nsenter', 'ip', 'sysctl']
const TIMEOUT_SECONDS = 2
const asked = ROWS.map(({ target, module = {} }): Asked => [target, module, TIMEOUT_SECONDS])

/** `range`: net.ipv4.ping_group_range; our group is 0 in either namespace. */
async function probeInNetwork(range: string): Promise<Found[]> {
  const namespaces = process.getuid?.() === 0 ? '-n' : '-rn'
  const node = [process.execPath, join(import.meta.dirname, 'icmp-rows.ts'), JSON.stringify(asked)]
  await using program = await startProgram('unshare', [namespaces, 'sh', '-c', NETWORK, 'sh', range, ...node])
  const code = await program.ended
  const results = /^\[\{.*\}\]$/m.exec(program.output())?.[0]
  if (results === undefined) throw new Error(`the network could not be made (exit code ${code}): ${program.output()}`)
  return JSON.parse(results) as Found[]
}

for (const [kind, range] of [
  ['datagram', '0 0'],
  ['raw', '1 0'],
] as const) {
  describeWithPrograms(`an ICMP probe through a router, by a ${kind} socket, of`, PROGRAMS, (test: Test) => {
    const all = probeInNetwork(range)
    all.catch(() => undefined)
    for (const [index, { title, verdict, message = /^/, received = 0 }] of ROWS.entries()) {
      test(`${title}: ${verdict}`, async () => {
        const found = (await all)[index]
        assert.is(found?.verdict, verdict, JSON.stringify(found))
        assert.match(found?.message ?? '', message)
        assert.equal([found?.kind, found?.facts.received], [kind, received])
        if (received > 0) assert.is(found?.facts.replyHopLimit, 64)
      })
    }
  })
}
