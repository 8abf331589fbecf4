import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { inTurn } from '../../../prober/net/turn.ts'
import { assert, describe } from '../../harness.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

describe('work in turn', (test) => {
  test('is done later, in the order of asking, a few pieces a turn', async () => {
    const done: string[] = []
    const note = (what: string) => void done.push(what)
    for (const piece of ['1', '2', '3', '4', '5']) inTurn(note, piece)
    setImmediate(note, 'what else waits for this turn')
    assert.equal(done, [])
    await new Promise((resolve) => inTurn(resolve, undefined))
    assert.equal(done, ['1', '2', '3', 'what else waits for this turn', '4', '5'])
  })

  test('that asks for more work does not hold the turn', async () => {
    let pieces = 0
    const goOn = (): void => {
      pieces += 1
      if (pieces < 100) inTurn(goOn, undefined)
    }
    goOn()
    await new Promise(setImmediate)
    assert.ok(pieces < 100, `${pieces} pieces in one turn`)
    while (pieces < 100) await new Promise(setImmediate)
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
