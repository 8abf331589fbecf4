/** Noise as networks make it, the same each time for the same seed. */

export type Chance = () => number

/** Mulberry32: from 0 up to 1. */
export function chance(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Box and Muller's: mean 0, standard deviation 1. */
export function normal(next: Chance): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

/** Seconds that a hop adds. */
export const NOISES: Readonly<Record<string, (next: Chance) => number>> = {
  'evenly around 50 ms': (next) => 0.05 + 0.02 * normal(next),
  'with a long tail (lognormal, σ = 1)': (next) => 0.02 * Math.exp(normal(next)),
  'with a very long tail (Pareto, α = 2)': (next) => 0.02 / Math.sqrt(1 - next()),
  'slow one time in twenty': (next) => (next() < 0.05 ? 0.3 : 0.01) + 0.003 * normal(next),
  'slow one time in five': (next) => (next() < 0.2 ? 0.3 : 0.01) + 0.003 * normal(next),
  'slow every other time': (next) => (next() < 0.5 ? 0.3 : 0.01) + 0.003 * normal(next),
  'the difference of two such': (next) => 0.05 * (Math.exp(normal(next)) - Math.exp(normal(next))),
}
