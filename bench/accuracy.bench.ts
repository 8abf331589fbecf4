import { prepareGround } from './contenders.ts'
import { createGauge, openLoop, startDelayServer } from './load.ts'
import { CONTENDERS, interleave, quantile, ratioLine, type Who } from './rounds.ts'
import type { Bench } from './run.ts'
import { createScraper, type Scraper } from './scrape.ts'

const ROUNDS = 8
const PER_SECOND = 600
const SECONDS = 5
const WARM_UP_SECONDS = 20

async function errors(scraper: Scraper, server: string, prefix: string, seconds: number): Promise<number[]> {
  const gauge = createGauge(server, prefix)
  await openLoop(PER_SECOND, seconds, () => gauge.probe(scraper))
  return await gauge.errors()
}

export const bench: Bench = {
  question: `how far off is a measured 20 ms answer at ${PER_SECOND} probes per second?`,
  async run(say) {
    await using ground = await prepareGround()
    const { url: server, program } = await startDelayServer()
    await using _program = program
    const scrapers = { blackbox: createScraper(ground.blackbox.port), sonde: createScraper(ground.sonde.port) }
    const measure = (who: Who, seconds: number) => errors(scrapers[who], server, who, seconds)
    for (const who of CONTENDERS) await measure(who, WARM_UP_SECONDS)
    const rounds = await interleave(ROUNDS, (who) => measure(who, SECONDS))
    for (const [label, q] of [
      ['p50', 0.5],
      ['p90', 0.9],
      ['p99', 0.99],
      ['p99.9', 0.999],
    ] as const) {
      const at = rounds.map(({ blackbox, sonde }) => ({ blackbox: quantile(blackbox, q), sonde: quantile(sonde, q) }))
      say(ratioLine(`error ${label}`, at, 'ms', 2))
    }
    for (const scraper of Object.values(scrapers)) scraper.close()
  },
}
