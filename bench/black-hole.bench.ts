import { openBlackHole } from './black-hole.ts'
import { prepareGround } from './contenders.ts'
import { createGauge, openLoop, startDelayServer } from './load.ts'
import { CONTENDERS, median, quantile } from './rounds.ts'
import type { Bench } from './run.ts'
import { createScraper, type Scraper } from './scrape.ts'

/** Half of them at a server that answers after 20 ms, half at a port: one that accepts, or the black hole. */
const PER_SECOND = 600
const ROUNDS = 3
const SECONDS = 5
const WARM_UP_SECONDS = 6

export const bench: Bench = {
  question: 'half of the targets are black-holed: what do the probes of the other half measure?',
  async run(say) {
    await using ground = await prepareGround()
    await using hole = await openBlackHole()
    const { url, program } = await startDelayServer()
    await using _program = program
    const path = (target: string) => `/probe?module=black_hole&target=${encodeURIComponent(target)}`
    const other = { healthy: path(ground.questions.tcp.target), lost: path(hole.target) }
    for (const who of CONTENDERS) {
      const scraper = createScraper(ground[who].port)
      const measure = (half: keyof typeof other, seconds: number) => p99(scraper, url, other[half], seconds)
      await measure('lost', WARM_UP_SECONDS)
      const [clean, again, half]: [number[], number[], number[]] = [[], [], []]
      for (let round = 0; round < ROUNDS; round += 1) {
        clean.push(await measure('healthy', SECONDS))
        half.push(await measure('lost', SECONDS))
        again.push(await measure('healthy', SECONDS))
      }
      const text = (values: readonly number[]) =>
        `${median(values).toFixed(2)} ms (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`
      say(`${who.padEnd(8)} error p99: all healthy ${text(clean)}, again ${text(again)}, half lost ${text(half)}`)
      scraper.close()
    }
  },
}

async function p99(scraper: Scraper, server: string, other: string, seconds: number): Promise<number> {
  const gauge = createGauge(server, 'p')
  await openLoop(PER_SECOND, seconds, async (index) => {
    if (index % 2 === 0) await gauge.probe(scraper)
    else await scraper.get(other)
  })
  return quantile(await gauge.errors(), 0.99)
}
