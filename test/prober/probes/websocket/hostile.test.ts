/** Servers at their worst: every probe ends by its deadline, with the right reason, and leaves nothing open. */
import { createAuthority } from '../../../../cli/demo/authority.ts'
import { assert, describe } from '../../../harness.ts'
import {
  type Behaviour,
  drip,
  flood,
  reset,
  say,
  sayAndClose,
  sayAndReset,
  serveRaw,
  silent,
} from '../../../servers/hostile.ts'
import type { TestServer } from '../../../servers/http.ts'
import { frame, OPCODE, opened } from '../../../servers/websocket.ts'
import { sumOfPhases, trusting, verdictOf } from '../http-module.ts'
import { run, step } from '../websocket-module.ts'

const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=a.test', ips: ['127.0.0.1'] })
const tls = trusting(authority.certPem)
const TIMEOUT_SECONDS = 0.5
/** For rows that must end by themselves: a loaded machine may be slow to get there. */
const PATIENT_SECONDS = 10

interface Expected {
  readonly verdict: string
  /** Of the handshake's answer. */
  readonly status: number
  readonly message?: RegExp
  readonly timeoutSeconds?: number
}

const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
const answer = (line: string) => say(`HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`)
const malformed = { verdict: 'processing response_malformed', status: 0 }

const HANDSHAKES: readonly (readonly [string, Behaviour, Expected])[] = [
  ['accepts and stays silent', silent, { verdict: 'processing response_timeout', status: 0 }],
  ['drips its headers', drip(`${SWITCH}X: `, 'a'), { verdict: 'processing response_timeout', status: 0 }],
  ['closes without an answer', sayAndClose(''), { verdict: 'processing response_reset', status: 0 }],
  ['resets', sayAndReset(''), { verdict: 'processing response_reset', status: 0 }],
  ['resets in its headers', sayAndReset(SWITCH), { verdict: 'processing response_reset', status: 0 }],
  ['switches without an accept', say(`${SWITCH}\r\n`), { ...malformed, status: 101, message: /Sec-WebSocket-Accept/ }],
  [
    'switches with another accept',
    say(`${SWITCH}Sec-WebSocket-Accept: bm8=\r\n\r\n`),
    { ...malformed, status: 101, message: /Sec-WebSocket-Accept/ },
  ],
  [
    'switches to another protocol',
    say('HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'),
    { ...malformed, status: 101, message: /Upgrade/ },
  ],
  [
    'refuses',
    answer('403 Forbidden'),
    { verdict: 'processing websocket_refused', status: 403, message: /403 Forbidden .*credentials/ },
  ],
  ['wants credentials', answer('401 Unauthorized'), { verdict: 'processing websocket_refused', status: 401 }],
  [
    'knows no such path',
    answer('404 Not Found'),
    { verdict: 'processing websocket_refused', status: 404, message: /path/ },
  ],
  [
    'redirects',
    say('HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\n\r\n'),
    { verdict: 'processing websocket_refused', status: 302, message: /redirects are not followed/ },
  ],
  [
    'serves a page',
    flood('HTTP/1.1 200 OK\r\n\r\n', 'a'.repeat(10_000)),
    { verdict: 'processing websocket_refused', status: 200 },
  ],
  ['speaks HTTP/0.9', sayAndClose('<html>hi</html>'), malformed],
  ['sends random bytes', say(Buffer.alloc(4096, 0xfe)), malformed],
  ['speaks HTTP/2', say(Buffer.from('00000604000000000000040010000000', 'hex')), malformed],
  [
    'sends interim answers for ever',
    flood('', 'HTTP/1.1 103 Early Hints\r\n\r\n'),
    { ...malformed, message: /interim/ },
  ],
  [
    'sends endless headers',
    flood('HTTP/1.1 101 S\r\n', 'X-Padding: aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'),
    { verdict: 'processing response_headers_too_large', status: 0 },
  ],
  [
    'sends one endless header',
    flood('HTTP/1.1 101 S\r\nX: ', 'a'.repeat(10_000)),
    { verdict: 'processing response_headers_too_large', status: 0 },
  ],
]

