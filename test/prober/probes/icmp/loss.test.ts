/** Replies that are late, lost, foreign, doubled or errors instead: each verdict from the same scripted socket. */
import type { IcmpModule } from '../../../../prober/config/schema.ts'
import type { PacketError } from '../../../../prober/wire/socket-message.ts'
import { assert, describe } from '../../../harness.ts'
import { sumOfPhases, verdictOf } from '../http-module.ts'
import { answers, ping, type Script, scripted } from './icmp-module.ts'

const silent: Script = () => undefined
const only =
  (...packets: readonly number[]): Script =>
  (packet, tell, sequence) =>
    packets.includes(packet) ? answers(packet, tell, sequence) : undefined

/** EHOSTUNREACH = 113, EMSGSIZE = 90. */
const UNREACHABLE: PacketError = {
  errno: 113,
  byIcmp: true,
  icmpType: 3,
  icmpCode: 1,
  info: 0,
  offender: '192.0.2.254',
}
const refuses =
  (error: Partial<PacketError> = {}): Script =>
  (_packet, tell, sequence) =>
    tell.onError({ ...UNREACHABLE, ...error }, sequence)

interface Row {
  readonly title: string
  readonly script: Script
  readonly module?: Partial<IcmpModule>
  readonly verdict: string
  readonly received: number
  readonly message?: RegExp
  readonly target?: string
  readonly timeoutSeconds?: number
}

const FOUR = { packetCount: 4 }

const ROWS: readonly Row[] = [
  { title: 'answers', script: answers, verdict: 'ok', received: 1 },
  { title: 'is silent', script: silent, verdict: 'rtt icmp_timeout', received: 0, message: /did not answer the echo/ },
  {
    title: 'is silent four times',
    script: silent,
    module: FOUR,
    verdict: 'rtt icmp_timeout',
    received: 0,
    message: /any of 4 echo requests/,
    timeoutSeconds: 1.5,
  },
  { title: 'answers every packet', script: answers, module: FOUR, verdict: 'ok', received: 4 },
  { title: 'loses as many as it may', script: only(0, 3), module: FOUR, verdict: 'ok', received: 2 },
  {
    title: 'loses one more than it may',
    script: only(3),
    module: FOUR,
    verdict: 'rtt icmp_loss',
    received: 1,
    message: /^3 of 4 echo requests to 127\.0\.0\.1 were lost, 50 % may be$/,
  },
  {
    title: 'loses one where none may be lost',
    script: only(0, 1, 2),
    module: { ...FOUR, maxLossRatio: 0 },
    verdict: 'rtt icmp_loss',
    received: 3,
  },
  {
    title: 'loses all but one where all may be lost',
    script: only(2),
    module: { ...FOUR, maxLossRatio: 1 },
    verdict: 'ok',
    received: 1,
  },
  {
    title: 'answers each packet three times',
    script: (packet, tell, sequence) => {
      for (let count = 0; count < 3; count += 1) answers(packet, tell, sequence)
    },
    module: FOUR,
    verdict: 'ok',
    received: 4,
  },
  {
    title: 'answers in the wrong order',
    script: (packet, tell, sequence) => {
      if (packet === 3) for (const back of [0, 1, 2, 3]) answers(packet, tell, (sequence - back) & 0xffff)
    },
    module: FOUR,
    verdict: 'ok',
    received: 4,
  },
  {
    title: 'answers what was never asked',
    script: (packet, tell, sequence) => {
      for (const off of [1, -1, 0x8000]) answers(packet, tell, (sequence + off) & 0xffff)
    },
    verdict: 'rtt icmp_timeout',
    received: 0,
  },
  {
    title: 'is behind a router that knows no way',
    script: refuses(),
    verdict: 'rtt icmp_unreachable',
    received: 0,
    message: /^127\.0\.0\.1 did not answer\. 192\.0\.2\.254 said: the host cannot be reached \(ICMP type 3, code 1\)$/,
  },
  {
    title: 'says itself that a firewall forbids it',
    script: refuses({ icmpCode: 13, offender: '127.0.0.1' }),
    verdict: 'rtt icmp_unreachable',
    received: 0,
    message: /It said: a firewall prohibits it/,
  },
  {
    title: 'is further away than the ttl',
    script: refuses({ icmpType: 11, icmpCode: 0 }),
    verdict: 'rtt icmp_unreachable',
    received: 0,
    message: /time to live ran out on the way; raise ttl/,
  },
  {
    title: 'cannot be reached over IPv6, with a code that nobody knows',
    target: '::1',
    script: refuses({ icmpType: 1, icmpCode: 99, offender: undefined }),
    verdict: 'rtt icmp_unreachable',
    received: 0,
    message: /A router said: EHOSTUNREACH \(ICMP type 1, code 99\)/,
  },
  {
    title: 'is behind a smaller MTU',
    script: refuses({ errno: 90, icmpCode: 4, info: 1280 }),
    verdict: 'rtt icmp_too_large',
    received: 0,
    message: /192\.0\.2\.254 passes on at most 1280 bytes; lower payload_size/,
  },
  {
    title: 'fails at our own kernel, which does not say for which packet',
    script: (_packet, tell) => tell.onError({ ...UNREACHABLE, byIcmp: false }, undefined),
    verdict: 'rtt icmp_unreachable',
    received: 0,
    message: /cannot be pinged: no route to this host/,
  },
  {
    title: 'answers one and refuses three',
    script: (packet, tell, sequence) => (packet === 0 ? answers : refuses())(packet, tell, sequence),
    module: FOUR,
    verdict: 'rtt icmp_loss',
    received: 1,
    message: /3 of 4 .* 50 % may be; 127\.0\.0\.1 did not answer\. 192\.0\.2\.254 said/,
  },
  {
    title: 'is asked too slowly for the time there is',
    script: answers,
    module: { packetCount: 3, packetIntervalSeconds: 60 },
    verdict: 'rtt icmp_timeout',
    received: 1,
    timeoutSeconds: 1,
    message: /^Only 1 of 3 echo requests were sent before the deadline/,
  },
]

/** Where replies come, the machine may be as slow as it likes; silence lasts until the deadline. */
const TIMEOUT_SECONDS = { answering: 20, silent: 0.3 }

describe('an ICMP probe of a host that', (test) => {
  // All at once: each waits for stragglers or its deadline.
  const settled = Promise.allSettled(ROWS.map(probeRow))
  for (const [index, { title, verdict }] of ROWS.entries()) {
    test(`${title}: ${verdict}`, async () => {
      const outcome = (await settled)[index]
      if (outcome?.status !== 'fulfilled') throw outcome?.reason
    })
  }
})

async function probeRow({
  script,
  module = {},
  verdict,
  received,
  message,
  target = '127.0.0.1',
  timeoutSeconds,
}: Row) {
  const sockets = scripted(script)
  const seconds = timeoutSeconds ?? (received > 0 ? TIMEOUT_SECONDS.answering : TIMEOUT_SECONDS.silent)
  const result = await ping(target, module, sockets, { timeoutSeconds: seconds })
  assert.is(verdictOf(result), verdict, JSON.stringify(result.outcome))
  assert.equal([result.icmp.received, result.icmp.roundTripSeconds.length], [received, received])
  if (!result.outcome.ok) assert.match(result.outcome.message, message ?? /^[A-Z\d]/)
  assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9, 'phases do not add up')
  assert.is(sockets.openSockets(), 0, 'a socket is left open')
}
