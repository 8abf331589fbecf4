import type { Target } from '../../../prober/config/schema.ts'
import type { Result } from '../../../prober/probes/result.ts'
import { nextStart, offsetSeconds, runTimeoutSeconds } from '../../../prober/schedule/plan.ts'
import { type Clock, createScheduler, isSameTarget } from '../../../prober/schedule/scheduler.ts'
import { assert, describe } from '../../harness.ts'
import { success, target } from '../metrics/results.ts'

/** Time that moves when told. */
function createTestClock(startSeconds = 1_000_000) {
  let now = startSeconds
  const timers = new Set<{ readonly atSeconds: number; readonly call: () => void }>()
  const clock: Clock = {
    nowSeconds: () => now,
    after(seconds, call) {
      const timer = { atSeconds: now + Math.max(0, seconds), call }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  }
  return {
    clock,
    timers: () => timers.size,
    /** The loop stands still for so long: timers come late, all at the end. */
    stall(seconds: number) {
      now += seconds
    },
    async advance(seconds: number) {
      const end = now + seconds
      for (;;) {
        const due = [...timers].filter(({ atSeconds }) => atSeconds <= end).sort((a, b) => a.atSeconds - b.atSeconds)[0]
        if (due === undefined) break
        timers.delete(due)
        now = Math.max(now, due.atSeconds)
        due.call()
        await settle()
      }
      now = end
    },
  }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Probes that answer at once, or when told to. */
function setUp(options: { readonly isHeld?: boolean } = {}) {
  const time = createTestClock()
  const starts: { target: Target; atSeconds: number; signal: AbortSignal; end: () => void }[] = []
  const results: Target[] = []
  const errors: unknown[] = []
  const scheduler = createScheduler({
    clock: time.clock,
    probe: (target, signal) =>
      new Promise<Result>((resolve) => {
        const end = () => resolve(success())
        starts.push({ target, atSeconds: time.clock.nowSeconds(), signal, end })
        signal.addEventListener('abort', end)
        if (!options.isHeld) end()
      }),
    onRun: (target) => void results.push(target),
    onError: (_target, error) => void errors.push(error),
  })
  const stopNow = async () => {
    const stopped = scheduler.stop(0)
    await time.advance(0)
    await stopped
  }
  return { ...time, scheduler, starts, results, errors, stopNow }
}

describe('plan', (test) => {
  const cases: readonly (readonly [now: number, interval: number, offset: number, next: number])[] = [
    [100, 10, 3, 103],
    [103, 10, 3, 113],
    [102.999, 10, 3, 103],
    [0, 10, 0, 10],
    [105, 10, 0, 110],
    [100, 0.5, 0.25, 100.25],
  ]
  for (const [now, interval, offset, next] of cases) {
    test(`after ${now}, every ${interval} at ${offset}: ${next}`, () =>
      assert.is(nextStart(now, interval, offset), next))
  }

  test('names that differ by a number spread evenly over the interval', () => {
    const buckets = new Array<number>(10).fill(0)
    for (let index = 0; index < 1000; index++) {
      const bucket = Math.floor(offsetSeconds(`https://web-${index}.example.test/`, 10))
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
    }
    for (const count of buckets) assert.ok(count > 60 && count < 140, `${buckets}`)
  })

  test('an offset is stable and inside its interval', () => {
    assert.is(offsetSeconds('web', 60), offsetSeconds('web', 60))
    for (const name of ['', 'a', 'é', 'x'.repeat(9999)]) {
      assert.ok(offsetSeconds(name, 60) >= 0 && offsetSeconds(name, 60) < 60)
    }
  })

  test("a run's time ends before the next one starts", () => {
    assert.is(runTimeoutSeconds(5, 30), 5)
    assert.is(runTimeoutSeconds(0, 30), 10)
    assert.is(runTimeoutSeconds(0, 2), 1.8)
    assert.is(runTimeoutSeconds(40, 30), 29.5)
    assert.is(runTimeoutSeconds(30, 30), 29.5)
  })
})

describe('scheduler', (test) => {
  test('runs each target once per interval, at its own offset', async () => {
    const { scheduler, advance, starts, stopNow } = setUp()
    const targets = ['a', 'b', 'c'].map((name) => target({ name, intervalSeconds: 10 }))
    scheduler.reconcile(targets)
    await advance(100)
    for (const { name } of targets) {
      const own = starts.filter((start) => start.target.name === name).map(({ atSeconds }) => atSeconds)
      assert.is(own.length, 10, name)
      for (const at of own) assert.ok(Math.abs((at % 10) - offsetSeconds(name, 10)) < 1e-6)
    }
    assert.is(scheduler.missedRuns(), 0)
    await stopNow()
  })

  test('never runs a target twice at once, and counts what it left out', async () => {
    const { scheduler, advance, starts, stopNow } = setUp({ isHeld: true })
    scheduler.reconcile([target()])
    await advance(50)
    assert.is(starts.length, 1)
    assert.is(scheduler.missedRuns(), 4)
    starts[0]?.end()
    await settle()
    await advance(10)
    assert.is(starts.length, 2)
    await stopNow()
  })

  test('a target that times out each time is run in every interval, though its timeout is as long', async () => {
    const { clock, advance } = createTestClock()
    const interval = 10
    let runs = 0
    const scheduler = createScheduler({
      clock,
      probe() {
        runs++
        return new Promise(
          (resolve) => void clock.after(runTimeoutSeconds(interval, interval), () => resolve(success())),
        )
      },
      onRun: () => undefined,
      onError: () => undefined,
    })
    scheduler.reconcile([target({ intervalSeconds: interval })])
    await advance(100)
    assert.is(runs, 10)
    assert.is(scheduler.missedRuns(), 0)
    const stopped = scheduler.stop(0)
    await advance(interval)
    await stopped
  })

  test('after a stall it runs once, not once for each interval lost, and counts the others', async () => {
    const { scheduler, advance, stall, starts, stopNow } = setUp()
    scheduler.reconcile([target({ intervalSeconds: 10 })])
    await advance(10)
    stall(50)
    await advance(0)
    assert.is(starts.length, 2)
    assert.is(scheduler.missedRuns(), 4)
    await advance(10)
    assert.is(starts.length, 3)
    await stopNow()
  })

  test('a timer that fires early does not run a target twice', async () => {
    const calls: (() => void)[] = []
    let runs = 0
    const scheduler = createScheduler({
      // Each timer fires before its time has come: the clock never reaches the plan.
      clock: {
        nowSeconds: () => 1000,
        after(_seconds, call) {
          calls.push(call)
          return () => undefined
        },
      },
      async probe() {
        runs++
        return success()
      },
      onRun: () => undefined,
      onError: () => undefined,
    })
    scheduler.reconcile([target()])
    calls[0]?.()
    await settle()
    assert.is(runs, 1)
    assert.is(calls.length, 2)
    assert.is(scheduler.missedRuns(), 0)
  })

  test('unchanged targets keep their clock and their running probe over a change', async () => {
    const { scheduler, advance, starts, results, stopNow } = setUp({ isHeld: true })
    const kept = target({ name: 'kept', labels: { a: 'b' } })
    scheduler.reconcile([kept, target({ name: 'removed' }), target({ name: 'changed' })])
    await advance(10)
    assert.is(starts.length, 3)
    scheduler.reconcile([{ ...kept, labels: { a: 'b' } }, target({ name: 'changed', address: 'http://other.test/' })])
    await settle()
    const aborted = starts.filter(({ signal }) => signal.aborted).map((start) => start.target.name)
    assert.equal(aborted.sort(), ['changed', 'removed'])
    assert.equal(results, [], 'an answer to an old question is not told')
    starts.find((start) => start.target.name === 'kept')?.end()
    await settle()
    assert.equal(
      results.map(({ name }) => name),
      ['kept'],
    )
    assert.is(scheduler.targetCount(), 2)
    await advance(10)
    assert.is(starts.length, 5)
    await stopNow()
  })

  for (const [what, change] of [
    ['host name', { hostname: 'b' }],
    ['queried name', { question: { name: 'b', type: 'A' } }],
    ['queried type', { question: { name: 'a', type: 'B' } }],
    ['choice of addresses', { addresses: 'all' }],
  ] as const) {
    test(`another ${what} is another target`, () => {
      const before = target({ hostname: 'a', question: { name: 'a', type: 'A' }, addresses: 'any' })
      assert.ok(isSameTarget(before, { ...before, question: { name: 'a', type: 'A' } }))
      assert.not(isSameTarget(before, { ...before, ...change }))
    })
  }

  test('a stop starts nothing more and waits for what runs', async () => {
    const { scheduler, advance, starts, results, timers } = setUp({ isHeld: true })
    scheduler.reconcile([target({ name: 'a' }), target({ name: 'b' })])
    await advance(10)
    let stopped = false
    const stop = scheduler.stop(5).then(() => (stopped = true))
    await settle()
    assert.not(stopped)
    for (const { end } of starts) end()
    await stop
    assert.is(results.length, 2)
    assert.is(timers(), 0)
  })

  test('a reload that ends after the stop starts nothing, so that the process can end', async () => {
    const { scheduler, advance, starts, timers, stopNow } = setUp()
    scheduler.reconcile([target({ name: 'a' })])
    await stopNow()
    scheduler.reconcile([target({ name: 'a' }), target({ name: 'b' })])
    assert.is(timers(), 0)
    await advance(20)
    assert.is(starts.length, 0)
  })

  test('a stop aborts what still runs after the grace', async () => {
    const { scheduler, advance, starts } = setUp({ isHeld: true })
    scheduler.reconcile([target()])
    await advance(10)
    const stop = scheduler.stop(5)
    await advance(4)
    assert.not(starts[0]?.signal.aborted)
    await advance(2)
    await stop
    assert.ok(starts[0]?.signal.aborted)
  })

  test('a probe that throws is told and does not stop the schedule', async () => {
    const { clock, advance } = createTestClock()
    const errors: unknown[] = []
    let runs = 0
    const scheduler = createScheduler({
      clock,
      probe() {
        runs++
        throw new Error('bug')
      },
      onRun: () => undefined,
      onError: (_target, error) => void errors.push(error),
    })
    scheduler.reconcile([target()])
    await advance(20)
    assert.is(runs, 2)
    assert.is(errors.length, 2)
    await scheduler.stop(0)
  })
})
