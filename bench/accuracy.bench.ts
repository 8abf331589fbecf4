import { type Ground, prepareGround, probe } from './contenders.ts'
import { CONTENDERS, interleave, quantile, ratioLine, type Who } from './rounds.ts'
import type { Bench } from './run.ts'

const ROUNDS = 5
const PER_SECOND = 600
const SECONDS = 5

/** Milliseconds by which each measured answer missed what the server itself saw between request and answer. */
async function errors(ground: Ground, who: Who, seconds: number): Promise<number[]> {
  const measured = new Map<string, number>()
  const one = async (id: string) => {
    const text = await probe(ground[who], {
      module: 'http',
      target: `${ground.httpTarget}/delay?id=${id}`,
      client: 'plain',
    })
    measured.set(id, Number(/probe_http_duration_seconds\{phase="processing"\} (\S+)/.exec(text)?.[1]) * 1000)
  }
  await openLoop(PER_SECOND, seconds, (index) => one(`${who}-${index}`))
  const actual = (await (await fetch(`${ground.httpTarget}/actual`)).json()) as Record<string, number>
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
    for (const who of CONTENDERS) await errors(ground, who, 2)
    const rounds = await interleave(ROUNDS, (who) => errors(ground, who, SECONDS))
    for (const [label, q] of [
      ['p50', 0.5],
      ['p99', 0.99],
      ['p99.9', 0.999],
    ] as const) {
      const at = rounds.map(({ blackbox, sonde }) => ({ blackbox: quantile(blackbox, q), sonde: quantile(sonde, q) }))
      say(ratioLine(`error ${label}`, at, 'ms', 2))
    }
  },
}
