/** Interleaved rounds: both contenders meet the same moments of a noisy machine, and only ratios are quoted. */
export const CONTENDERS = ['blackbox', 'sonde'] as const
export type Who = (typeof CONTENDERS)[number]

export async function interleave<T>(rounds: number, measure: (who: Who) => Promise<T>): Promise<Record<Who, T>[]> {
  const results: Record<Who, T>[] = []
  for (let round = 0; round < rounds; round += 1) {
    // Every other round the order is turned, so that neither always has the warmer machine.
    const blackboxFirst = round % 2 === 0
    const first = await measure(blackboxFirst ? 'blackbox' : 'sonde')
    const second = await measure(blackboxFirst ? 'sonde' : 'blackbox')
    results.push(blackboxFirst ? { blackbox: first, sonde: second } : { blackbox: second, sonde: first })
  }
  return results
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

/** `label  blackbox 540 µs  sonde 270 µs  ratio 0.50 (0.48 to 0.53)` */
export function ratioLine(label: string, rounds: readonly Record<Who, number>[], unit: string, digits = 0): string {
  const ratios = rounds.map(({ sonde, blackbox }) => sonde / blackbox)
  const of = (who: Who) => median(rounds.map((round) => round[who])).toFixed(digits)
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
  return `${label.padEnd(34)} blackbox ${of('blackbox').padStart(7)} ${unit}   sonde ${of('sonde').padStart(7)} ${unit}   ratio ${median(ratios).toFixed(2)} (${spread} over ${rounds.length} rounds)`
}