const writing = (...frames: readonly Buffer[]) => opened((socket) => void socket.write(Buffer.concat(frames)))
const pouring = (first: Buffer, more: Buffer) =>
  opened((socket) => {
    const pour = () => {
      while (!socket.destroyed && socket.write(more));
    }
    socket.on('drain', pour)
    socket.write(first)
    pour()
  })
const closing = (code: number, reason: string) =>
  frame(OPCODE.close, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]))
const broken = { verdict: 'dialogue response_malformed', status: 101 }
const KIB = 'a'.repeat(1024)

const MESSAGES: readonly (readonly [string, Behaviour, Expected])[] = [
  [
    'stays silent',
    opened(() => undefined),
    { verdict: 'dialogue dialogue_timeout', status: 101, message: /no message came/ },
  ],
  [
    'closes at once',
    opened((socket) => void socket.end()),
    { verdict: 'dialogue dialogue_reset', status: 101, message: /without a word/ },
  ],
  [
    'resets at once',
    opened((socket) => void setTimeout(() => socket.resetAndDestroy(), 30)),
    { verdict: 'dialogue dialogue_reset', status: 101 },
  ],
  [
    'says goodbye and lingers',
    writing(closing(1013, 'try again later')),
    { verdict: 'dialogue dialogue_reset', status: 101, message: /with code 1013, saying "try again later"/ },
  ],
  [
    'says goodbye without a code',
    writing(frame(OPCODE.close)),
    { verdict: 'dialogue dialogue_reset', status: 101, message: /without a code/ },
  ],
  ['says goodbye with a code that is none', writing(closing(999, '')), { ...broken, message: /999/ }],
  ['masks its frames', writing(Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5])), { ...broken, message: /MASK/ }],
  ['compresses without being asked', writing(Buffer.from([0xc1, 1, 0x61])), { ...broken, message: /RSV1/ }],
  ['sends a frame of a type that is none', writing(frame(3)), { ...broken, message: /opcode/ }],
  ['goes on with what it has not begun', writing(frame(OPCODE.continuation, 'a')), { ...broken, message: /opcode/ }],
  ['sends a text that is no UTF-8', writing(frame(OPCODE.text, Buffer.from([0xff]))), { ...broken, message: /UTF-8/ }],
  [
    'announces a message of 2 MiB',
    writing(Buffer.from('817f0000000000200000', 'hex')),
    { verdict: 'dialogue dialogue_too_long', status: 101 },
  ],
  [
    'sends a message without end',
    pouring(frame(OPCODE.text, KIB, false), frame(OPCODE.continuation, KIB, false)),
    { verdict: 'dialogue dialogue_too_long', status: 101 },
  ],
  [
    'sends fragments of nothing without end',
    pouring(
      frame(OPCODE.text, '', false),
      Buffer.concat(Array.from({ length: 100 }, () => frame(OPCODE.continuation, '', false))),
    ),
    { verdict: 'dialogue dialogue_too_long', status: 101 },
  ],
  [
    'sends other messages without end',
    pouring(frame(OPCODE.text, KIB), frame(OPCODE.text, KIB)),
    { verdict: 'dialogue dialogue_mismatch', status: 101 },
  ],
  [
    'floods with pings',
    pouring(frame(OPCODE.ping, 'a'), Buffer.concat(Array.from({ length: 1000 }, () => frame(OPCODE.ping, 'a')))),
    // Both ends live in this process, and the flood takes their time.
    { verdict: 'dialogue dialogue_timeout', status: 101, timeoutSeconds: 1.5 },
  ],
  [
    'drips a message',
    opened((socket) => {
      socket.write(Buffer.from([0x81, 100]))
      const timer = setInterval(() => socket.write('a'), 20)
      socket.once('close', () => clearInterval(timer))
    }),
    { verdict: 'dialogue dialogue_timeout', status: 101 },
  ],
]

