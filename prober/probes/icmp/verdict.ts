import type { IcmpModule } from '../../config/schema.ts'
import { aborted, DeadlineExceeded } from '../../net/deadline.ts'
import { packetFailure } from '../../net/icmp-error.ts'
import { failure, type Outcome } from '../../net/outcome.ts'
import type { Address } from '../../net/resolve.ts'
import type { IcmpFacts } from '../result.ts'
import type { Echo, Tally } from './echoes.ts'

export type { Tally } from './echoes.ts'

type Replied = Extract<Echo, { state: 'replied' }>
type Refused = Extract<Echo, { state: 'refused' }>

export function factsOf({ echoes }: Tally, packetCount: number): IcmpFacts {
  const replies = repliesOf(echoes)
  return {
    packetCount,
    sent: echoes.length,
    received: replies.length,
    roundTripSeconds: replies.map(roundTripSecondsOf),
    replyHopLimit: replies[0]?.hopLimit,
  }
}

/** The signal may have fired: then what came until then counts. */
export function verdictOf(
  { echoes, unsent }: Tally,
  { packetCount, maxLossRatio }: IcmpModule,
  address: Address,
  signal: AbortSignal,
): Outcome {
  if (signal.aborted && !(signal.reason instanceof DeadlineExceeded)) return aborted('rtt', signal)
  if (unsent !== undefined) return unsent
  const received = repliesOf(echoes).length
  const refused = echoes.find((echo): echo is Refused => echo.state === 'refused')
  if (received === 0 && refused !== undefined) return packetFailure(refused.error, address)
  if (received === 0) return silence(echoes.length, address, signal)
  if (echoes.length < packetCount) return failure('rtt', 'icmp_timeout', unsentText(echoes.length, packetCount))
  if ((echoes.length - received) / echoes.length <= maxLossRatio) return { ok: true }
  const why = refused === undefined ? '' : `; ${packetFailure(refused.error, address).message}`
  const allowed = `${round(maxLossRatio * 100)} % may be`
  return failure(
    'rtt',
    'icmp_loss',
    `${echoes.length - received} of ${echoes.length} echo requests to ${address.ip} were lost, ${allowed}${why}`,
  )
}

/** In whole nanoseconds, as the kernel stamps: digits more would be noise. */
export function roundTripSecondsOf({ roundTripMs }: Replied): number {
  return Math.round(roundTripMs * 1e6) / 1e9
}

function repliesOf(echoes: readonly Echo[]): Replied[] {
  return echoes.filter((echo): echo is Replied => echo.state === 'replied')
}

function silence(sent: number, { ip }: Address, signal: AbortSignal): Outcome {
  const { phase, reason, message } = aborted('rtt', signal)
  const what = sent === 1 ? 'the echo request' : `any of ${sent} echo requests`
  return failure(phase, reason, `${ip} did not answer ${what}: it is off, or ICMP is dropped on the way. ${message}`)
}

function unsentText(sent: number, wanted: number): string {
  return `Only ${sent} of ${wanted} echo requests were sent before the deadline: raise timeout, or send fewer or faster`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
