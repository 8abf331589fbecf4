import { getEventListeners } from 'node:events'
import { aborted, createDeadline, DeadlineExceeded } from '../../../prober/net/deadline.ts'
import { PHASES } from '../../../prober/net/outcome.ts'
import { assert, describe } from '../../harness.ts'

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

describe('deadline', (test) => {
  test('fires when its time is over and says that it was the deadline', async () => {
    using deadline = createDeadline(0.02)
    assert.ok(deadline.remainingSeconds() > 0)
    await fired(deadline.signal)
    assert.ok(deadline.signal.reason instanceof DeadlineExceeded)
    assert.is(deadline.remainingSeconds(), 0)
  })

  for (const seconds of [0, -1, Number.NaN, Number.NEGATIVE_INFINITY]) {
    test(`fires at once when it has ${seconds} seconds`, () => {
      using deadline = createDeadline(seconds)
      assert.is(deadline.signal.aborted, true)
      assert.is(deadline.remainingSeconds(), 0)
      assert.is(aborted('connect', deadline.signal).reason, 'connect_timeout')
    })
  }

  for (const seconds of [3_000_000, Number.POSITIVE_INFINITY]) {
    test(`does not overflow the timer with ${seconds} seconds`, async () => {
      using deadline = createDeadline(seconds)
      await new Promise((resolve) => setImmediate(resolve))
      assert.is(deadline.signal.aborted, false)
    })
  }

  test('fires at once when its parent has fired before', () => {
    using deadline = createDeadline(5, AbortSignal.abort())
    assert.is(aborted('tls', deadline.signal).reason, 'cancelled')
  })

  test('a parent that fires later cancels', () => {
    const parent = new AbortController()
    using deadline = createDeadline(5, parent.signal)
    parent.abort()
    assert.is(aborted('resolve', deadline.signal).reason, 'cancelled')
  })

  test("a parent's deadline stays a deadline in the child", () => {
    using parent = createDeadline(0)
    using child = createDeadline(5, parent.signal)
    assert.is(aborted('resolve', child.signal).reason, 'dns_timeout')
    assert.match(aborted('resolve', child.signal).message, 'deadline of 0 s')
  })

  test('leaves no listener on its parent and no timer', () => {
    const parent = new AbortController()
    {
      using deadline = createDeadline(60, parent.signal)
      assert.is(getEventListeners(parent.signal, 'abort').length, 1)
      assert.is(deadline.signal.aborted, false)
    }
    assert.is(getEventListeners(parent.signal, 'abort').length, 0)
    // The runner fails this file if the 60 s timer kept the process alive.
  })

  for (const phase of PHASES) {
    test(`tells apart, in phase ${phase}, the deadline and a cancellation`, () => {
      using deadline = createDeadline(0)
      const timeout = aborted(phase, deadline.signal)
      assert.is(timeout.phase, phase)
      assert.match(timeout.reason, phase === 'other' ? /^internal$/ : /_timeout$/)
      assert.is(aborted(phase, AbortSignal.abort()).reason, 'cancelled')
    })
  }
})
