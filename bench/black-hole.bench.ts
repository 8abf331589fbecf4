import { openBlackHole } from './black-hole.ts'
import { prepareGround } from './contenders.ts'
import { createGauge, openLoop, startDelayServer } from './load.ts'
import { CONTENDERS, median, quantile } from './rounds.ts'
import type { Bench } from './run.ts'
import { createScraper, type Scraper } from './scrape.ts'

/** As many again go to the black hole, where each of them takes the whole second of its module. */
const HEALTHY_PER_SECOND = 300
const ROUNDS = 5
const SECONDS = 8
const WARM_UP_SECONDS = 10

export const bench: Bench = {
  question: 'half of the targets are black-holed: what do the probes of the other half measure?',
  async run(say) {
    await using ground = await prepareGround()
    await using hole = await openBlackHole()
    const { url, program } = await startDelayServer()
    await using _program = program
    const lost = `/probe?module=black_hole&target=${encodeURIComponent(hole.target)}`
    for (const who of CONTENDERS) {
      const scraper = createScraper(ground[who].port)
      const measure = (isHalfLost: boolean, seconds: number) =>
        p99(scraper, url, isHalfLost ? lost : undefined, seconds)
      await measure(true, WARM_UP_SECONDS)
      const [clean, again, half]: [number[], number[], number[]] = [[], [], []]
      for (let round = 0; round < ROUNDS; round += 1) {
        clean.push(await measure(false, SECONDS))
        half.push(await measure(true, SECONDS))
        again.push(await measure(false, SECONDS))
      }
      const text = (values: readonly number[]) =>
        `${median(values).toFixed(2)} ms (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`
      say(`${who.padEnd(8)} error p99: all healthy ${text(clean)}, again ${text(again)}, half lost ${text(half)}`)
      scraper.close()
    }
  },
}

async function p99(scraper: Scraper, server: string, lost: string | undefined, seconds: number): Promise<number> {
  const gauge = createGauge(server, 'p')
  const perSecond = lost === undefined ? HEALTHY_PER_SECOND : 2 * HEALTHY_PER_SECOND
  await openLoop(perSecond, seconds, async (index) => {
    if (lost === undefined || index % 2 === 0) return await gauge.probe(scraper)
    const answer = await scraper.get(lost)
    if (!answer.includes('\nprobe_success 0\n')) throw new Error(`the black hole answered:\n${answer}`)
  })
  return quantile(await gauge.errors(), 0.99)
}
