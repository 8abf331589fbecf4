import { isSameTarget } from '../../../prober/config/same-target.ts'
import type { Target } from '../../../prober/config/schema.ts'
import { failure } from '../../../prober/net/outcome.ts'
import type { HttpResult, Result } from '../../../prober/probes/result.ts'
import type { Run } from '../../../prober/probes/run.ts'
import { attemptTimeoutSeconds, nextStart, offsetSeconds } from '../../../prober/schedule/plan.ts'
import type { Clock } from '../../../prober/schedule/clock.ts'
import { createScheduler, TARGETS_AT_ONCE } from '../../../prober/schedule/scheduler.ts'
import { assert, describe } from '../../harness.ts'
import { refused, success, target } from '../metrics/results.ts'

/** Time that moves when told. */
function createTestClock(startSeconds = 1_000_000) {
  let now = startSeconds
  const timers = new Set<{ readonly atSeconds: number; readonly call: () => void }>()
  const clock: Clock = {
    nowSeconds: () => now,
    wallSeconds: () => now,
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

function timeout(changes: Partial<HttpResult> = {}): HttpResult {
  return { ...refused(), outcome: failure('connect', 'connect_timeout', 'too late'), ...changes }
}

const doubtful = () => timeout({ disturbance: { cause: 'event_loop', seconds: 3 } })

interface SetUp {
  readonly isHeld?: boolean
  /** One after the other; then only successes. */
  readonly answers?: readonly Result[]
  readonly maxConcurrent?: number
  readonly turn?: () => Promise<void>
}

/** Probes that answer at once, or when told to. */
function setUp(options: SetUp = {}) {
  const { isHeld = false, answers = [], ...limits } = options
  const time = createTestClock()
  const starts: { target: Target; atSeconds: number; signal: AbortSignal; end: () => void }[] = []
  const results: Target[] = []
  const runs: Run[] = []
  const undecided: Run[] = []
  const forgotten: string[] = []
  const errors: unknown[] = []
  const scheduler = createScheduler({
    ...limits,
    clock: time.clock,
    probe: (target, signal) =>
      new Promise<Result>((resolve) => {
        const end = () => resolve(answer)
        const answer = answers[starts.length] ?? success()
        starts.push({ target, atSeconds: time.clock.nowSeconds(), signal, end })
        signal.addEventListener('abort', end)
        if (!isHeld) end()
      }),
    onRun(target, run) {
      results.push(target)
      runs.push(run)
    },
    onUndecided: (_target, run) => void undecided.push(run),
    onQuiet: ({ name }) => void forgotten.push(name),
    onError: (_target, error) => void errors.push(error),
  })
  const stopNow = async () => {
    const stopped = scheduler.stop(0)
    await time.advance(0)
    await stopped
  }
  return { ...time, scheduler, starts, results, runs, undecided, forgotten, errors, stopNow }
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
    assert.is(attemptTimeoutSeconds(5, { intervalSeconds: 30 }), 5)
    assert.is(attemptTimeoutSeconds(0, { intervalSeconds: 30 }), 10)
    assert.is(attemptTimeoutSeconds(0, { intervalSeconds: 2 }), 1.8)
    assert.is(attemptTimeoutSeconds(40, { intervalSeconds: 30 }), 29.5)
    assert.is(attemptTimeoutSeconds(30, { intervalSeconds: 30 }), 29.5)
    assert.is(attemptTimeoutSeconds(0, { intervalSeconds: 60, intervalFailingSeconds: 5 }), 4.5)
  })

  test('the probes of a burst share the interval', () => {
    assert.is(attemptTimeoutSeconds(0, { intervalSeconds: 10, burst: 5 }), 1.9)
    assert.is(attemptTimeoutSeconds(1, { intervalSeconds: 10, burst: 5 }), 1)
  })

  test('attempts share what the interval leaves beside the pauses', () => {
    const retry = { attempts: 3, pauseSeconds: 1 }
    assert.is(attemptTimeoutSeconds(0, { intervalSeconds: 10, retry }), 2.5)
    assert.is(attemptTimeoutSeconds(2, { intervalSeconds: 10, retry }), 2)
  })
})

