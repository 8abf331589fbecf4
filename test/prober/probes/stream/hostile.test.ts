/** Servers at their worst: a dialogue ends by its deadline, with the right reason, keeps little, and leaves nothing open. */
import { createAuthority } from '../../../../cli/demo/authority.ts'
import type { QueryStep } from '../../../../prober/config/schema.ts'
import { assert, describe } from '../../../harness.ts'
import type { Behaviour } from '../../../servers/hostile.ts'
import { serveTcp } from '../../../servers/tcp.ts'
import { regexp, sumOfPhases, trusting, verdictOf } from '../http-module.ts'
import { runTcp, step } from '../stream-module.ts'

const tls = trusting((await createAuthority()).certPem)
/** Of those that end by it: long enough for a loaded machine to hear what is said before. */
const TIMEOUT_SECONDS = 1
/** Of those that end by themselves. */
const AMPLE_SECONDS = 30
const NEVER: readonly Partial<QueryStep>[] = [{ expect: regexp('^never$') }]
const BYTES: readonly Partial<QueryStep>[] = [{ expectBytes: 'never' }]

interface Row {
  readonly title: string
  readonly behaviour: Behaviour
  readonly steps: readonly Partial<QueryStep>[]
  /** Of each, whichever the machine's pace leads to first. */
  readonly verdicts: readonly string[]
  readonly said?: RegExp
}

const silent: Behaviour = (socket) => void socket.resume()
const say =
  (text: string | Buffer): Behaviour =>
  (socket) =>
    void socket.resume().write(text)
const sayAndReset =
  (text: string): Behaviour =>
  (socket) =>
    void socket.resume().write(text, () => setTimeout(() => socket.resetAndDestroy(), 30))
const deaf: Behaviour = (socket) => void socket.pause()

const drip =
  (text: string): Behaviour =>
  (socket) => {
    const timer = setInterval(() => socket.write(text), 10)
    socket.resume().once('close', () => clearInterval(timer))
  }

const flood =
  (text: string): Behaviour =>
  (socket) => {
    const pour = () => {
      while (!socket.destroyed && socket.write(text));
    }
    socket.resume().on('drain', pour)
    pour()
  }

const ROWS: readonly Row[] = [
  {
    title: 'accepts and stays silent',
    behaviour: silent,
    steps: NEVER,
    verdicts: ['timeout'],
    said: /deadline passed; nothing came$/,
  },
  {
    title: 'accepts and stays silent where bytes are expected',
    behaviour: silent,
    steps: BYTES,
    verdicts: ['timeout'],
  },
  {
    title: 'asks without a line end',
    behaviour: say('login: '),
    steps: NEVER,
    verdicts: ['timeout'],
    said: /all that came is "login: "$/,
  },
  {
    title: 'says other lines and waits',
    behaviour: say('one\ntwo\nthr'),
    steps: NEVER,
    verdicts: ['timeout'],
    said: /the last of 2 lines was "two", then came "thr"$/,
  },
  { title: 'drips bytes', behaviour: drip('x'), steps: NEVER, verdicts: ['timeout'] },
  { title: 'drips lines', behaviour: drip('x\n'), steps: NEVER, verdicts: ['timeout'] },
  {
    title: 'sends the beginning of the bytes',
    behaviour: say('nev'),
    steps: BYTES,
    verdicts: ['timeout'],
    said: /came is "nev"$/,
  },
  {
    title: 'floods with one endless line',
    behaviour: flood('a'.repeat(10_000)),
    steps: NEVER,
    verdicts: ['too_long'],
    said: /a line of more than 64 KiB/,
  },
  {
    title: 'floods with endless lines',
    behaviour: flood('abc\n'.repeat(10_000)),
    steps: NEVER,
    verdicts: ['too_long', 'timeout'],
  },
  {
    title: 'floods with long lines',
    behaviour: flood(`${'a'.repeat(60_000)}\n`),
    steps: NEVER,
    verdicts: ['too_long', 'timeout'],
  },
  {
    title: 'floods where bytes are expected',
    behaviour: flood('a'.repeat(10_000)),
    steps: BYTES,
    verdicts: ['mismatch'],
  },
  { title: 'says random bytes', behaviour: say(Buffer.alloc(4096, 0xfe)), steps: NEVER, verdicts: ['timeout'] },
  {
    title: 'says control characters',
    behaviour: say('\u001b[2J\u0007\u202e\n'),
    steps: NEVER,
    verdicts: ['timeout'],
    said: /"\\x1b\[2J\\x07\\u\{202e\}"$/,
  },
  { title: 'closes', behaviour: (socket) => void socket.resume().end(), steps: NEVER, verdicts: ['reset'] },
  {
    title: 'resets',
    behaviour: sayAndReset(''),
    steps: NEVER,
    verdicts: ['reset'],
    said: /the connection was reset; nothing came$/,
  },
  {
    title: 'resets after a line',
    behaviour: sayAndReset('one\n'),
    steps: NEVER,
    verdicts: ['reset'],
    said: /was reset; the only line was "one"$/,
  },
  { title: 'resets where bytes are expected', behaviour: sayAndReset('ne'), steps: BYTES, verdicts: ['reset'] },
  {
    title: 'does not read what is sent',
    behaviour: deaf,
    steps: [{ send: 'x'.repeat(24 * 1024 * 1024) }],
    verdicts: ['timeout'],
    said: /could not send its line, the other side does not read/,
  },
]

