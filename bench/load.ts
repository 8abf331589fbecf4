/** Load at a fixed rate, and how far off what it measured was. */
import { join } from 'node:path'
import { type RunningProgram, startProgram } from '../test/programs.ts'
import type { Scraper } from './scrape.ts'

const PROCESSING = 'probe_http_duration_seconds{phase="processing"} '

/** A server that answers after 20 ms and knows how long that really was. */
export async function startDelayServer(): Promise<{ readonly url: string; readonly program: RunningProgram }> {
  const program = await startProgram(process.execPath, [join(import.meta.dirname, 'delay-server.ts')], {
    ready: /\}\n/,
  })
  return { url: `http://127.0.0.1:${(JSON.parse(program.output()) as { port: number }).port}`, program }
}

/** Asks the delay server under ids of its own, and learns afterwards what they took. */
export interface Gauge {
  probe(scraper: Scraper): Promise<void>
  /** Milliseconds by which each measured answer missed what the server itself saw between request and answer. */
  errors(): Promise<number[]>
}

export function createGauge(serverUrl: string, prefix: string): Gauge {
  const measured = new Map<string, number>()
  let asked = 0
  return {
    async probe(scraper) {
      asked += 1
      const id = `${prefix}-${asked}`
      const answer = await scraper.get(`/probe?module=http&target=${encodeURIComponent(`${serverUrl}/?id=${id}`)}`)
      const at = answer.indexOf(PROCESSING) + PROCESSING.length
      measured.set(id, Number(answer.slice(at, answer.indexOf('\n', at))) * 1000)
    },
    async errors() {
      const actual = (await (await fetch(`${serverUrl}/actual`)).json()) as Record<string, number>
      return Object.entries(actual).map(([id, ms]) => Math.abs((measured.get(id) ?? Number.NaN) - ms))
    },
  }
}

/** Starts work at a fixed rate whatever it takes, as many independent scrapers do. */
export async function openLoop(
  perSecond: number,
  seconds: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
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