async function expectEnd(server: TestServer, target: string, expected: Expected) {
  const { verdict, status, message = /^[A-Z]/ } = expected
  const timeoutSeconds = expected.timeoutSeconds ?? (verdict.endsWith('_timeout') ? TIMEOUT_SECONDS : PATIENT_SECONDS)
  const result = await run(target, { tls, queryResponse: [step('^what is expected$')] }, { timeoutSeconds })
  assert.is(verdictOf(result), verdict, `${verdictOf(result)} ${result.outcome.ok ? '' : result.outcome.message}`)
  assert.is(result.websocket.statusCode, status)
  assert.is(result.websocket.upgraded, verdict.startsWith('dialogue'))
  if (!result.outcome.ok) {
    assert.match(result.outcome.message, message)
    assert.not.match(result.outcome.message, /undefined|\[object/)
    assert.ok(result.phases[result.outcome.phase] !== undefined, 'no time in the phase that failed')
  }
  assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9, 'phases do not add up')
  await closedSoon(server)
  assert.is(server.connections(), 1, 'one attempt is one connection')
}

/** The server sees our end of the connection gone; the runner fails when it never happens. */
async function closedSoon(server: TestServer): Promise<void> {
  while (server.openConnections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('a WebSocket probe of a server that', (test) => {
  for (const [title, behaviour, expected] of HANDSHAKES) {
    test(`${title}: ${expected.verdict}`, async () => {
      await using server = await serveRaw(behaviour)
      await expectEnd(server, `ws://127.0.0.1:${server.port}/`, expected)
    })
  }

  test('resets before it is asked', async () => {
    await using server = await serveRaw(reset)
    // Which of the two it is, the kernel's timing decides.
    const verdict = verdictOf(await run(`ws://127.0.0.1:${server.port}/`))
    assert.ok(['connect connect_reset', 'processing response_reset'].includes(verdict), verdict)
  })
})

describe('a WebSocket probe of a server that opens and', (test) => {
  for (const [title, behaviour, expected] of MESSAGES) {
    test(`${title}: ${expected.verdict}`, async () => {
      await using server = await serveRaw(behaviour)
      await expectEnd(server, `ws://127.0.0.1:${server.port}/`, expected)
    })
  }
  for (const [title, behaviour, expected] of MESSAGES.filter(([row]) =>
    /silent|lingers|messages without end/.test(row),
  )) {
    test(`${title}, over TLS: ${expected.verdict}`, async () => {
      await using server = await serveRaw(behaviour, identity)
      await expectEnd(server, `wss://127.0.0.1:${server.port}/`, expected)
    })
  }

  test('does not read what is sent: the deadline ends it', async () => {
    await using server = await serveRaw(opened((socket) => void socket.pause()))
    const queryResponse = [step(undefined, 'a'.repeat(20_000_000))]
    const result = await run(`ws://127.0.0.1:${server.port}/`, { queryResponse }, { timeoutSeconds: TIMEOUT_SECONDS })
    assert.is(verdictOf(result), 'dialogue dialogue_timeout')
    assert.match(result.outcome.ok ? '' : result.outcome.message, /does not read/)
  })
})

describe('a WebSocket probe that is cancelled', (test) => {
  test('in its dialogue says so and closes its connection', async () => {
    const controller = new AbortController()
    await using server = await serveRaw(opened(() => void setTimeout(() => controller.abort(), 50)))
    const module = { queryResponse: [step('never')] }
    const result = await run(`ws://127.0.0.1:${server.port}/`, module, { timeoutSeconds: 30 }, controller.signal)
    assert.is(verdictOf(result), 'dialogue cancelled')
    await closedSoon(server)
  })
})
