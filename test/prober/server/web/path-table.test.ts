import { pathTables } from '../../../../prober/server/web/path-table.ts'
import { assert, describe } from '../../../harness.ts'
import { createBeats, path, type Told } from '../../paths/runs.ts'

/** Without tags, in one line. */
function textOf(beats: readonly (readonly Told[])[], name = 'shop'): string {
  const { beat, watch } = createBeats()
  for (const told of beats) beat(told)
  const { html } = pathTables([{ path: path(name), watch }])
  return html
    .replaceAll(/<title>.*?<\/title>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

const repeated = (told: readonly Told[], times: number) => new Array<readonly Told[]>(times).fill(told)

describe('paths on the status page', (test) => {
  test('one that has not run waits, with all its hops', () => {
    assert.match(textOf([]), /^waiting shop Hop State Adds Where it adds edge waiting gateway waiting .* pod waiting$/)
  })

  test('one that is well shows what each hop adds', () => {
    const text = textOf(repeated([0.04, 0.03, 0.02, 0.01], 3))
    assert.match(text, /^ok shop Hop/)
    assert.match(text, 'edge ok +10.0 ms ± 0 µs median of the last 3 beats')
    assert.match(text, 'pod ok +10.0 ms')
  })

  test('one that fails names the hop that is to blame, and why', () => {
    const text = textOf([['http_status', 'connect_refused', 1, 1]])
    assert.match(text, /^failed shop gateway: connect_refused in connect: it was connect_refused Hop/)
    assert.match(text, 'edge failed http_status gateway failed connect_refused service ok')
  })

  test('one that is slow names the hop, and how much more it adds', () => {
    const text = textOf([...repeated([0.04, 0.03, 0.02, 0.01], 20), ...repeated([0.34, 0.33, 0.02, 0.01], 4)])
    assert.match(text, /^slow shop gateway: slow, adds \+310 ms, \+10\.0 ms before, more of it in processing Hop/)
    assert.match(text, 'gateway slow +310 ms ± 0 µs median of the last 4 beats')
  })

  test('what is not known is said', () => {
    assert.match(textOf([['http_status', undefined, 1, 1], [1]]), /^failed shop nobody knows .* gateway missing/)
    assert.match(textOf([[undefined, 1, 1, 1], [1]]), /^missing shop/)
  })

  test('names are shown as they are', () => {
    const { watch } = createBeats()
    const { html } = pathTables([{ path: path('<b>"'), watch }])
    assert.match(html, '<b>&lt;b&gt;&quot;</b>')
    assert.match(html, 'instance=%3Cb%3E%22%2Fedge')
  })
})
