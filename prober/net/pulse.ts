/**
 * What the process itself missed. A timer beats every 20 ms, and its beat waits in line with what else has arrived: where
 * it comes late, everything else came late, too, and where the machine's clock has moved otherwise than the monotonic one, it was set or the machine slept.
 */
import { uptime } from 'node:os'
import { inTurn } from './turn.ts'

export interface Pulse extends Disposable {
  /**
   * All the time for which the event loop stood still, or what had arrived waited for its turn, for longer than
   * `SHORTEST_STALL_MS` at a time, an ongoing stall included.
   */
  stalledMs(): number
  /** How often the machine's clock was set, or the machine slept. */
  clockSteps(): number
  /** Which the monotonic clock leaves out. */
  sleptMs(): number
}

/** Milliseconds; only differences count. */
export interface PulseClocks {
  monotonicMs(): number
  /** Unix time. */
  wallMs(): number
  /** As the monotonic clock, but goes on while the machine sleeps. Costly: asked once, and at each step. */
  bootMs(): number
  /** Calls every so often until cancelled; does not keep the process alive. */
  every(ms: number, call: () => void): () => void
}

const BEAT_MS = 20
/** Shorter ones are usual under load, and falsify no time by more than a garbage collection does. */
export const SHORTEST_STALL_MS = 50
/** NTP slews a clock by at most 0.5 ms a second (adjtime(2)); what it does not slew, it steps by more than 128 ms (ntpd(8)). */
const SHORTEST_STEP_MS = 100
/** The two clocks are read one after the other: in between the kernel may have run somebody else. */
const LONGEST_READING_MS = 10

export const systemClocks: PulseClocks = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  bootMs: () => uptime() * 1000,
  every(ms, call) {
    const timer = setInterval(inLine(call), ms).unref()
    return () => clearInterval(timer)
  },
}

/** Not one behind the other: those would come 20 ms apart again, however late they all are. */
export function inLine(call: () => void): () => void {
  let isWaiting = false
  const run = () => {
    isWaiting = false
    call()
  }
  return () => {
    if (isWaiting) return
    isWaiting = true
    inTurn(run, undefined)
  }
}

export function startPulse(clocks: PulseClocks = systemClocks): Pulse {
  const sleep = watchSleep(clocks)
  let beatAtMs = clocks.monotonicMs()
  let stalledMs = 0
  let steps = 0
  let wallAheadMs = clocks.wallMs() - beatAtMs
  const lateMs = (nowMs: number) => {
    const late = nowMs - beatAtMs - BEAT_MS
    return late >= SHORTEST_STALL_MS ? late : 0
  }
  const stop = clocks.every(BEAT_MS, () => {
    const nowMs = clocks.monotonicMs()
    stalledMs += lateMs(nowMs)
    beatAtMs = nowMs
    const aheadMs = clocks.wallMs() - nowMs
    if (Math.abs(aheadMs - wallAheadMs) < SHORTEST_STEP_MS) {
      wallAheadMs = aheadMs
      return
    }
    if (clocks.monotonicMs() - nowMs > LONGEST_READING_MS) return
    wallAheadMs = aheadMs
    steps += 1
    sleep.look()
  })
  return {
    stalledMs: () => stalledMs + lateMs(clocks.monotonicMs()),
    clockSteps: () => steps,
    sleptMs: sleep.totalMs,
    [Symbol.dispose]: stop,
  }
}

/** Uptime comes in hundredths of a second, or in whole ones. */
const SHORTEST_SLEEP_MS = 2000

function watchSleep({ bootMs, monotonicMs }: PulseClocks) {
  let aheadMs = bootMs() - monotonicMs()
  let totalMs = 0
  return {
    totalMs: () => totalMs,
    look() {
      const nowAheadMs = bootMs() - monotonicMs()
      if (nowAheadMs - aheadMs < SHORTEST_SLEEP_MS) return
      totalMs += nowAheadMs - aheadMs
      aheadMs = nowAheadMs
    },
  }
}
