import { createSharedProbes } from '../../../prober/server/shared.ts'
import type { ProbeRequest } from '../../../prober/probes/probe.ts'
import type { Result } from '../../../prober/probes/result.ts'
import { failure } from '../../../prober/net/outcome.ts'
import { assert, describe } from '../../harness.ts'
import { success, target } from '../metrics/results.ts'

const staying = () => new AbortController().signal
const asking = (timeoutSeconds: number) => ({ timeoutSeconds }) as ProbeRequest
const web = target()

/** Probes that end when told, or when nobody waits for them. */
function setUp() {
  const time = { seconds: 100 }
  const runs: { end(result: Result): void; fail(bug: Error): void; signal: AbortSignal }[] = []
  const shared = createSharedProbes(
    (_target, _request, signal) =>
      new Promise<Result>((end, fail) => {
        runs.push({ end, fail, signal })
        signal.addEventListener('abort', () => end(success({ outcome: failure('connect', 'cancelled', 'left') })))
      }),
    () => time.seconds,
  )
  return { time, runs, shared }
}

describe('live probes of scheduled targets', (test) => {
  test('who asks meanwhile shares the one that runs, and only the first began it', async () => {
    const { runs, shared, time } = setUp()
    const asked = [10, 10, 10].map((timeoutSeconds) => {
      time.seconds += 1
      return shared.ask(web, asking(timeoutSeconds), staying())
    })
    assert.is(runs.length, 1)
    const result = success()
    runs[0]?.end(result)
    const answers = await Promise.all(asked)
    assert.ok(answers.every((answer) => answer.result === result))
    assert.equal(
      answers.map(({ isFirst }) => isFirst),
      [true, false, false],
    )
  })

  test('another target, or one that has changed, is another probe', () => {
    const { runs, shared } = setUp()
    void shared.ask(web, asking(10), staying())
    void shared.ask(target({ name: 'other' }), asking(10), staying())
    assert.is(runs.length, 2)
  })

  for (const [what, timeoutSeconds, afterSeconds] of [
    ['would end later than this request may wait', 3, 1],
    ['gives up sooner than this one would', 20, 0],
  ] as const) {
    test(`one that ${what} is not joined`, () => {
      const { runs, shared, time } = setUp()
      void shared.ask(web, asking(10), staying())
      time.seconds += afterSeconds
      void shared.ask(web, asking(timeoutSeconds), staying())
      assert.is(runs.length, 2)
    })
  }

  test('what one found answers later ones until it is older than they ask', async () => {
    const { runs, shared, time } = setUp()
    assert.is(shared.fresh(web, asking(10), 60), undefined)
    const asked = shared.ask(web, asking(10), staying())
    const result = success()
    runs[0]?.end(result)
    await asked
    time.seconds += 5
    assert.equal(shared.fresh(web, asking(10), 5), { result, ageSeconds: 5 })
    assert.is(shared.fresh(web, asking(10), 4.9), undefined)
    assert.is(shared.fresh(target(), asking(10), 60), undefined, 'of a target that a reload replaced')
  })

  const late = failure('connect', 'connect_timeout', 'too late')
  for (const [what, result, timeoutSeconds] of [
    ['gave up sooner', success({ outcome: late, timeoutSeconds: 1 }), 2],
    [
      'gave up because the prober was held up',
      success({ outcome: late, timeoutSeconds: 5, disturbance: { cause: 'event_loop', seconds: 4 } }),
      2,
    ],
  ] as const) {
    test(`a probe that ${what} answers nobody later`, async () => {
      const { runs, shared } = setUp()
      const asked = shared.ask(web, asking(1), staying())
      runs[0]?.end(result)
      await asked
      assert.is(shared.fresh(web, asking(timeoutSeconds), 60), undefined)
    })
  }

  test('it goes on while anybody waits, ends when all have gone, and answers nobody then', async () => {
    const { runs, shared } = setUp()
    const [first, second] = [new AbortController(), new AbortController()]
    const asked = [first, second].map(({ signal }) => shared.ask(web, asking(10), signal))
    first.abort()
    assert.not(runs[0]?.signal.aborted)
    second.abort()
    assert.ok(runs[0]?.signal.aborted)
    void shared.ask(web, asking(10), staying())
    assert.is(runs.length, 2, 'who comes now does not join the one that ends')
    await Promise.all(asked)
    assert.is(shared.fresh(web, asking(10), 60), undefined)
  })

  test('whoever has gone before it began leaves nothing behind', async () => {
    const { runs, shared } = setUp()
    await shared.ask(web, asking(10), AbortSignal.abort())
    assert.ok(runs[0]?.signal.aborted)
  })

  test('a bug is told to all who wait, and the next one is asked anew', async () => {
    const { runs, shared } = setUp()
    const asked = [1, 2].map(() => shared.ask(web, asking(10), staying()).catch(({ message }) => message))
    runs[0]?.fail(new Error('bug'))
    assert.equal(await Promise.all(asked), ['bug', 'bug'])
    void shared.ask(web, asking(10), staying())
    assert.is(runs.length, 2)
  })
})
