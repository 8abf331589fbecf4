import { cursorOver, name } from '../../../prober/wire/dns-cursor.ts'
import { assert, describe } from '../../harness.ts'

/** `a.b.` at 0, a pointer to it at 5, one to its second label at 7. */
const NAMES = Buffer.from('0161016200c000c002', 'hex')

describe('names in a DNS message', (test) => {
  test('are read once from a place, however many pointers lead there: each more costs no more than its two bytes', () => {
    const bytes = Buffer.from(NAMES)
    const cursor = cursorOver(bytes, 5, bytes.length)
    assert.is(name(cursor), 'a.b.')
    bytes.fill(0xff, 0, 5)
    assert.is(name(cursor), 'b.')
    cursor.at = 5
    assert.is(name(cursor), 'a.b.')
    assert.is(cursor.wrong, undefined)
  })

  test('are cut off where they lead beyond the end, also when they were read before it was set', () => {
    const bytes = Buffer.from('c004c0000161016200', 'hex')
    const cursor = cursorOver(bytes, 0, bytes.length)
    assert.is(name(cursor), 'a.b.')
    cursor.at = 2
    cursor.end = 4
    assert.is(name(cursor), '')
    assert.is(cursor.wrong, 'a name that is cut off')
  })
})
