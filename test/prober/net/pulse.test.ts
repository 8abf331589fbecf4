import { inLine, type PulseClocks, startPulse } from '../../../prober/net/pulse.ts'
import { inTurn } from '../../../prober/net/turn.ts'
import { assert, describe } from '../../harness.ts'

const BEAT_MS = 20

/** Clocks that move when told. */
function createClocks(waitsInLine = false) {
  let [monotonicMs, wallMs, bootMs] = [1000, 1_700_000_000_000, 5_000_000]
  let beat = () => {}
  const pass = (ms: number) => {
    monotonicMs += ms
    wallMs += ms
    bootMs += ms
  }
  const clocks: PulseClocks = {
    monotonicMs: () => monotonicMs,
    wallMs: () => wallMs,
    bootMs: () => bootMs,
    every(_ms, call) {
      beat = waitsInLine ? inLine(call) : call
      return () => {
        beat = () => {}
      }
    },
  }
  const pulse = startPulse(clocks)
  return {
    pulse,
    /** The loop stands still, and no beat comes. */
    pass,
    /** So many beats, each so late. */
    beats(count: number, lateMs = 0) {
      for (let left = count; left > 0; left--) {
        pass(BEAT_MS + lateMs)
        beat()
      }
    },
    set(ms: number) {
      wallMs += ms
    },
    sleep(ms: number) {
      wallMs += ms
      bootMs += ms
    },
  }
}

describe('the pulse of the process', (test) => {
  test('a loop that is only a little late all the time has not stalled', () => {
    const { pulse, beats } = createClocks()
    beats(500, 49)
    assert.is(pulse.stalledMs(), 0)
  })

  test('a line of small pieces of work is a stall for what waits at its end', async () => {
    const { pulse, pass, beats } = createClocks(true)
    for (let pieces = 0; pieces < 10; pieces++) inTurn(pass, 30)
    beats(2)
    await new Promise((resolve) => inTurn(resolve, undefined))
    assert.is(pulse.stalledMs(), 320)
  })

  test('stalls add up', () => {
    const { pulse, beats } = createClocks()
    beats(3, 200)
    beats(5)
    assert.is(pulse.stalledMs(), 600)
  })

  test('a stall that goes on is told before the next beat, and once', () => {
    const { pulse, pass, beats } = createClocks()
    pass(BEAT_MS + 300)
    assert.is(pulse.stalledMs(), 300)
    beats(1)
    assert.is(pulse.stalledMs(), 320)
    beats(10)
    assert.is(pulse.stalledMs(), 320)
  })

  for (const ms of [-3_600_000, -150, 150, 86_400_000]) {
    test(`a clock that is set by ${ms} ms is a step, and nobody slept`, () => {
      const { pulse, set, beats } = createClocks()
      beats(10)
      set(ms)
      beats(10)
      assert.equal([pulse.clockSteps(), pulse.sleptMs(), pulse.stalledMs()], [1, 0, 0])
    })
  }

  test('a clock that is slewed, half a millisecond in a second, has no step', () => {
    const { pulse, set, beats } = createClocks()
    for (let second = 0; second < 600; second++) {
      beats(50)
      set(0.5)
    }
    assert.is(pulse.clockSteps(), 0)
  })

  test('a sleep is a step, and is as long as the machine says', () => {
    const { pulse, sleep, beats } = createClocks()
    sleep(3_600_000)
    beats(10)
    sleep(7000)
    beats(10)
    assert.equal([pulse.clockSteps(), pulse.sleptMs()], [2, 3_607_000])
  })

  test('a sleep and a clock that is set in it are told apart', () => {
    const { pulse, sleep, set, beats } = createClocks()
    sleep(60_000)
    set(-86_400_000)
    beats(10)
    assert.equal([pulse.clockSteps(), pulse.sleptMs()], [1, 60_000])
  })

  test('a real loop that is held is found out, and one that is not keeps no process alive', async () => {
    using pulse = startPulse()
    await new Promise((resolve) => setTimeout(resolve, BEAT_MS * 2))
    const before = pulse.stalledMs()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250)
    assert.ok(pulse.stalledMs() - before > 100)
  })
})
