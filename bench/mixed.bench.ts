import { cpuSeconds, type Ground, KINDS, type Kind, prepareGround } from './contenders.ts'
import { createGauge, openLoop, startDelayServer } from './load.ts'
import { CONTENDERS, interleave, quantile, ratioLine, type Who } from './rounds.ts'
import type { Bench } from './run.ts'
import { createScraper, type Scraper } from './scrape.ts'

const PER_SECOND = 1000
const ROUNDS = 4
/** Of each round: 60 s for each contender. */
const SECONDS = 15
const WARM_UP_SECONDS = 10

/** Of ten probes; those of http ask the server that answers after 20 ms, and so tell how far off they are. */
const MIX: readonly Kind[] = ['http', 'tcp', 'http', 'dns', 'http', 'https', 'tcp', 'http', 'dns', 'grpc']

interface Load {
  readonly cpuMicroseconds: number
  readonly p50: number
  readonly p99: number
}

export const bench: Bench = {
  question: `what does mixed load of ${PER_SECOND} probes per second cost, and how exact is it then?`,
  async run(say) {
    await using ground = await prepareGround()
    const { url, program } = await startDelayServer()
    await using _program = program
    const scrapers = { blackbox: createScraper(ground.blackbox.port), sonde: createScraper(ground.sonde.port) }
    const measure = (who: Who, seconds: number) => load(ground, who, scrapers[who], url, seconds)
    for (const who of CONTENDERS) await measure(who, WARM_UP_SECONDS)
    const rounds = await interleave(ROUNDS, (who) => measure(who, SECONDS))
    const pick = (key: keyof Load) =>
      rounds.map(({ blackbox, sonde }) => ({ blackbox: blackbox[key], sonde: sonde[key] }))
    say(`of 10 probes: ${KINDS.map((kind) => `${MIX.filter((one) => one === kind).length} ${kind}`).join(', ')}`)
    say(ratioLine('CPU per probe', pick('cpuMicroseconds'), 'µs'))
    say(ratioLine('error p50', pick('p50'), 'ms', 2))
    say(ratioLine('error p99', pick('p99'), 'ms', 2))
    for (const scraper of Object.values(scrapers)) scraper.close()
  },
}

async function load(ground: Ground, who: Who, scraper: Scraper, server: string, seconds: number): Promise<Load> {
  const gauge = createGauge(server, who)
  const cpuBefore = cpuSeconds(ground[who].pid)
  await openLoop(PER_SECOND, seconds, async (index) => {
    const kind = MIX[index % MIX.length] ?? 'http'
    if (kind === 'http') return await gauge.probe(scraper)
    const { module, target } = ground.questions[kind]
    const answer = await scraper.get(`/probe?module=${module}&target=${encodeURIComponent(target)}`)
    if (!answer.includes('\nprobe_success 1\n')) throw new Error(`${who}: the ${kind} probe failed:\n${answer}`)
  })
  const cpu = cpuSeconds(ground[who].pid) - cpuBefore
  const errors = await gauge.errors()
  return {
    cpuMicroseconds: (cpu / (PER_SECOND * seconds)) * 1e6,
    p50: quantile(errors, 0.5),
    p99: quantile(errors, 0.99),
  }
}
