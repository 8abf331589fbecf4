/**
 * `npm run dashboards:preview [-- --prometheus URL] [--seconds N] [--out FILE]`: all dashboards on one HTML page, drawn
 * from what a Prometheus answers to their queries. Without an address it starts a small world of its own and disturbs it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { DASHBOARDS } from '../../../dashboards/files.ts'
import type { Drawn } from './charts.ts'
import { page } from './page.ts'
import { ask, panelsOf, queriesOf, type TimeRange } from './questions.ts'
import { CHOSEN, startStage } from './stage.ts'

/** Somebody who looks at one target. */
const READER = { ...CHOSEN, 'sonde-target': { job: 'sonde', instance: 'shop' } }
const STEPS = 100

const { values } = parseArgs({
  options: {
    prometheus: { type: 'string' },
    seconds: { type: 'string', default: '90' },
    out: { type: 'string', default: '.cache/dashboards.html' },
  },
})
const seconds = Number(values.seconds)

if (values.prometheus === undefined) {
  await using stage = await startStage()
  await lifeOf(stage.disturb)
  await write(stage.prometheusUrl)
} else await write(values.prometheus)

/** Ill at the end, so that there is somebody to blame. */
async function lifeOf(disturb: (isDisturbed: boolean) => void): Promise<void> {
  const life = [false, true, false, true]
  for (const isDisturbed of life) {
    disturb(isDisturbed)
    await setTimeout((1000 * seconds) / life.length)
  }
}

async function write(prometheusUrl: string): Promise<void> {
  const toSeconds = Math.floor(Date.now() / 1000)
  const range = { fromSeconds: toSeconds - seconds, toSeconds, stepSeconds: Math.max(2, Math.round(seconds / STEPS)) }
  const boards = await Promise.all(
    DASHBOARDS.map(async (board) => [board, await drawnOf(board, prometheusUrl, range)] as const),
  )
  await mkdir(dirname(values.out), { recursive: true })
  await writeFile(values.out, page(boards))
  process.stdout.write(`wrote ${values.out}\n`)
}

function drawnOf(board: Dashboard, prometheusUrl: string, range: TimeRange): Promise<Drawn[]> {
  const chosen = READER[board.uid as keyof typeof READER]
  return Promise.all(
    panelsOf(board).map(async (panel) => {
      const answers = await Promise.all(queriesOf(panel).map((query) => ask(prometheusUrl, query, range, chosen)))
      return { panel, answers, range }
    }),
  )
}
