import { createPlaces } from '../../../prober/schedule/places.ts'
import { assert, describe } from '../../harness.ts'

const never = new AbortController().signal

describe('places', (test) => {
  test('are given in the order of asking', async () => {
    const places = createPlaces(1)
    const order: string[] = []
    await places.take(never)
    const waiting = ['a', 'b', 'c'].map((name) => places.take(never).then(() => order.push(name)))
    for (const each of waiting) {
      places.free()
      await each
    }
    assert.equal(order, ['a', 'b', 'c'])
    assert.is(places.waiting(), 0)
  })

  test('who leaves the line gets none, and the next in line does', async () => {
    const places = createPlaces(1)
    await places.take(never)
    const leaving = new AbortController()
    const left = places.take(leaving.signal)
    const stayed = places.take(never)
    leaving.abort()
    assert.is(await left, false)
    assert.is(places.waiting(), 1)
    places.free()
    assert.is(await stayed, true)
  })

  test('whose signal has fired already gets none', async () => {
    assert.is(await createPlaces(1).take(AbortSignal.abort()), false)
  })

  test('what was freed with nobody in line can be taken again', async () => {
    const places = createPlaces(1)
    for (let round = 0; round < 3; round++) {
      assert.is(await places.take(never), true)
      places.free()
    }
  })

  test('a limit of 0 is none', async () => {
    const places = createPlaces(0)
    const taken = await Promise.all(Array.from({ length: 5000 }, () => places.take(never)))
    assert.ok(taken.every(Boolean))
  })
})