async function probeRow({ behaviour, steps, verdicts }: Row) {
  const timeoutSeconds = verdicts.includes('timeout') ? TIMEOUT_SECONDS : AMPLE_SECONDS
  await using server = await serveTcp(behaviour)
  const result = await runTcp(server.port, { queryResponse: steps.map(step) }, { timeoutSeconds })
  // Who does not read does not see us go.
  if (behaviour !== deaf) await server.allClosed()
  return { result, accepted: server.accepted() }
}

describe('a dialogue with a server that', (test) => {
  // At once, but for those that keep the machine busy: the suite is to stay quick.
  const early = new Map(
    ROWS.filter(({ title, behaviour }) => behaviour !== deaf && !title.startsWith('floods')).map((row) => [
      row,
      probeRow(row),
    ]),
  )
  for (const row of ROWS) {
    const verdicts = row.verdicts.map((reason) => `dialogue dialogue_${reason}`)
    test(`${row.title}: ${verdicts.join(' or ')}`, async () => {
      const { result, accepted } = await (early.get(row) ?? probeRow(row))
      assert.ok(verdicts.includes(verdictOf(result)), verdictOf(result))
      const message = result.outcome.ok ? '' : result.outcome.message
      assert.match(message, row.said ?? /^Step 1 of query_response /)
      assert.ok(message.length < 400, message)
      assert.is(result.stream.failedStep, 1)
      assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9)
      assert.is(accepted, 1)
      const kept = JSON.stringify(result).length
      assert.ok(kept < 20_000, `${kept} characters are kept`)
    })
  }
})

describe('a tcp probe', (test) => {
  for (const [title, behaviour, verdict] of [
    ['is silent in the TLS handshake', silent, 'tls tls_timeout'],
    ['speaks first, and no TLS', say('220 hello\r\n'), 'tls tls_not_tls'],
    [
      'resets in the TLS handshake',
      (socket) => void socket.once('data', () => socket.resetAndDestroy()),
      'tls tls_reset',
    ],
  ] as const satisfies readonly (readonly [string, Behaviour, string])[]) {
    test(`of a server that ${title}: ${verdict}`, async () => {
      await using server = await serveTcp(behaviour)
      const result = await runTcp(server.port, { useTls: true, tls }, { timeoutSeconds: TIMEOUT_SECONDS })
      assert.is(verdictOf(result), verdict)
      assert.is(result.stream.connected, false)
      await server.allClosed()
    })
  }

  test('that is cancelled in its dialogue says so and closes its connection', async () => {
    const controller = new AbortController()
    await using server = await serveTcp((socket) => {
      socket.resume()
      setTimeout(() => controller.abort(), 50)
    })
    const result = await runTcp(
      server.port,
      { queryResponse: NEVER.map(step) },
      { signal: controller.signal, timeoutSeconds: 30 },
    )
    assert.is(verdictOf(result), 'dialogue cancelled')
    await server.allClosed()
  })

  test('that is cancelled before it began does nothing', async () => {
    await using server = await serveTcp()
    const result = await runTcp(server.port, {}, { signal: AbortSignal.abort() })
    assert.is(result.outcome.ok ? 'ok' : result.outcome.reason, 'cancelled')
    assert.is(server.accepted(), 0)
  })
})
