import { isSameTarget } from '../../../prober/config/same-target.ts'
import { createPaths } from '../../../prober/sinks/paths.ts'
import { assert, describe } from '../../harness.ts'
import { target } from '../metrics/results.ts'
import { HOPS, hopTarget, path, told } from '../paths/runs.ts'

function setUp() {
  const paths = createPaths(isSameTarget)
  const beat = (name: string, plannedSeconds = 1000) =>
    HOPS.map((hop) => paths.add(hopTarget(hop, name), told(1, plannedSeconds))).at(-1)
  const states = () => paths.list().map(({ path, watch }) => [path.name, watch.verdict()?.isOk])
  return { paths, beat, states }
}

describe('watched paths', (test) => {
  test('are told of their own hops only, in the order of the configuration', () => {
    const { paths, beat, states } = setUp()
    paths.retain([path('b'), path('a')])
    assert.is(beat('a')?.watch.verdict()?.isOk, true)
    assert.is(paths.add(target(), told(1, 1000)), undefined)
    assert.is(beat('unknown'), undefined)
    assert.equal(states(), [
      ['b', undefined],
      ['a', true],
    ])
  })

  test('go on over a reload that leaves them as they are, and begin anew when a hop has changed', () => {
    const { paths, beat, states } = setUp()
    paths.retain(['kept', 'removed', 'changed', 'shorter'].map((name) => path(name)))
    for (const name of ['kept', 'removed', 'changed', 'shorter']) beat(name)
    const [first, ...others] = path('changed').hops
    const changed = {
      ...path('changed'),
      hops: [{ ...(first ?? hopTarget('edge')), address: 'http://new.test/' }, ...others],
    }
    const shorter = { ...path('shorter'), hops: path('shorter').hops.slice(1) }
    paths.retain([changed, shorter, path('kept')])
    assert.equal(states(), [
      ['changed', undefined],
      ['shorter', undefined],
      ['kept', true],
    ])
    assert.is(paths.add(hopTarget('edge', 'changed'), told(1, 2000)), undefined)
  })

  test('that are quiet tell nothing', () => {
    const { paths, beat, states } = setUp()
    paths.retain([path('a')])
    beat('a')
    paths.forget(hopTarget('pod', 'a'))
    paths.forget(target())
    assert.equal(states(), [['a', undefined]])
  })
})
