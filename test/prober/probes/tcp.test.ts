// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Go writes references to groups so
import type { Socket } from 'node:net'
import type { QueryStep, TcpModule } from '../../../prober/config/schema.ts'
import { samples } from '../../../prober/metrics/samples.ts'
import { assert, describe } from '../../harness.ts'
import { closedPort, serveSilence, serveTcp } from '../../servers/tcp.ts'
import { regexp, sumOfPhases, verdictOf } from './http-module.ts'
import { runTcp, step } from './stream-module.ts'

describe('a tcp probe', (test) => {
  test('connects, says nothing, and closes', async () => {
    const received: Buffer[] = []
    await using server = await serveTcp((socket) => socket.on('data', (chunk: Buffer) => received.push(chunk)))
    const result = await runTcp(server.port)
    assert.is(verdictOf(result), 'ok')
    assert.equal(Object.keys(result.phases), ['prepare', 'resolve', 'connect', 'other'])
    assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9)
    assert.equal(result.address, { ip: '127.0.0.1', family: 4 })
    assert.is(result.stream.connected, true)
    await server.allClosed()
    assert.is(server.accepted(), 1)
    assert.equal(received, [])
  })

  const FAILURES: readonly [
    title: string,
    target: string,
    module: Partial<TcpModule>,
    verdict: string,
    said: RegExp,
  ][] = [
    ['a target without a port', 'example.test', {}, 'prepare target_invalid', /has no port: write host:port/],
    ['a URL', 'tcp://a.test:1', {}, 'prepare target_invalid', /begins with tcp:\/\//],
    ['a name that does not exist', 'nowhere.test:80', {}, 'resolve dns_nxdomain', /nowhere\.test/],
    [
      'a source address that is none',
      '127.0.0.1:80',
      { sourceIp: '192.0.2.1' },
      'connect connect_no_source',
      /192\.0\.2\.1/,
    ],
  ]
  for (const [title, target, module, verdict, said] of FAILURES) {
    test(`of ${title}: ${verdict}`, async () => {
      const result = await runTcp(target, module)
      assert.is(verdictOf(result), verdict)
      assert.match(result.outcome.ok ? '' : result.outcome.message, said)
      assert.is(result.stream.connected, false)
    })
  }

  test('of a port where nobody listens is refused', async () => {
    const result = await runTcp(await closedPort())
    assert.is(verdictOf(result), 'connect connect_refused')
  })

  test('connects from its source address', async () => {
    const from = Promise.withResolvers<string | undefined>()
    await using server = await serveTcp((socket) => from.resolve(socket.remoteAddress))
    const result = await runTcp(server.port, { sourceIp: '127.0.0.1' })
    assert.is(verdictOf(result), 'ok')
    assert.is(await from.promise, '127.0.0.1')
  })

  test('of a target with credentials shows them nowhere', async () => {
    const result = await runTcp('admin:hunter2@a.test:80')
    assert.is(verdictOf(result), 'prepare target_invalid')
    assert.not.match(JSON.stringify(result), /hunter2/)
  })

  test('gives the metrics of blackbox_exporter and its own phases', async () => {
    await using server = await serveSilence()
    const names = new Set(samples(await runTcp(server.port)).map(({ name }) => name))
    assert.equal(
      [...names].filter((name) => name !== 'probe_phase_duration_seconds'),
      [
        'probe_success',
        'probe_duration_seconds',
        'probe_timeout_seconds',
        'probe_dns_lookup_time_seconds',
        'probe_ip_protocol',
        'probe_ip_addr_hash',
        'probe_tcp_duration_seconds',
        'probe_failed_due_to_regex',
        'probe_failed_due_to_bytes',
      ],
    )
  })
})

/** What the server says at once, then to each line in turn; `undefined` at the end: it closes. */
interface Row {
  readonly title: string
  readonly greeting?: string | Buffer
  readonly replies?: readonly string[]
  readonly closes?: boolean
  readonly steps: readonly Partial<QueryStep>[]
  readonly verdict?: string
  readonly said?: RegExp
  readonly flags?: 'regex' | 'bytes'
  readonly failedStep?: number
  readonly info?: Readonly<Record<string, string>>
  readonly received?: string
}

const expect = (source: string) => ({ expect: regexp(source) })
const label = (name: string, value: string) => ({ name, value })
const SSH = 'banner\r\nSSH-2.0-OpenSSH_9.9 Debian\r\n'