describe('scheduler', (test) => {
  test('runs each target once per interval, at its own offset', async () => {
    const { scheduler, advance, starts, stopNow } = setUp()
    const targets = ['a', 'b', 'c'].map((name) => target({ name, intervalSeconds: 10 }))
    await scheduler.reconcile(targets)
    await advance(100)
    for (const { name } of targets) {
      const own = starts.filter((start) => start.target.name === name).map(({ atSeconds }) => atSeconds)
      assert.is(own.length, 10, name)
      for (const at of own) assert.ok(Math.abs((at % 10) - offsetSeconds(name, 10)) < 1e-6)
    }
    assert.is(scheduler.missedRuns(), 0)
    await stopNow()
  })

  test('starts all hops of a path on one beat, planned for one moment', async () => {
    const { scheduler, advance, starts, runs, stopNow } = setUp()
    const hops = ['edge', 'gateway', 'pod'].map((name) => ({ path: 'shop', name }))
    await scheduler.reconcile(hops.map((hop) => target({ name: `shop/${hop.name}`, intervalSeconds: 10, hop })))
    await advance(30)
    assert.is(starts.length, 9)
    for (const { atSeconds } of starts) assert.ok(Math.abs((atSeconds % 10) - offsetSeconds('shop', 10)) < 1e-6)
    assert.is(new Set(runs.map(({ plannedSeconds }) => Math.round(plannedSeconds))).size, 3)
    await stopNow()
  })

  test('never runs a target twice at once, and counts what it left out', async () => {
    const { scheduler, advance, starts, stopNow } = setUp({ isHeld: true })
    await scheduler.reconcile([target()])
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
          (resolve) =>
            void clock.after(attemptTimeoutSeconds(interval, { intervalSeconds: interval }), () => resolve(success())),
        )
      },
      onRun: () => undefined,
      onError: () => undefined,
    })
    await scheduler.reconcile([target({ intervalSeconds: interval })])
    await advance(100)
    assert.is(runs, 10)
    assert.is(scheduler.missedRuns(), 0)
    const stopped = scheduler.stop(0)
    await advance(interval)
    await stopped
  })

  test('after a stall it runs once, not once for each interval lost, and counts the others', async () => {
    const { scheduler, advance, stall, starts, stopNow } = setUp()
    await scheduler.reconcile([target({ intervalSeconds: 10 })])
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
        wallSeconds: () => 1000,
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
    await scheduler.reconcile([target()])
    calls[0]?.()
    await settle()
    assert.is(runs, 1)
    assert.is(calls.length, 2)
    assert.is(scheduler.missedRuns(), 0)
  })

  test('unchanged targets keep their clock and their running probe over a change', async () => {
    const { scheduler, advance, starts, results, stopNow } = setUp({ isHeld: true })
    const kept = target({ name: 'kept', labels: { a: 'b' } })
    await scheduler.reconcile([kept, target({ name: 'removed' }), target({ name: 'changed' })])
    await advance(10)
    assert.is(starts.length, 3)
    await scheduler.reconcile([
      { ...kept, labels: { a: 'b' } },
      target({ name: 'changed', address: 'http://other.test/' }),
    ])
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
    await scheduler.reconcile([target({ name: 'a' }), target({ name: 'b' })])
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
    await scheduler.reconcile([target({ name: 'a' })])
    await stopNow()
    await scheduler.reconcile([target({ name: 'a' }), target({ name: 'b' })])
    assert.is(timers(), 0)
    await advance(20)
    assert.is(starts.length, 0)
  })

  test('a stop aborts what still runs after the grace', async () => {
    const { scheduler, advance, starts } = setUp({ isHeld: true })
    await scheduler.reconcile([target()])
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
    await scheduler.reconcile([target()])
    await advance(20)
    assert.is(runs, 2)
    assert.is(errors.length, 2)
    await scheduler.stop(0)
  })

  test('a failure is probed again after the pause; the first attempt, their number and the verdict are told', async () => {
    const { scheduler, advance, starts, runs, stopNow } = setUp({ answers: [refused(), refused(), success()] })
    await scheduler.reconcile([target({ retry: { attempts: 3, pauseSeconds: 1 } })])
    await advance(10)
    const [first = 0, ...later] = starts.map(({ atSeconds }) => atSeconds)
    assert.equal(
      later.map((at) => at - first),
      [1, 2],
    )
    assert.is(runs.length, 1)
    assert.not(runs[0]?.first.outcome.ok)
    assert.ok(runs[0]?.result.outcome.ok)
    assert.is(runs[0]?.attempts, 3)
    await stopNow()
  })

  test('no more attempts than asked for, and none after a success', async () => {
    const { scheduler, advance, runs, stopNow } = setUp({ answers: [refused(), refused(), success()] })
    await scheduler.reconcile([target({ retry: { attempts: 2, pauseSeconds: 1 } })])
    await advance(20)
    assert.equal(
      runs.map(({ attempts, result }) => [attempts, result.outcome.ok]),
      [
        [2, false],
        [1, true],
      ],
    )
    await stopNow()
  })

  test('a timeout while the prober was held up is probed again at once, and only that counts', async () => {
    const { scheduler, advance, starts, runs, stopNow } = setUp({ answers: [doubtful(), success()] })
    await scheduler.reconcile([target()])
    await advance(10)
    assert.is(starts[0]?.atSeconds, starts[1]?.atSeconds)
    assert.equal(
      runs.map(({ result, first, attempts, failedAttempts, disturbance }) => [
        result.outcome.ok,
        first.outcome.ok,
        attempts,
        failedAttempts,
        disturbance?.cause,
      ]),
      [[true, false, 2, 1, 'event_loop']],
    )
    await stopNow()
  })

  test('where the second one times out undisturbed, the target is to blame; there is no third', async () => {
    const { scheduler, advance, starts, runs, undecided, stopNow } = setUp({ answers: [doubtful(), timeout()] })
    await scheduler.reconcile([target()])
    await advance(10)
    assert.is(starts.length, 2)
    assert.equal(
      runs.map(({ result }) => result.outcome.ok),
      [false],
    )
    assert.equal(undecided, [])
    await stopNow()
  })

  test('where both were disturbed, what was found before stands; twice in a row, and then the verdict', async () => {
    const { scheduler, advance, runs, undecided, stopNow } = setUp({ answers: Array.from({ length: 8 }, doubtful) })
    await scheduler.reconcile([target()])
    await advance(20)
    assert.equal([runs.length, undecided.length], [0, 2])
    assert.is(undecided[0]?.attempts, 2)
    await advance(10)
    assert.equal([runs.length, undecided.length], [1, 2])
    assert.not(runs[0]?.result.outcome.ok)
    await advance(10)
    assert.equal([runs.length, undecided.length], [1, 3], 'and from the start')
    await stopNow()
  })

  for (const [what, answer] of [
    ['success', success({ disturbance: { cause: 'event_loop', seconds: 1 } })],
    ['refusal', { ...refused(), disturbance: { cause: 'event_loop', seconds: 1 } }],
  ] as const) {
    test(`a ${what} while the prober was held up stands, with the mark`, async () => {
      const { scheduler, advance, starts, runs, stopNow } = setUp({ answers: [answer] })
      await scheduler.reconcile([target()])
      await advance(10)
      assert.is(starts.length, 1)
      assert.is(runs[0]?.disturbance?.cause, 'event_loop')
      await stopNow()
    })
  }

  test('the second try takes none of the attempts of a retry', async () => {
    const answers = [doubtful(), timeout(), success()]
    const { scheduler, advance, starts, runs, stopNow } = setUp({ answers })
    await scheduler.reconcile([target({ retry: { attempts: 2, pauseSeconds: 1 } })])
    await advance(10)
    const [first = 0] = starts.map(({ atSeconds }) => atSeconds)
    assert.equal(
      starts.slice(0, 3).map(({ atSeconds }) => Math.round(atSeconds - first)),
      [0, 0, 1],
    )
    assert.equal([runs[0]?.attempts, runs[0]?.result.outcome.ok], [3, true])
    await stopNow()
  })

  test('a failure that was seen counts more than a later timeout while the prober was held up', async () => {
    const { scheduler, advance, runs, undecided, stopNow } = setUp({ answers: [refused(), doubtful(), doubtful()] })
    await scheduler.reconcile([target({ retry: { attempts: 2, pauseSeconds: 1 } })])
    await advance(15)
    assert.equal(undecided, [])
    const outcome = runs[0]?.result.outcome
    assert.is(outcome?.ok === false && outcome.reason, 'connect_refused')
    await stopNow()
  })

  test('a run that waited for a place until its next one was due says so, and its timeout stands', async () => {
    const { scheduler, advance, starts, runs, stopNow } = setUp({
      isHeld: true,
      maxConcurrent: 1,
      answers: [success(), timeout()],
    })
    await scheduler.reconcile([target({ name: 'a' }), target({ name: 'b' })])
    await advance(25)
    starts[0]?.end()
    await settle()
    starts[1]?.end()
    await settle()
    assert.equal(
      runs.map(({ disturbance, attempts }) => [disturbance?.cause, attempts]),
      [
        [undefined, 1],
        ['queue', 1],
      ],
    )
    await stopNow()
  })

  test('a burst goes on to its end, one after the other; it succeeds when any of it does', async () => {
    const answers = [refused(), success(), timeout()]
    const { scheduler, advance, starts, runs, stopNow } = setUp({ answers })
    await scheduler.reconcile([target({ burst: 3 })])
    await advance(10)
    assert.is(starts.length, 3)
    const [run] = runs
    assert.equal([run?.result.outcome.ok, run?.attempts, run?.failedAttempts, run?.counted.length], [true, 3, 2, 3])
    await stopNow()
  })

  test('a burst of which each probe failed fails as the last of them', async () => {
    const { scheduler, advance, runs, stopNow } = setUp({ answers: [refused(), timeout()] })
    await scheduler.reconcile([target({ burst: 2 })])
    await advance(10)
    const outcome = runs[0]?.result.outcome
    assert.is(outcome?.ok === false && outcome.reason, 'connect_timeout')
    await stopNow()
  })

  test('in a burst a second try takes the place of the first, and is an attempt of its own', async () => {
    const { scheduler, advance, runs, stopNow } = setUp({ answers: [doubtful(), success(), success()] })
    await scheduler.reconcile([target({ burst: 2 })])
    await advance(10)
    assert.ok(runs[0]?.counted.every(({ outcome }) => outcome.ok))
    assert.equal([runs[0]?.counted.length, runs[0]?.attempts], [2, 3])
    await stopNow()
  })

  test('misses that go on are trouble, and removed targets have none', async () => {
    const { scheduler, advance, starts, stopNow } = setUp({ isHeld: true })
    await scheduler.reconcile([target({ intervalSeconds: 1 })])
    await advance(25)
    assert.is(scheduler.trouble(), undefined)
    await advance(25)
    assert.ok(scheduler.trouble())
    await scheduler.reconcile([])
    assert.is(scheduler.trouble(), undefined)
    starts[0]?.end()
    await stopNow()
  })

  test('a stop ends a pause: no further attempt, and no verdict that was not reached', async () => {
    const { scheduler, advance, starts, runs, timers, stopNow } = setUp({ answers: [refused()] })
    await scheduler.reconcile([target({ intervalSeconds: 60, retry: { attempts: 2, pauseSeconds: 30 } })])
    while (starts.length === 0) await advance(1)
    await stopNow()
    assert.is(starts.length, 1)
    assert.equal(runs, [])
    assert.is(timers(), 0)
  })

  test('runs more often while it fails, on the same beat', async () => {
    const { scheduler, advance, starts, stopNow } = setUp({ answers: [success(), refused(), refused(), success()] })
    await scheduler.reconcile([target({ intervalSeconds: 60, intervalFailingSeconds: 10 })])
    await advance(240)
    const gaps = starts.map(({ atSeconds }, index) => Math.round(atSeconds - (starts[index - 1]?.atSeconds ?? 0)))
    assert.equal(gaps.slice(1), [60, 10, 10, 40, 60].slice(0, gaps.length - 1))
    assert.ok(gaps.length >= 5, `${gaps}`)
    assert.is(scheduler.missedRuns(), 0)
    await stopNow()
  })

  test('no more at once than the limit; others wait in line, which is measured', async () => {
    const { scheduler, advance, starts, runs, stopNow } = setUp({ isHeld: true, maxConcurrent: 2 })
    await scheduler.reconcile(['a', 'b', 'c', 'd'].map((name) => target({ name })))
    await advance(10)
    assert.is(starts.length, 2)
    assert.is(scheduler.queueLength(), 2)
    starts[0]?.end()
    await settle()
    assert.is(starts.length, 3)
    starts[1]?.end()
    starts[2]?.end()
    await settle()
    starts[3]?.end()
    await settle()
    assert.is(scheduler.queueLength(), 0)
    const [first, second, third, fourth] = runs
    assert.is(first?.queuedSeconds, 0)
    assert.is(second?.queuedSeconds, 0)
    for (const queued of [third, fourth]) {
      assert.ok((queued?.queuedSeconds ?? 0) > 0)
      assert.ok((queued?.lateSeconds ?? 0) >= (queued?.queuedSeconds ?? 0))
    }
    await stopNow()
  })

  test('who waits in line misses its next run; a stop takes it out of the line', async () => {
    const { scheduler, advance, starts, stopNow } = setUp({ isHeld: true, maxConcurrent: 1 })
    await scheduler.reconcile([target({ name: 'a' }), target({ name: 'b' })])
    await advance(20)
    assert.is(starts.length, 1)
    assert.is(scheduler.queueLength(), 1)
    assert.is(scheduler.missedRuns(), 2)
    await stopNow()
    assert.is(starts.length, 1)
    assert.is(scheduler.queueLength(), 0)
  })

  test('who pauses before another attempt takes no place', async () => {
    const { scheduler, advance, starts, stopNow } = setUp({ answers: [refused()], maxConcurrent: 1 })
    await scheduler.reconcile([
      target({ name: 'pauses', retry: { attempts: 2, pauseSeconds: 10 } }),
      target({ name: 'next' }),
    ])
    await advance(10)
    assert.equal(new Set(starts.map((start) => start.target.name)), new Set(['pauses', 'next']))
    await stopNow()
  })

  test('a quiet target is not run, misses nothing, is counted, and its last result goes away', async () => {
    // 1 000 000 s after the epoch it is Monday, 13:46:40 UTC.
    const { scheduler, advance, starts, forgotten, stopNow } = setUp()
    const quiet = [{ days: ['mon'], fromMinute: 14 * 60, toMinute: 15 * 60, timeZone: 'UTC' }] as const
    await scheduler.reconcile([target({ quiet }), target({ name: 'other' })])
    const runsOf = (name: string) => starts.filter((start) => start.target.name === name).length
    await advance(799)
    const before = runsOf('web')
    assert.ok(before > 70)
    assert.is(scheduler.quietTargets(), 0)
    await advance(3600)
    assert.is(runsOf('web'), before)
    assert.ok(runsOf('other') > before + 350)
    assert.is(scheduler.quietTargets(), 1)
    assert.equal(forgotten, ['web'])
    await advance(100)
    assert.ok(runsOf('web') > before)
    assert.is(scheduler.quietTargets(), 0)
    assert.is(scheduler.missedRuns(), 0)
    await stopNow()
  })

  test('what ends inside a quiet window is not told', async () => {
    const { scheduler, advance, starts, results, stopNow } = setUp({ isHeld: true })
    const quiet = [{ days: ['mon'], fromMinute: 13 * 60 + 47, toMinute: 15 * 60, timeZone: 'UTC' }] as const
    await scheduler.reconcile([target({ quiet })])
    await advance(30)
    starts[0]?.end()
    await settle()
    assert.is(starts.length, 1)
    assert.equal(results, [])
    await stopNow()
  })

  test('thousands of targets are taken over in pieces, between which everything else has its turn', async () => {
    let turns = 0
    const { scheduler, stopNow } = setUp({ turn: async () => void turns++ })
    const targets = Array.from({ length: 10_000 }, (_, index) => target({ name: `${index}` }))
    await scheduler.reconcile(targets)
    assert.is(scheduler.targetCount(), targets.length)
    const betweenPieces = targets.length / TARGETS_AT_ONCE - 1
    assert.is(turns, betweenPieces)
    turns = 0
    await scheduler.reconcile(targets.map((each) => ({ ...each, module: 'other' })))
    assert.is(turns, 2 * betweenPieces)
    await stopNow()
  })

  test('a reload that comes while one is at it takes its place', async () => {
    const { scheduler, timers, stopNow } = setUp()
    const many = (from: number) => Array.from({ length: 3000 }, (_, index) => target({ name: `${from + index}` }))
    const first = scheduler.reconcile(many(0))
    const second = scheduler.reconcile(many(1000))
    await Promise.all([first, second])
    assert.is(scheduler.targetCount(), 3000)
    assert.is(timers(), 3000)
    await stopNow()
    assert.is(timers(), 0)
  })

  test('a stop ends a reload that is at it', async () => {
    const { scheduler, timers, stopNow } = setUp()
    const reload = scheduler.reconcile(Array.from({ length: 3000 }, (_, index) => target({ name: `${index}` })))
    await stopNow()
    await reload
    assert.is(timers(), 0)
  })
})
