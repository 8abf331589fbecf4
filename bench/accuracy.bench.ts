import { join } from 'node:path'
import { startProgram } from '../test/programs.ts'
import { prepareGround } from './contenders.ts'
import { CONTENDERS, interleave, quantile, ratioLine, type Who } from './rounds.ts'
import type { Bench } from './run.ts'
import { createScraper, type Scraper } from './scrape.ts'

const ROUNDS = 8
const PER_SECOND = 600
const SECONDS = 5
const WARM_UP_SECONDS = 20
const PROCESSING = 'probe_http_duration_seconds{phase="processing"} '

/** Milliseconds by which each measured answer missed what the server itself saw between request and answer. */
async function errors(scraper: Scraper, server: string, prefix: string, seconds: number): Promise<number[]> {
  const measured = new Map<string, number>()
  await openLoop(PER_SECOND, seconds, async (index) => {
    const id = `${prefix}-${index}`
    const answer = await scraper.get(`/probe?module=http&target=${encodeURIComponent(`${server}/?id=${id}`)}`)
    const at = answer.indexOf(PROCESSING) + PROCESSING.length
    measured.set(id, Number(answer.slice(at, answer.indexOf('\n', at))) * 1000)
  })
  const actual = (await (await fetch(`${server}/actual`)).json()) as Record<string, number>
  return Object.entries(actual).map(([id, ms]) => Math.abs((measured.get(id) ?? Number.NaN) - ms))
}

/** Starts work at a fixed rate whatever it takes, as many independent scrapers do. */
async function openLoop(perSecond: number, seconds: number, work: (index: number) => Promise<void>): Promise<void> {
  const running: Promise<void>[] = []
  const startedMs = performance.now()
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(perSecond * seconds, ((performance.now() - startedMs) / 1000) * perSecond)
      while (running.length < due) running.push(work(running.length))
      if (running.length < perSecond * seconds) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  await Promise.all(running)
}

export const bench: Bench = {
  question: `how far off is a measured 20 ms answer at ${PER_SECOND} probes per second?`,
  async run(say) {
    await using ground = await prepareGround()
    await using program = await startProgram(process.execPath, [join(import.meta.dirname, 'delay-server.ts')], {
      ready: /\}\n/,
    })
    const server = `http://127.0.0.1:${(JSON.parse(program.output()) as { port: number }).port}`
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
