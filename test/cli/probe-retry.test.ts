import { probeUntilOk } from '../../cli/probe-retry.ts'
import { failure } from '../../prober/net/outcome.ts'
import type { Result } from '../../prober/probes/result.ts'
import { assert, describe } from '../harness.ts'
import { sampleResult } from './sample-result.ts'

const bad = sampleResult({ outcome: failure('connect', 'connect_refused', 'Nobody listens') })
const good = sampleResult()

/** What each attempt finds, in turn. */
function attempts(...results: readonly Result[]): { readonly next: () => Promise<Result>; count(): number } {
  let count = 0
  const next = async () => {
    const result = results[count]
    if (result === undefined) throw new Error('one attempt too many')
    count += 1
    return result
  }
  return { next, count: () => count }
}

const never = new AbortController().signal

describe('sonde probe --retry-for', (test) => {
  test('ends with the first success, and tells of the failures before it', async () => {
    const { next, count } = attempts(bad, good)
    const told: number[] = []
    const onFailure = (_result: Result, attempt: number) => void told.push(attempt)
    assert.is(await probeUntilOk(next, { forSeconds: 3600, pauseSeconds: 0.01, signal: never, onFailure }), good)
    assert.equal([count(), told], [2, [1]])
  })

  const single: readonly (readonly [title: string, result: Result, forSeconds: number])[] = [
    ['a success is not repeated', good, 3600],
    ['without it a failure is the last word', bad, 0],
    ['a failure at the end of its time is the last word', bad, 0.5],
  ]
  for (const [title, result, forSeconds] of single) {
    test(title, async () => {
      const { next, count } = attempts(result)
      const onFailure = () => assert.unreachable()
      assert.is(await probeUntilOk(next, { forSeconds, pauseSeconds: 1, signal: never, onFailure }), result)
      assert.is(count(), 1)
    })
  }

  test('Ctrl-C ends the wait for the next attempt', async () => {
    const { next, count } = attempts(bad)
    const controller = new AbortController()
    const onFailure = () => controller.abort()
    assert.is(
      await probeUntilOk(next, { forSeconds: 3600, pauseSeconds: 3600, signal: controller.signal, onFailure }),
      bad,
    )
    assert.is(count(), 1)
  })
})
