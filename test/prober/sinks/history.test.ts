import { createHistory, type History } from '../../../prober/sinks/history.ts'
import { assert, describe } from '../../harness.ts'
import { refused, success } from '../metrics/results.ts'

function add(history: History, target: string, isOk = true, module = 'http_2xx'): void {
  history.add({ target, module, moduleYaml: '', result: { ...(isOk ? success() : refused()), target } })
}

const targetsOf = (history: History) => history.list().map(({ result }) => result.target)

describe('history', (test) => {
  test('keeps the last results, and as many older ones that failed', () => {
    const history = createHistory(2)
    for (const name of ['f1', 'f2', 'f3', 's1', 'f4', 's2', 's3', 's4']) add(history, name, name.startsWith('s'))
    assert.equal(targetsOf(history), ['s4', 's3', 'f4', 'f3'])
    assert.equal(
      history.list().map(({ id }) => id),
      [7, 6, 4, 2],
    )
  })

  test('finds by id what it still has', () => {
    const history = createHistory(1)
    add(history, 'a')
    add(history, 'b')
    assert.is(history.byId(1)?.result.target, 'b')
    assert.is(history.byId(0), undefined)
    assert.is(history.byId(99), undefined)
  })

  test('gives the newest of a target, of one module when asked', () => {
    const history = createHistory(10)
    add(history, 'a', true, 'm1')
    add(history, 'a', true, 'm2')
    add(history, 'b', true, 'm1')
    assert.is(history.newest('a')?.id, 1)
    assert.is(history.newest('a', 'm1')?.id, 0)
    assert.is(history.newest('a', 'm3'), undefined)
    assert.is(history.newest('c'), undefined)
  })

  test('an older failure does not hide a newer success', () => {
    const history = createHistory(1)
    add(history, 'a', false)
    add(history, 'a')
    assert.ok(history.newest('a')?.result.outcome.ok)
  })

  test('a target with a password is found as it was asked for, and as it is shown', () => {
    const history = createHistory(1)
    const shown = 'http://xxxxx@h/'
    history.add({ target: 'http://u:p@h/', module: 'm', moduleYaml: '', result: success({ target: shown }) })
    assert.is(history.newest('http://u:p@h/')?.id, 0)
    assert.is(history.newest(shown)?.id, 0)
  })

  test('a limit of 0 keeps nothing', () => {
    const history = createHistory(0)
    add(history, 'a', false)
    add(history, 'b')
    assert.equal(targetsOf(history), [])
  })
})
