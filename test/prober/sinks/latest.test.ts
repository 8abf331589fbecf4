import { isSameTarget } from '../../../prober/config/same-target.ts'
import { createLatest } from '../../../prober/sinks/latest.ts'
import { assert, describe } from '../../harness.ts'
import { refused, success, target } from '../metrics/results.ts'
import { run } from '../metrics/runs.ts'

const names = (latest: ReturnType<typeof createLatest>) => latest.list().map(({ target }) => target.name)

describe('latest', (test) => {
  test('holds one result per target, the last, in the order of the configuration', () => {
    const latest = createLatest(isSameTarget)
    const a = target({ name: 'a' })
    const c = target({ name: 'c' })
    latest.retain([a, target({ name: 'b' }), c])
    latest.add(c, run(success()))
    latest.add(a, run(success()))
    latest.add(a, run(refused()))
    assert.equal(names(latest), ['a', 'c'])
    assert.equal(
      latest.targets().map(({ name }) => name),
      ['a', 'b', 'c'],
    )
    assert.not(latest.of('a')?.result.outcome.ok)
    assert.is(latest.of('b'), undefined)
  })

  test('keeps a result of its own: who made it may go on with it', () => {
    const latest = createLatest(isSameTarget)
    latest.retain([target()])
    const [first, second] = [success(), success()]
    latest.add(target(), run(first))
    const kept = latest.of('web')?.result
    latest.add(target(), run(second))
    assert.is(latest.of('web')?.result, kept)
    assert.equal(kept, second)
    assert.is.not(kept, first)
  })

  test('forgets what was removed or changed, keeps what was not', () => {
    const latest = createLatest(isSameTarget)
    const all = ['kept', 'removed', 'changed'].map((name) => target({ name }))
    latest.retain(all)
    for (const each of all) latest.add(each, run(success()))
    latest.retain([target({ name: 'changed', labels: { team: 'x' } }), target({ name: 'kept' })])
    assert.equal(names(latest), ['kept'])
  })

  test('forgets the result of a target that is quiet, until it runs again', () => {
    const latest = createLatest(isSameTarget)
    latest.retain([target()])
    latest.add(target(), run(success()))
    latest.forget(target())
    assert.equal(names(latest), [])
    latest.add(target(), run(success()))
    assert.equal(names(latest), ['web'])
  })

  test('takes no result of a definition that is not the running one', () => {
    const latest = createLatest(isSameTarget)
    latest.retain([target({ address: 'http://new.test/' })])
    latest.add(target(), run(success()))
    latest.add(target({ name: 'unknown' }), run(success()))
    assert.equal(names(latest), [])
  })
})
