import { keep } from '../../../prober/sinks/kept.ts'
import { assert, describe } from '../../harness.ts'

const SHARED = Object.freeze({ subject: 'CN=a', pem: () => 'PEM' })

const shape = (seconds: number) => ({
  durationSeconds: seconds,
  tls: undefined,
  phases: { connect: seconds / 2 },
  log: [{ message: `took ${seconds}`, fields: {} }],
  chain: [SHARED],
})

describe('what is kept of the latest value', (test) => {
  test('is equal to it and never it, so that whoever made it may go on with it', () => {
    const next = shape(1)
    const kept = keep(undefined, next)
    assert.equal(kept, next)
    assert.is.not(kept, next)
    assert.is.not(kept.phases, next.phases)
    assert.is.not(kept.log[0], next.log[0])
  })

  test('is written into what was kept before', () => {
    const before = keep(undefined, shape(1))
    const { phases, log } = before
    const line = log[0]
    const kept = keep(before, shape(2))
    assert.equal(kept, shape(2))
    assert.is(kept, before)
    assert.is(kept.phases, phases)
    assert.is(kept.log, log)
    assert.is(kept.log[0], line)
  })

  const others: readonly (readonly [what: string, other: object])[] = [
    ['a key more', { ...shape(2), http: { statusCode: 200 } }],
    ['a key less', { durationSeconds: 2, tls: undefined }],
    ['other keys', { a: 1, b: 2, c: 3, d: 4, e: 5 }],
    ['a longer list', { ...shape(2), log: [...shape(2).log, ...shape(3).log] }],
    ['a shorter list', { ...shape(2), log: [] }],
    ['a list where an object was', { ...shape(2), phases: [1] }],
    ['an object where a list was', { ...shape(2), log: { 0: 'a' } }],
    ['nothing where an object was', { ...shape(2), phases: undefined }],
    ['an object where nothing was', { ...shape(2), tls: { version: 'TLS 1.3' } }],
    ['null', { ...shape(2), phases: null }],
  ]
  for (const [what, other] of others) {
    test(`is right with ${what}`, () => assert.equal(keep(keep(undefined, shape(1)) as object, other), other))
  }

  test('shares what is frozen', () => {
    assert.is(keep(keep(undefined, shape(1)), shape(2)).chain[0], SHARED)
  })
})