const ROWS: readonly Row[] = [
  { title: 'a line that is expected', greeting: SSH, steps: [expect('^SSH-2.0-')] },
  { title: 'a line that is expected, its CR stripped', greeting: 'ok\r\n', steps: [expect('^ok$')] },
  { title: 'a line after many others', greeting: `${'x\n'.repeat(2000)}ok\n`, steps: [expect('^ok$')] },
  { title: 'the last line without a line end', greeting: 'x\nok', closes: true, steps: [expect('^ok$')] },
  { title: 'an empty line', greeting: '\n', steps: [expect('^$')] },
  { title: 'any line', greeting: 'x\n', steps: [expect('')] },
  { title: 'text in UTF-8', greeting: 'größe ✓\n', steps: [expect('^größe ✓$')] },
  {
    title: 'what a group matched, in what is sent and in labels',
    greeting: SSH,
    steps: [
      {
        expect: regexp('^SSH-(?P<version>[^-]+)-(\\S+)'),
        send: 'hello ${2} $version $$ $2x $nobody',
        labels: [label('version', '${version}'), label('software', '$2'), label('fixed', 'x')],
      },
    ],
    info: { version: '2.0', software: 'OpenSSH_9.9', fixed: 'x' },
    received: 'hello OpenSSH_9.9 2.0 $  \n',
  },
  {
    title: 'labels of several steps, where the last of a name wins',
    greeting: 'a 1\nb 2\n',
    steps: [
      { expect: regexp('a (.)'), labels: [label('first', '$1'), label('both', 'a')] },
      { expect: regexp('b (.)'), labels: [label('second', '$1'), label('both', 'b')] },
    ],
    info: { first: '1', both: 'b', second: '2' },
  },
  {
    title: 'labels of the steps before the one that failed',
    greeting: 'a 1\n',
    closes: true,
    steps: [{ expect: regexp('a (.)'), labels: [label('first', '$1')] }, expect('never')],
    info: { first: '1' },
    verdict: 'dialogue dialogue_reset',
    flags: 'regex',
    failedStep: 2,
  },
  { title: 'labels without expect say nothing', steps: [{ labels: [label('a', 'b')] }] },
  {
    title: 'what is sent without expect, to the letter',
    steps: [{ send: 'a$1 ${2} $$\r' }],
    received: 'a$1 ${2} $$\r\n',
  },
  {
    title: 'nothing, where what is sent expands to nothing',
    greeting: 'x\n',
    steps: [{ expect: regexp('x(y)?'), send: '$1' }],
  },
  {
    title: 'a dialogue to and fro',
    greeting: '220 mail ESMTP\r\n',
    replies: ['250-mail\r\n250 HELP\r\n', '221 bye\r\n'],
    steps: [
      { expect: regexp('^220'), send: 'EHLO prober\r' },
      { expect: regexp('^250 '), send: 'QUIT\r' },
      expect('^221 bye$'),
    ],
    received: 'EHLO prober\r\nQUIT\r\n',
  },
  {
    title: 'a last word to a server that has said all',
    greeting: 'ok',
    closes: true,
    steps: [{ expect: regexp('ok'), send: 'bye' }],
    received: 'bye\n',
  },
  { title: 'bytes that are expected', greeting: Buffer.from('héllo'), steps: [{ expectBytes: 'héllo' }] },
  {
    title: 'bytes, and no more of them than expected',
    greeting: 'hello world\n',
    steps: [{ expectBytes: 'hello' }, expect('^ world$')],
  },
  {
    title: 'bytes that came along with a line',
    greeting: 'a\nhello',
    steps: [expect('a'), { expectBytes: 'hel' }, { expectBytes: 'lo' }],
  },
  {
    title: 'bytes, then something sent',
    greeting: 'hello',
    steps: [{ expectBytes: 'hello', send: '$1' }],
    received: '$1\n',
  },
  {
    title: 'other bytes',
    greeting: 'HTTP/1.1 400',
    steps: [{ expectBytes: 'SSH-' }],
    verdict: 'dialogue dialogue_mismatch',
    said: /^Step 1 of query_response waited for the bytes "SSH-": other ones came; all that came is "HTTP\/1\.1 400"$/,
    flags: 'bytes',
    failedStep: 1,
  },
  {
    title: 'fewer bytes, and those others',
    greeting: 'HT',
    steps: [{ expectBytes: 'SSH-' }],
    verdict: 'dialogue dialogue_mismatch',
    flags: 'bytes',
    failedStep: 1,
  },
  {
    title: 'fewer bytes and the end',
    greeting: 'SS',
    closes: true,
    steps: [{ expectBytes: 'SSH-' }],
    verdict: 'dialogue dialogue_reset',
    said: /the other side closed the connection; all that came is "SS"$/,
    failedStep: 1,
  },
  {
    title: 'other lines and the end',
    greeting: 'one\ntwo\r\nthree',
    closes: true,
    steps: [expect('^never$')],
    verdict: 'dialogue dialogue_mismatch',
    said: /^Step 1 .* a line that matches "\^never\$": the other side closed the connection; the last of 3 lines was "three"$/,
    flags: 'regex',
    failedStep: 1,
  },
  {
    title: 'another answer in the second step',
    greeting: '220 ok\n',
    replies: ['500 what?\n'],
    closes: true,
    steps: [{ expect: regexp('^220'), send: 'EHLO x' }, expect('^250')],
    verdict: 'dialogue dialogue_mismatch',
    said: /^Step 2 .* matches "\^250": .* the only line was "500 what\?"$/,
    flags: 'regex',
    failedStep: 2,
  },
  {
    title: 'an echo of what was sent, which no message shows',
    replies: ['USER me\nAUTH hunter2secret'],
    closes: true,
    steps: [{ send: 'USER me\nAUTH hunter2secret' }, expect('^250')],
    verdict: 'dialogue dialogue_mismatch',
    flags: 'regex',
    failedStep: 2,
  },
  {
    title: 'a TLS alert, and the message knows it',
    replies: ['\u0015\u0003\u0003\u0000\u0002\u0002\u0046'],
    closes: true,
    steps: [{ send: 'GET / HTTP/1.0' }, expect('^HTTP')],
    verdict: 'dialogue dialogue_mismatch',
    said: /the only line was "\\x15\\x03\\x03\\x00\\x02\\x02F": that is TLS, so set tls: true$/,
    flags: 'regex',
    failedStep: 2,
  },
]

