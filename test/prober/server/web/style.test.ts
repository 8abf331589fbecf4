import { STYLE } from '../../../../prober/server/web/style.ts'
import { assert, describe } from '../../../harness.ts'

describe('style of the status page', (test) => {
  test('a long URL in a notice breaks instead of leaving its card', () => {
    assert.match(STYLE, /^\.empty,\.warn\{overflow-wrap:anywhere\}$/m)
  })

  test('a long module name leaves the target room to be typed', () => {
    assert.match(STYLE, /select\{max-width:min\(100%,320px\)/)
  })
})
