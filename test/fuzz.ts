/**
 * fast-check, set up: how much is thrown at a codec. A little in `npm test`, 100,000 inputs in CI (`npm run fuzz`), and
 * more by `FUZZ_RUNS=1000000 npm run fuzz`. The inputs are the same each time, so that a change fails for what it changed;
 * `FUZZ_SEED=random` looks for what nobody has seen yet.
 */
import fc from 'fast-check'

const RUNS = Number(process.env.FUZZ_RUNS ?? 1000)
const { FUZZ_SEED = '1' } = process.env
fc.configureGlobal(FUZZ_SEED === 'random' ? { numRuns: RUNS } : { numRuns: RUNS, seed: Number(FUZZ_SEED) })

export { fc }

/** `check` throws for what must not be; so does anything that the codec throws. */
export function fuzz<T>(inputs: fc.Arbitrary<T>, check: (input: T) => void): void {
  fc.assert(fc.property(inputs, check))
}

/** Of what costs as much as so many codecs. */
export function runsShared(by: number): { readonly numRuns: number } {
  return { numRuns: Math.max(50, Math.ceil(RUNS / by)) }
}

/** Valid bytes, but for a few: they come further into a codec than any random ones. */
export function damaged(valid: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const wounds = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { maxLength: 4 })
  return fc.tuple(valid, wounds, fc.nat()).map(([bytes, changes, cut]) => {
    const copy = Buffer.from(bytes)
    for (const { at, byte } of changes) if (copy.length > 0) copy[at % copy.length] = byte
    return cut % 3 === 0 ? copy.subarray(0, cut % (copy.length + 1)) : copy
  })
}

/** Cut into pieces as a network may; pieces of no length never come. */
export function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].filter((end) => end > 0).sort((a, b) => a - b)
  const all = ends.at(-1) === bytes.length ? ends : [...ends, bytes.length]
  return all.map((end, index) => bytes.subarray(all[index - 1] ?? 0, end)).filter(({ length }) => length > 0)
}
