import { isOfShard, jumpHash, parseShard } from '../../../prober/schedule/shard.ts'
import { assert, describe } from '../../harness.ts'

const NAMES = Array.from({ length: 3000 }, (_, index) => `https://web-${index}.example.test/`)

function shardsOf(name: string, count: number): number[] {
  return Array.from({ length: count }, (_, index) => index).filter((index) => isOfShard(name, { index, count }))
}

describe('shards', (test) => {
  for (const count of [1, 2, 3, 7, 16]) {
    test(`${count} together run each target exactly once, about as many each`, () => {
      const sizes = new Array<number>(count).fill(0)
      for (const name of NAMES) {
        const shards = shardsOf(name, count)
        assert.is(shards.length, 1, name)
        sizes[shards[0] ?? 0] = (sizes[shards[0] ?? 0] ?? 0) + 1
      }
      const share = NAMES.length / count
      for (const size of sizes) assert.ok(Math.abs(size - share) < 5 * Math.sqrt(share) + 1, `${sizes}`)
    })

    test(`one more than ${count} moves about 1 target in ${count + 1}, and those only to the new one`, () => {
      const moved = NAMES.filter((name) => !isOfShard(name, { index: shardsOf(name, count)[0] ?? 0, count: count + 1 }))
      const share = NAMES.length / (count + 1)
      assert.ok(Math.abs(moved.length - share) < 5 * Math.sqrt(share), `${moved.length} of ${NAMES.length}`)
      for (const name of moved) assert.ok(isOfShard(name, { index: count, count: count + 1 }), name)
    })
  }

  // Values that other implementations test themselves by.
  for (const [key, count, bucket] of [
    [0n, 1, 0],
    [10863919174838991n, 11, 6],
    [2016238256797177309n, 11, 3],
    [1673758223894951030n, 11, 5],
  ] as const) {
    test(`key ${key} of ${count} is in bucket ${bucket}`, () => assert.is(jumpHash(key, count), bucket))
  }

  const good: readonly (readonly [text: string, host: string, index: number, count: number])[] = [
    ['0/1', '', 0, 1],
    ['2/3', 'sonde-0', 2, 3],
    ['ordinal/3', 'sonde-2', 2, 3],
    ['ordinal/12', 'my-sonde-10', 10, 12],
  ]
  for (const [text, host, index, count] of good) {
    test(`${text} on ${host || 'any host'} is shard ${index} of ${count}`, () =>
      assert.equal(parseShard(text, host), { ok: true, value: { index, count } }))
  }

  const FORM = 'write the shard’s number, from 0, and how many there are, as in 0/3, or ordinal/3 in a StatefulSet'
  const bad: readonly (readonly [text: string, host: string, message: string])[] = [
    ['1', '', `"1" is no shard; ${FORM}`],
    ['a/3', '', `"a/3" is no shard; ${FORM}`],
    ['-1/3', '', `"-1/3" is no shard; ${FORM}`],
    ['3/3', '', 'there is no shard 3 of 3: they are numbered from 0 to 2; raise the count'],
    ['1/1', '', 'there is no shard 1 of 1: they are numbered 0; raise the count'],
    ['0/0', '', '"0/0" asks for 0 shards; write from 1 to 10000'],
    ['ordinal/3', 'sonde-3', 'there is no shard 3 of 3: they are numbered from 0 to 2; raise the count'],
    ['ordinal/3', 'laptop', 'the host name "laptop" does not end in a number; write 0/3'],
  ]
  for (const [text, host, message] of bad) {
    test(`${text}${host === '' ? '' : ` on ${host}`}: ${message}`, () =>
      assert.equal(parseShard(text, host), { ok: false, message }))
  }
})
