import { setTimeout as wait } from 'node:timers/promises'
import { watchEventLoop } from '../../../prober/metrics/event-loop.ts'
import { createRuntime, type RuntimeSources } from '../../../prober/metrics/runtime.ts'
import type { Result } from '../../../prober/probes/result.ts'
import { assert, describe } from '../../harness.ts'
import { refused, success } from './results.ts'

function setUp(sources: Partial<RuntimeSources> = {}) {
  const runtime = createRuntime({
    version: '1.2.3',
    nowSeconds: () => performance.now() / 1000,
    reloadStatus: () => ({ successful: true, successAtSeconds: 1 }),
    isReady: () => true,
    scheduledTargets: () => 0,
    missedRuns: () => 0,
    queueLength: () => 0,
    quietTargets: () => 0,
    discovery: () => [],
    ...sources,
  })
  const read = async (series: string) => {
    const lines = (await runtime.families('text')).join('').split('\n')
    const found = lines.find((line) => line.startsWith(`${series} `))
    return found === undefined ? undefined : Number(found.slice(series.length))
  }
  return { runtime, read, [Symbol.dispose]: () => runtime[Symbol.dispose]() }
}

describe('the metrics of the process', (test) => {
  test('a probe is in flight while it runs, and counted by what came of it', async () => {
    using process = setUp()
    const held = Promise.withResolvers<Result>()
    const running = process.runtime.counted('web', () => held.promise)
    assert.is(await process.read('sonde_probes_in_flight'), 1)
    held.resolve(success())
    await running
    await process.runtime.counted('web', async () => refused())
    assert.is(await process.read('sonde_probes_in_flight'), 0)
    assert.is(await process.read('sonde_probes_total{module="web",outcome="success"}'), 1)
    assert.is(await process.read('sonde_probes_total{module="web",outcome="failure"}'), 1)
  })

  test('a bug in a probe leaves none in flight and is no outcome', async () => {
    using process = setUp()
    const bug = process.runtime.counted('web', () => Promise.reject(new Error('bug')))
    assert.is(await bug.catch(({ message }) => message), 'bug')
    assert.is(await process.read('sonde_probes_in_flight'), 0)
    assert.is(await process.read('sonde_probes_total{module="web",outcome="failure"}'), undefined)
  })

  test('runs left out are counted on from scrape to scrape', async () => {
    let missed = 3
    using process = setUp({ missedRuns: () => missed })
    assert.is(await process.read('sonde_scheduler_missed_runs_total'), 3)
    missed = 5
    assert.is(await process.read('sonde_scheduler_missed_runs_total'), 5)
    assert.is(await process.read('sonde_scheduler_missed_runs_total'), 5)
  })

  test('a stall of the event loop is seen by two scrapers, and forgotten when the window after its own is over', async () => {
    let nowSeconds = 0
    using loop = watchEventLoop(() => nowSeconds)
    const isSeen = () => loop.worst().max > 0.3
    await wait(50)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
    await wait(50)
    assert.ok(isSeen() && isSeen(), 'in its own window')
    nowSeconds = 10
    assert.ok(isSeen() && isSeen(), 'in the window after it')
    nowSeconds = 20
    assert.ok(isSeen(), 'by the look that ends that window')
    assert.not(isSeen())
  })
})
