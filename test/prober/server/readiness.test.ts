import type { Trouble } from '../../../prober/schedule/punctuality.ts'
import { createReadiness } from '../../../prober/server/readiness.ts'
import { assert, describe } from '../../harness.ts'

describe('readiness', (test) => {
  test('begins with the schedule, is away while that is in trouble, and ends with the process', () => {
    let trouble: Trouble | undefined
    const readiness = createReadiness(() => trouble)
    assert.match(readiness.unready() ?? '', /^Starting: /)
    readiness.begin()
    assert.is(readiness.unready(), undefined)
    trouble = { due: 60, missed: 30 }
    assert.match(readiness.unready() ?? '', /^Overloaded: of 60 runs .* 30 were missed; see .*--shard$/)
    trouble = undefined
    assert.is(readiness.unready(), undefined)
    readiness.end()
    assert.is(readiness.unready(), 'Shutting down')
    readiness.begin()
    assert.is(readiness.unready(), 'Shutting down', 'a reload that ends late changes nothing')
  })
})