describe('a tcp dialogue sees', (test) => {
  for (const row of ROWS) {
    test(`${row.title}: ${row.verdict ?? 'ok'}`, async () => {
      const { title: _, verdict = 'ok', flags, failedStep, info, received, said = /^/ } = row
      const heard: string[] = []
      await using server = await serveTcp((socket) => behave(socket, row, heard))
      const result = await runTcp(server.port, { queryResponse: row.steps.map(step) })
      assert.is(verdictOf(result), verdict, result.outcome.ok ? '' : result.outcome.message)
      assert.match(result.outcome.ok ? '' : result.outcome.message, said)
      assert.equal(result.stream, {
        connected: true,
        failedDueToRegex: flags === 'regex',
        failedDueToBytes: flags === 'bytes',
        expectInfo: info,
        failedStep,
      })
      assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9)
      assert.not.match(JSON.stringify(result), /hunter2/)
      await server.allClosed()
      if (received !== undefined) assert.is(heard.join(''), received)
    })
  }
})

function behave(socket: Socket, { greeting, replies = [], closes = false }: Row, heard: string[]): void {
  const left = [...replies]
  const say = (text: string | Buffer) => (closes && left.length === 0 ? socket.end(text) : socket.write(text))
  socket.allowHalfOpen = true
  socket.on('end', () => socket.end())
  socket.on('data', (chunk: Buffer) => {
    heard.push(chunk.toString())
    const reply = left.shift()
    if (reply !== undefined) say(Buffer.from(reply, 'latin1'))
  })
  if (greeting !== undefined) say(greeting)
}

describe('bytes that are expected', (test) => {
  test('may come one by one', async () => {
    await using server = await serveTcp((socket) => {
      const bytes = [...'hello']
      const next = () => {
        const byte = bytes.shift()
        if (byte !== undefined) socket.write(byte, () => setTimeout(next, 2))
      }
      next()
    })
    const result = await runTcp(server.port, { queryResponse: [step({ expectBytes: 'hello' })] })
    assert.is(verdictOf(result), 'ok')
  })
})
