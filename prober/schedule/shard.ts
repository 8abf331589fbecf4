/** Which of several probers runs a target: each target has exactly one, and one prober more moves only its own share. */
import type { Parsed } from '../config/parsed.ts'
import { nameHash } from './plan.ts'

/** Numbered from 0, as the pods of a StatefulSet are. */
export interface Shard {
  readonly index: number
  readonly count: number
}

const MOST_SHARDS = 10_000
const FORM = 'write the shard’s number, from 0, and how many there are, as in 0/3, or ordinal/3 in a StatefulSet'

/** `2/3`, or `ordinal/3`: the number at the end of the host's name, as in `sonde-2`. */
export function parseShard(text: string, hostName: string): Parsed<Shard> {
  const [, number = '', total = ''] = /^(\d+|ordinal)\/(\d+)$/.exec(text) ?? []
  if (number === '') return { ok: false, message: `${JSON.stringify(text)} is no shard; ${FORM}` }
  const ordinal = /-(\d+)$/.exec(hostName)?.[1]
  if (number === 'ordinal' && ordinal === undefined) {
    return {
      ok: false,
      message: `the host name ${JSON.stringify(hostName)} does not end in a number; write 0/${total}`,
    }
  }
  const index = Number(number === 'ordinal' ? ordinal : number)
  const count = Number(total)
  if (count < 1 || count > MOST_SHARDS) {
    return { ok: false, message: `${JSON.stringify(text)} asks for ${count} shards; write from 1 to ${MOST_SHARDS}` }
  }
  if (index < count) return { ok: true, value: { index, count } }
  const range = count === 1 ? '0' : `from 0 to ${count - 1}`
  return { ok: false, message: `there is no shard ${index} of ${count}: they are numbered ${range}; raise the count` }
}

export function isOfShard(name: string, { index, count }: Shard): boolean {
  return count === 1 || jumpHash(BigInt(nameHash(name)), count) === index
}

/** Jump consistent hash: Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014, figure 1. */
export function jumpHash(key: bigint, count: number): number {
  let state = key
  let bucket = -1
  let next = 0
  while (next < count) {
    bucket = next
    state = BigInt.asUintN(64, state * 2_862_933_555_777_941_757n + 1n)
    next = Math.floor((bucket + 1) * (2 ** 31 / (Number(state >> 33n) + 1)))
  }
  return bucket
}
