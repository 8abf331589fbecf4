import type { Config } from '../../../prober/config/schema.ts'
import type { Finder } from '../../../prober/discovery/finder.ts'
import { lazyFinder } from '../../../prober/discovery/lazy-finder.ts'
import { assert, describe } from '../../harness.ts'

type Configuration = Pick<Config, 'discovery' | 'modules'>

const NOTHING: Configuration = { discovery: { files: [], kubernetes: [] }, modules: new Map() }
const FILES: Configuration = {
  ...NOTHING,
  discovery: { kubernetes: [], files: [{} as Config['discovery']['files'][number]] },
}

function start(failures = 0) {
  const configured: Configuration[] = []
  const bugs: unknown[] = []
  let loads = 0
  let disposals = 0
  const loaded: Finder = {
    configure: (config) => void configured.push(config),
    found: () => [{ source: 'file', found: { targets: [], skipped: [] } }],
    health: () => [],
    async [Symbol.asyncDispose]() {
      disposals += 1
    },
  }
  const load = async () => {
    loads += 1
    if (loads <= failures) throw new Error('EMFILE')
    return loaded
  }
  const finder = lazyFinder(
    ({ files }) => files.length > 0,
    load,
    (error) => void bugs.push(error),
  )
  return { finder, configured, bugs, loads: () => loads, disposals: () => disposals }
}

const turn = () => new Promise(setImmediate)

describe('a finder that is loaded once it is wanted', (test) => {
  test('is not loaded without a source, and told the newest configuration once it is', async () => {
    const { finder, configured, loads } = start()
    finder.configure(NOTHING)
    await turn()
    assert.is(loads(), 0)
    const newest = { ...FILES }
    finder.configure(FILES)
    finder.configure(newest)
    assert.equal(finder.found(), [])
    await turn()
    assert.is(loads(), 1)
    assert.is(configured.length, 1)
    assert.is(configured[0], newest)
    assert.is(finder.found().length, 1)
    finder.configure(NOTHING)
    assert.is(configured[1], NOTHING)
  })

  test('that ends while it is loaded finds nothing and leaves nothing', async () => {
    const { finder, configured, disposals } = start()
    finder.configure(FILES)
    await finder[Symbol.asyncDispose]()
    assert.equal([configured.length, disposals()], [0, 1])
  })

  test('that cannot be loaded says so, and is tried again with the next configuration', async () => {
    const { finder, configured, bugs } = start(1)
    finder.configure(FILES)
    await turn()
    assert.equal([bugs.length, configured.length], [1, 0])
    finder.configure(FILES)
    await turn()
    assert.equal([bugs.length, configured.length], [1, 1])
  })
})
