/** Echo requests in a row, and what became of each. */
import { randomInt } from 'node:crypto'
import type { EchoOptions, EchoReply, IcmpSocket, IcmpSockets } from '../../net/icmp-socket.ts'
import type { Failure } from '../../net/outcome.ts'
import type { PacketError } from '../../wire/socket-message.ts'

export interface EchoPlan {
  readonly count: number
  /** Between the starts of two requests. */
  readonly intervalMs: number
  /** `performance.now()` until which the missing replies are awaited once something came back. */
  readonly lastMs: number
}

export type Echo =
  | { readonly state: 'pending'; readonly sentAtMs: number }
  | { readonly state: 'replied'; readonly roundTripMs: number; readonly hopLimit: number | undefined }
  | { readonly state: 'refused'; readonly error: PacketError }

export interface Tally {
  /** One for each request that was sent, in order; `pending`: nothing came in time. */
  readonly echoes: readonly Echo[]
  /** `performance.now()` of the first request, and of what ended it all. */
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** The request after those could not be sent. */
  readonly unsent: Failure | undefined
}

/** Once something came back, stragglers get this long, or a few of the longest round trips (ping takes 2). */
const STRAGGLER_MS = 1000
const STRAGGLER_ROUND_TRIPS = 4

const NUMBERS = 0x10000

/** Opens a socket, and closes it. Ends when the fate of each request is known, soon after the last one, or by the signal. */
export async function exchangeEchoes(
  sockets: IcmpSockets,
  options: EchoOptions,
  plan: EchoPlan,
  signal: AbortSignal,
  onOpen: (socket: IcmpSocket) => void,
): Promise<Tally | Failure> {
  const ended = Promise.withResolvers<Tally>()
  const run = createRun(plan, ended.resolve)
  const socket = sockets.open(options, run)
  if (!socket.ok) return socket
  const end = () => run.end(performance.now())
  signal.addEventListener('abort', end, { once: true })
  try {
    onOpen(socket)
    run.start(socket)
    return await ended.promise
  } finally {
    signal.removeEventListener('abort', end)
    run.stop()
    socket[Symbol.dispose]()
  }
}

interface Run {
  start(socket: IcmpSocket): void
  end(atMs: number): void
  /** No timer is left. */
  stop(): void
  onReply(reply: EchoReply): void
  onError(error: PacketError, sequence: number | undefined): void
}

function createRun({ count, intervalMs, lastMs }: EchoPlan, done: (tally: Tally) => void): Run {
  const first = randomInt(NUMBERS)
  const echoes: Echo[] = []
  let pending = 0
  let slowestMs: number | undefined
  let startedAtMs: number | undefined
  let sending: NodeJS.Timeout | undefined
  let waiting: NodeJS.Timeout | undefined

  const end = (endedAtMs: number, unsent?: Failure) =>
    done({ echoes: [...echoes], startedAtMs: startedAtMs ?? endedAtMs, endedAtMs, unsent })

  function send(socket: IcmpSocket): void {
    const sent = socket.send((first + echoes.length) % NUMBERS)
    if (!sent.ok) {
      end(performance.now(), sent)
      return
    }
    startedAtMs ??= sent.atMs
    echoes.push({ state: 'pending', sentAtMs: sent.atMs })
    pending += 1
    if (echoes.length === count) awaitStragglers()
    else {
      const dueMs = startedAtMs + echoes.length * intervalMs
      sending = setTimeout(send, Math.max(0, dueMs - performance.now()), socket)
    }
  }

  /** As long as nothing came there is nothing to tell a lost one from a slow one by: then all the time is given. */
  function awaitStragglers(): void {
    if (echoes.length < count || pending === 0 || slowestMs === undefined) return
    const nowMs = performance.now()
    const untilMs = Math.min(lastMs, nowMs + Math.max(STRAGGLER_MS, slowestMs * STRAGGLER_ROUND_TRIPS))
    clearTimeout(waiting)
    waiting = setTimeout(() => end(performance.now()), Math.max(0, untilMs - nowMs))
  }

  function settle(index: number, sentAtMs: number, atMs: number, echo: Echo): void {
    echoes[index] = echo
    pending -= 1
    slowestMs = Math.max(slowestMs ?? 0, atMs - sentAtMs)
    if (echoes.length === count && pending === 0) end(atMs)
    else awaitStragglers()
  }

  return {
    start: send,
    end,
    stop() {
      clearTimeout(sending)
      clearTimeout(waiting)
    },
    onReply({ sequence, atMs, hopLimit }) {
      const index = (sequence - first + NUMBERS) % NUMBERS
      const echo = echoes[index]
      if (echo?.state !== 'pending') return
      // A clock that was set meanwhile makes the kernel's stamp useless.
      const cameAtMs = atMs >= echo.sentAtMs ? atMs : performance.now()
      const roundTripMs = cameAtMs - echo.sentAtMs
      settle(index, echo.sentAtMs, cameAtMs, { state: 'replied', roundTripMs, hopLimit })
    },
    onError(error, sequence) {
      const isPending = ({ state }: Echo) => state === 'pending'
      const index = sequence === undefined ? echoes.findIndex(isPending) : (sequence - first + NUMBERS) % NUMBERS
      const echo = echoes[index]
      if (echo?.state === 'pending') settle(index, echo.sentAtMs, performance.now(), { state: 'refused', error })
    },
  }
}
