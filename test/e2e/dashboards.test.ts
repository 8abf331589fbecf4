/** Every question of every dashboard, put to the real Prometheus beside a running Sonde: valid, and with an answer. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { DASHBOARDS } from '../../dashboards/files.ts'
import { assert } from '../harness.ts'
import { describeWithPrograms, eventually } from '../programs.ts'
import { ask, type Chosen, panelsOf, queriesOf } from './dashboards/questions.ts'
import { CHOSEN, startStage } from './dashboards/stage.ts'

/** `dashboard: panel: letter of the query`, with the reason why the stage need not give it anything. */
const MAY_BE_EMPTY: Readonly<Record<string, string>> = {
  'sonde-prober: Failed exports: A': 'nothing is exported',
  'sonde-slo: Alerts on objectives: A': 'burn-rate alerts wait for two minutes, which no test has',
  'sonde-target: Addresses and answers: E': 'no target of the stage asks a name server',
}

/** The same for a target that Prometheus pulls, which has no counters and stands on no path. */
const MAY_BE_EMPTY_WHEN_PULLED: Readonly<Record<string, string>> = {
  'sonde-target: Failed attempts: A': 'counters, which only scheduled targets have',
  'sonde-target: Long durations: A': 'a histogram, which only scheduled targets have',
  'sonde-target: Long durations: B': 'a histogram, which only scheduled targets have',
  'sonde-target: Long durations: C': 'a histogram, which only scheduled targets have',
  'sonde-target: Distribution of durations: A': 'a histogram, which only scheduled targets have',
  'sonde-target: Failures by reason: A': 'nothing fails',
  'sonde-target: Addresses and answers: E': 'no target of the stage asks a name server',
  'sonde-overview: What fails, and why: A': 'nothing fails',
}

/** All at once, since they wait for the same samples. A question that Prometheus refuses throws. */
async function emptyOnes(url: string, boards: readonly Dashboard[], chosen?: Chosen): Promise<string[]> {
  const toSeconds = Date.now() / 1000
  const range = { fromSeconds: toSeconds - 20, toSeconds, stepSeconds: 4 }
  const asked = boards.flatMap((board) =>
    panelsOf(board).flatMap((panel) =>
      queriesOf(panel).map(async (query) => {
        const series = await ask(url, query, range, chosen ?? CHOSEN[board.uid ?? ''])
        const hasData = series.some(({ values }) => values.some(([, value]) => value !== 'NaN'))
        return hasData ? [] : [`${board.uid}: ${panel.title}: ${query.refId}`]
      }),
    ),
  )
  return (await Promise.all(asked)).flat().sort()
}

describeWithPrograms('the dashboards on a real Prometheus', ['prometheus'], (test) => {
  test('every question is answered, or there is a reason why not, also of a pulled target; a wrong one is seen', async () => {
    await using stage = await startStage()
    await untilAnswered(MAY_BE_EMPTY, () => emptyOnes(stage.prometheusUrl, DASHBOARDS))
    const boards = DASHBOARDS.filter(({ uid }) => uid === 'sonde-target' || uid === 'sonde-overview')
    await untilAnswered(MAY_BE_EMPTY_WHEN_PULLED, () => emptyOnes(stage.prometheusUrl, boards, { job: 'pulled' }))
    const query = { expr: 'rate(probe_success)', instant: true }
    const range = { fromSeconds: 0, toSeconds: 1, stepSeconds: 1 }
    const refused = await ask(stage.prometheusUrl, query, range).catch(String)
    assert.match(String(refused), /expected type range vector/)
  })
})

async function untilAnswered(mayBeEmpty: Readonly<Record<string, string>>, look: () => Promise<string[]>) {
  let unanswered: string[] = []
  const isAnswered = async () => {
    unanswered = (await look()).filter((name) => mayBeEmpty[name] === undefined)
    return unanswered.length === 0 ? true : undefined
  }
  await eventually(isAnswered, 'an answer to each').catch(() => assert.equal(unanswered, []))
}
