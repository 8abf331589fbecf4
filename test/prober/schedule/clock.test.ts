import { systemClock } from '../../../prober/schedule/clock.ts'
import { assert, describe } from '../../harness.ts'

describe('the clock of the schedule', (test) => {
  test('goes on while the machine sleeps', () => {
    let sleptMs = 0
    const clock = systemClock({ sleptMs: () => sleptMs })
    const before = clock.nowSeconds()
    sleptMs = 3_600_000
    assert.ok(clock.nowSeconds() >= before + 3600)
  })

  test('a timer that is cancelled does not call', async () => {
    const clock = systemClock({ sleptMs: () => 0 })
    const called: string[] = []
    clock.after(0, () => called.push('cancelled'))()
    await new Promise<void>((resolve) => {
      clock.after(0.001, resolve)
    })
    assert.equal(called, [])
  })
})
