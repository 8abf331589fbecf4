import { openBlackHole } from './black-hole.ts'
import { prepareGround } from './contenders.ts'
import { createGauge, openLoop, startDelayServer } from './load.ts'
import { CONTENDERS, median, quantile } from './rounds.ts'
import type { Bench } from './run.ts'
import { createScraper, type Scraper } from './scrape.ts'

/** Half of the probes ask a server that answers after 20 ms, half a port: one that accepts, or the black hole. */
interface Load {
  readonly called: string
  readonly perSecond: number
  readonly seconds: number
}

const USUAL: Load = { called: '1,000 targets at 15 s', perSecond: 67, seconds: 10 }
const HEAVY: Load = { called: '600 per second', perSecond: 600, seconds: 5 }
/** The machine moves a single round more than a black hole does. */
const ROUNDS = 6
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
      const measure = (half: keyof typeof other, load: Load) => p99(scraper, url, other[half], load)
      await measure('lost', { ...HEAVY, seconds: WARM_UP_SECONDS })
      for (const load of [USUAL, HEAVY]) {
        const [clean, again, half]: [number[], number[], number[]] = [[], [], []]
        for (let round = 0; round < ROUNDS; round += 1) {
          clean.push(await measure('healthy', load))
          half.push(await measure('lost', load))
          again.push(await measure('healthy', load))
        }
        const told = `all healthy ${text(clean)}, again ${text(again)}, half lost ${text(half)}`
        const ratio = median(half) / median([...clean, ...again])
        say(`${who.padEnd(8)} ${load.called.padEnd(21)} error p99: ${told}, ratio ${ratio.toFixed(2)}`)
      }
      scraper.close()
    }
  },
}

function text(values: readonly number[]): string {
  return `${median(values).toFixed(2)} ms (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`
}

async function p99(scraper: Scraper, server: string, other: string, { perSecond, seconds }: Load): Promise<number> {
  const gauge = createGauge(server, 'p')
  await openLoop(perSecond, seconds, async (index) => {
    if (index % 2 === 0) await gauge.probe(scraper)
    else await scraper.get(other)
  })
  return quantile(await gauge.errors(), 0.99)
}
