import { PHASES } from '../../../../prober/net/outcome.ts'
import { STYLE } from '../../../../prober/server/web/style.ts'
import { assert, describe } from '../../../harness.ts'

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: string, b: string): number {
  const [less = 0, more = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (more + 0.05) / (less + 0.05)
}

/** `--card` by light and by dark. */
const CARDS = [...STYLE.matchAll(/--card:(#[0-9a-f]{3,6})/g)].map(([, colour = '']) =>
  colour.length === 4 ? colour.replace(/[0-9a-f]/g, '$&$&') : colour,
)

describe('style of the status page', (test) => {
  test('a long URL in a notice breaks instead of leaving its card', () => {
    assert.match(STYLE, /^\.empty,\.warn\{overflow-wrap:anywhere\}$/m)
  })

  test('a long module name leaves the target room to be typed', () => {
    assert.match(STYLE, /select\{max-width:min\(100%,320px\)/)
  })

  for (const phase of PHASES) {
    test(`${phase} can be seen on a light and on a dark card (WCAG 1.4.11)`, () => {
      const colour = new RegExp(`\\.phase-${phase}\\{fill:(#[0-9a-f]{6})\\}`).exec(STYLE)?.[1] ?? ''
      assert.is(CARDS.length, 2)
      for (const card of CARDS) assert.ok(contrast(colour, card) >= 3, `${colour} on ${card}`)
    })
  }
})
