import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { inTurn } from '../../../prober/net/turn.ts'
import { assert, describe } from '../../harness.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

describe('work in turn', (test) => {
  test('is done later, in the order of asking, one piece a turn', async () => {
    const done: string[] = []
    const note = (what: string) => void done.push(what)
    inTurn(note, 'first')
    inTurn(note, 'second')
    setImmediate(note, 'what else waits for this turn')
    assert.equal(done, [])
    await new Promise((resolve) => inTurn(resolve, undefined))
    assert.equal(done, ['first', 'what else waits for this turn', 'second'])
  })

  test('is let go once it is done, also while the queue never runs empty', async () => {
    const goOn = (left: number): void => {
      if (left > 0) inTurn(goOn, left - 1)
    }
    for (const left of [1000, 1000]) inTurn(goOn, left)
    const argument = await afterItsTurn()
    collectGarbage()
    assert.is(argument.deref(), undefined)
  })
})

/** The argument of a piece of work that is done, a few turns later. */
async function afterItsTurn(): Promise<WeakRef<object>> {
  const argument = await new Promise<WeakRef<object>>((resolve) => inTurn((given) => resolve(new WeakRef(given)), {}))
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
  return argument
}
