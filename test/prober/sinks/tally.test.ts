import { isSameTarget } from '../../../prober/config/same-target.ts'
import { createLatest } from '../../../prober/sinks/latest.ts'
import { createTally, totalsRows } from '../../../prober/sinks/tally.ts'
import { assert, describe } from '../../harness.ts'
import { refused, success, target, unresolved } from '../metrics/results.ts'
import { run } from '../metrics/runs.ts'

const runsOf = (tally: ReturnType<typeof createTally>) =>
  tally.list().map((row) => [row.target.name, row.totals.runs] as const)

describe('tally', (test) => {
  test('counts runs, attempts and failures of each target, in the order of the configuration', () => {
    const tally = createTally(isSameTarget)
    const [a, b, c] = ['a', 'b', 'c'].map((name) => target({ name })) as [
      ReturnType<typeof target>,
      ReturnType<typeof target>,
      ReturnType<typeof target>,
    ]
    tally.retain([a, b, c])
    tally.add(c, run(refused()))
    tally.add(c, run(refused(), { attempts: 3 }))
    tally.add(c, run(unresolved()))
    tally.add(a, run(success(), { first: refused(), attempts: 2 }))
    assert.equal(runsOf(tally), [
      ['a', 1],
      ['b', 0],
      ['c', 3],
    ])
    assert.is(tally.of('a')?.totals.failures.size, 0)
    assert.is(tally.of('b')?.totals.phases.size, 0)
    assert.is(tally.of('b')?.totals.duration.sum, 0)
    assert.is(tally.of('a')?.totals.attempts, 2)
    assert.is(tally.of('c')?.totals.attempts, 5)
    assert.equal(
      [...(tally.of('c')?.totals.failures.values() ?? [])],
      [
        { phase: 'connect', reason: 'connect_refused', count: 2 },
        { phase: 'resolve', reason: 'dns_nxdomain', count: 1 },
      ],
    )
  })

  test('counts on over a reload what stayed as it was, and forgets what was removed or changed', () => {
    const tally = createTally(isSameTarget)
    const all = ['kept', 'removed', 'changed'].map((name) => target({ name }))
    tally.retain(all)
    for (const each of all) tally.add(each, run(success()))
    const changed = target({ name: 'changed', labels: { team: 'x' } })
    tally.retain([changed, target({ name: 'kept' })])
    tally.add(target({ name: 'kept' }), run(success()))
    assert.equal(runsOf(tally), [
      ['changed', 0],
      ['kept', 2],
    ])
    assert.equal(tally.of('changed')?.target, changed)
  })

  test('takes no run of a definition that is not the running one', () => {
    const tally = createTally(isSameTarget)
    tally.retain([target({ address: 'http://new.test/' })])
    tally.add(target(), run(success()))
    tally.add(target({ name: 'unknown' }), run(success()))
    assert.equal(runsOf(tally), [['web', 0]])
  })

  test('quiet is a target whose latest run is forgotten, not one that has had no verdict yet', () => {
    const [tally, latest] = [createTally(isSameTarget), createLatest(isSameTarget)]
    const web = target()
    const isQuiet = () => totalsRows(tally, latest)[0]?.isQuiet
    tally.retain([web])
    latest.retain([web])
    tally.addUndecided(web, run(success()))
    assert.is(isQuiet(), false)
    tally.add(web, run(success()))
    latest.add(web, run(success()))
    assert.is(isQuiet(), false)
    latest.forget(web)
    assert.is(isQuiet(), true)
  })
})
