import { spawnSync } from 'node:child_process'
import { ENDINGS, type Format } from '../../../prober/metrics/exposition.ts'
import { type TotalsRow, totalsLines } from '../../../prober/metrics/run-table.ts'
import { countRun, countUndecidedRun, noRuns } from '../../../prober/metrics/run-totals.ts'
import type { Run } from '../../../prober/probes/run.ts'
import { assert, describe } from '../../harness.ts'
import { findProgram } from '../../programs.ts'
import { NOW_SECONDS, refused, success, target } from './results.ts'
import { run } from './runs.ts'

function row(runs: readonly Run[], changes: Parameters<typeof target>[0] = {}): TotalsRow {
  const totals = noRuns(NOW_SECONDS)
  for (const each of runs) countRun(totals, each)
  return { target: target(changes), totals }
}

function textOf(rows: readonly TotalsRow[], format: Format = 'text', nowSeconds = NOW_SECONDS + 3): string {
  return [...totalsLines(rows, format, () => nowSeconds)].join('')
}

const taking = (seconds: number) => run(success({ durationSeconds: seconds, phases: { connect: seconds } }))

describe('totals of scheduled targets', (test) => {
  test('tell of every run, labelled by instance and the target', async () => {
    const healed = run(success({ durationSeconds: 0.5 }), { first: refused(), attempts: 2 })
    const text = textOf([row([run(refused()), healed], { labels: { team: 'x' } })])
    for (const line of [
      'probe_last_run_timestamp_seconds{instance="web",team="x"} 1800000000',
      'probe_result_age_seconds{instance="web",team="x"} 2.5',
      'probe_run_attempts{instance="web",team="x"} 2',
      'probe_first_attempt_success{instance="web",team="x"} 0',
      'probe_runs_total{instance="web",team="x"} 2',
      'probe_attempts_total{instance="web",team="x"} 3',
      'probe_failures_total{instance="web",team="x",phase="connect",reason="connect_refused"} 1',
      'probe_run_duration_seconds_sum{instance="web",team="x"} 0.5265',
      'probe_run_duration_seconds_count{instance="web",team="x"} 2',
      'probe_run_phase_duration_seconds_bucket{instance="web",team="x",phase="transfer",le="0.005"} 2',
    ]) {
      assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`)
    }
  })

  const places: readonly (readonly [number, string])[] = [
    [0, '0.001'],
    [0.001, '0.001'],
    [0.0010001, '0.0025'],
    [0.99, '1.0'],
    [10, '10.0'],
    [10.1, '+Inf'],
  ]
  for (const [seconds, expected] of places) {
    test(`a run of ${seconds} s counts from the bucket ${expected} on`, async () => {
      const text = textOf([row([taking(seconds)])])
      const counted = [...text.matchAll(/^probe_run_duration_seconds_bucket\{.*le="(.+)"\} (\d)$/gm)]
      assert.is(counted.find(([, , count]) => count === '1')?.[1], expected)
      assert.is(counted.length, 14)
      assert.is(counted.at(-1)?.[2], '1')
    })
  }

  test('in OpenMetrics each bucket names the trace of its newest recorded run', async () => {
    const traced = (durationSeconds: number, id: string, traceSampled = true) =>
      run(success({ durationSeconds, http: { ...success().http, traceId: id.repeat(32), traceSampled } }))
    const rows = [
      row([traced(0.03, 'a'), traced(0.04, 'b'), traced(0.042, 'c', false), taking(0.045), traced(20, 'd')]),
    ]
    const text = textOf(rows, 'openmetrics')
    assert.equal(text.match(/^.* # .*$/gm), [
      `probe_run_duration_seconds_bucket{instance="web",le="0.05"} 4 # {trace_id="${'b'.repeat(32)}"} 0.04 1800000000.040`,
      `probe_run_duration_seconds_bucket{instance="web",le="+Inf"} 5 # {trace_id="${'d'.repeat(32)}"} 20 1800000020.000`,
    ])
    assert.not.match(textOf(rows), 'trace_id')
  })

  test('only phases that a run has reached have a histogram', async () => {
    const text = textOf([row([taking(0.02)])])
    assert.equal(
      [...text.matchAll(/^probe_run_phase_duration_seconds_count\{instance="web",phase="(\w+)"\} 1$/gm)].map(
        ([, phase]) => phase,
      ),
      ['connect'],
    )
  })

  test('a target that has not run yet counts 0 and says nothing of a result', async () => {
    const text = textOf([row([])])
    assert.match(text, 'probe_runs_total{instance="web"} 0\n')
    assert.match(text, 'probe_run_duration_seconds_count{instance="web"} 0\n')
    assert.not.match(text, /_age_|last_run|phase|first_attempt|prober_overloaded\{|probe_failures/)
  })

  test('a target that is quiet counts on and says nothing of its last result', async () => {
    const text = textOf([{ ...row([taking(1)]), isQuiet: true }])
    assert.match(text, 'probe_runs_total{instance="web"} 1\n')
    assert.not.match(text, /_age_|last_run|first_attempt/)
  })

  test('a burst tells the share that succeeded, and each of its probes counts', async () => {
    const counted = [success(), refused(), success(), success()]
    const text = textOf([row([run(success(), { counted, attempts: 4, failedAttempts: 1 })])])
    for (const line of [
      'probe_burst_success_ratio{instance="web"} 0.75',
      'probe_runs_total{instance="web"} 1',
      'probe_attempts_total{instance="web"} 4',
      'probe_attempt_failures_total{instance="web"} 1',
      'probe_run_duration_seconds_count{instance="web"} 4',
    ]) {
      assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`)
    }
    assert.not.match(text, 'probe_failures_total{')
  })

  test('an undecided run leaves what was told before it, and is counted beside', async () => {
    const { target: own, totals } = row([run(success())])
    const disturbance = { cause: 'event_loop', seconds: 3 } as const
    countUndecidedRun(totals, run(refused(), { attempts: 2, failedAttempts: 2, disturbance }))
    const text = textOf([{ target: own, totals }])
    for (const line of [
      'prober_overloaded{instance="web"} 1',
      'probe_run_attempts{instance="web"} 1',
      'probe_runs_total{instance="web"} 1',
      'probe_attempts_total{instance="web"} 3',
      'probe_attempt_failures_total{instance="web"} 2',
      'prober_overloaded_runs_total{instance="web"} 1',
      'prober_undecided_runs_total{instance="web"} 1',
    ]) {
      assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`)
    }
    assert.not.match(text, 'probe_failures_total{')
    countRun(totals, run(success()))
    assert.match(textOf([{ target: own, totals }]), 'prober_overloaded{instance="web"} 0\n')
  })

  test('OpenMetrics names the families of counters without _total, and has no _created', async () => {
    const text = textOf([row([run(refused())])], 'openmetrics')
    for (const family of ['probe_runs', 'probe_attempts', 'probe_failures']) {
      assert.match(text, `# TYPE ${family} counter\n${family}_total{`)
    }
    assert.not.match(text, '_created')
  })

  test('of many come one after the other, each with whole lines, each header once', () => {
    const rows = Array.from({ length: 300 }, (_, index) => row([taking(0.1)], { name: `t${index}` }))
    const parts = [...totalsLines(rows, 'text', () => NOW_SECONDS)]
    assert.ok(parts.every((part) => part.endsWith('\n') && part.length < 10_000))
    const types = parts.join('').match(/^# TYPE .+$/gm) ?? []
    assert.is(new Set(types).size, types.length)
    assert.is(parts.join('').match(/^probe_run_duration_seconds_count\{/gm)?.length, 300)
  })

  const promtool = findProgram('promtool')
  if (promtool === undefined) test.skip('promtool finds nothing to complain about', 'promtool is not in PATH')
  else
    test('promtool finds nothing to complain about', async () => {
      const rows = [row([run(refused()), taking(0.2)], { labels: { team: '"\\\n' } }), row([], { name: 'new' })]
      const input = textOf(rows) + ENDINGS.text
      const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8' })
      assert.is(`${stdout}${stderr}`, '')
      assert.is(status, 0)
    })
})
