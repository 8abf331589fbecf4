import { createView, frame, type Introduction, type PathRow, pathLine, resultLine } from '../../../cli/demo/view.ts'
import type { Terminal } from '../../../cli/terminal.ts'
import { failure } from '../../../prober/net/outcome.ts'
import { assert, describe } from '../../harness.ts'
import { sampleHop, sampleResult, withoutColours } from '../sample-result.ts'
import { fc } from '../../fuzz.ts'

const INTRODUCTION: Introduction = {
  places: [['status page', 'http://localhost:9115/']],
  tries: [
    ['curl -X POST http://localhost:9116/expire', 'the edge serves a certificate that has expired'],
    ["curl -X POST 'http://localhost:9116/slow?ms=300'", 'the edge holds every request for so long'],
  ],
}
const EXPIRED = failure('tls', 'tls_expired', 'The certificate expired 2 days ago: renew it')
const ROWS = [
  { name: 'edge', result: sampleResult({ outcome: EXPIRED }) },
  { name: 'service', result: sampleResult({ phases: { connect: 0.001, processing: 0.003 } }) },
  { name: 'redirect', result: undefined },
]

const PATH: PathRow = { name: 'hello', state: 'failed', text: 'gateway: http_status in check: \x1b[2Jno' }

interface FakeTerminal extends Terminal {
  readonly written: () => string
  resize(columns: number): void
}

function fakeTerminal(isInteractive: boolean): FakeTerminal {
  let text = ''
  let width = 80
  const listeners = new Set<() => void>()
  return {
    write: (more) => (text += more),
    line: (line) => (text += `${line}\n`),
    complain: () => undefined,
    isInteractive,
    hasColour: isInteractive,
    columns: () => width,
    rows: () => 24,
    onResize(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
    written: () => text,
    resize(columns) {
      width = columns
      for (const listener of listeners) listener()
    },
  }
}

describe('demo view', (test) => {
  test('no frame is wider or taller than the terminal', () => {
    const sizes = fc.record({
      columns: fc.integer({ min: 1, max: 200 }),
      rows: fc.integer({ min: 1, max: 60 }),
      hasColour: fc.boolean(),
    })
    const hops = [sampleHop(`http://${'a'.repeat(300)}/`, { connect: 0.1 }, 301), sampleHop('https://b/', { tls: 1 })]
    const long = { name: 'a'.repeat(300), result: sampleResult({ phases: { connect: 0.1, tls: 1 }, http: { hops } }) }
    fc.assert(
      fc.property(sizes, fc.boolean(), (size, isLong) => {
        const lines = frame(INTRODUCTION, isLong ? [...ROWS, long] : ROWS, size, isLong ? [PATH] : []).map(
          withoutColours,
        )
        return lines.length <= size.rows && lines.every((line) => line.length <= size.columns)
      }),
    )
  })

  test('each target has its state, reason, duration and strip; the one that failed is shown in detail', () => {
    const lines = frame(INTRODUCTION, ROWS, { columns: 80, rows: 30, hasColour: false })
    assert.match(lines[0] ?? '', /^✗ edge {7}tls_expired {14}37\.0 ms {2}rcctt.*p+b/)
    assert.is(lines[1], '  The certificate expired 2 days ago: renew it')
    assert.match(lines[2] ?? '', /^✓ service {4}ok 200 {20}4\.0 ms {2}cppp +$/)
    assert.match(lines[3] ?? '', /^· redirect +waiting/)
    assert.match(lines.join('\n'), /^edge at \d\d:\d\d:\d\d\n {2}resolve +1\.0 ms {2}█/m)
  })

  test('a path stands above its hops: its state, and who is to blame or what each hop adds', () => {
    const lines = frame(INTRODUCTION, ROWS, { columns: 60, rows: 30, hasColour: false }, [PATH])
    assert.equal(lines.slice(0, 2), ['✗ hello      failed', '  gateway: http_status in check: \u{fffd}[2Jno'])
    assert.match(lines[2] ?? '', /^✗ edge/)
    const ok = { name: 'hello', state: 'ok', text: 'edge +1.00 ms ± 200 µs' } as const
    assert.equal(frame(INTRODUCTION, [], { columns: 60, rows: 30, hasColour: false }, [ok]).slice(0, 2), [
      '✓ hello      ok',
      '  edge +1.00 ms ± 200 µs',
    ])
  })

  test('a line per beat of a path says the same', () => {
    assert.match(pathLine(PATH), /^\d\d:\d\d:\d\d hello {6}failed {17}gateway: http_status in check: \ufffd\[2Jno$/)
  })

  test('bars share one scale, so that they compare', () => {
    const row = (name: string, seconds: number) => ({ name, result: sampleResult({ phases: { processing: seconds } }) })
    const rows = [row('slow', 0.4), row('fast', 0.1)]
    const [slow = '', fast = ''] = frame(INTRODUCTION, rows, { columns: 127, rows: 30, hasColour: false })
    assert.is(slow.match(/p+$/)?.[0].length, 80)
    assert.is(fast.match(/p+ *$/)?.[0].trim().length, 20)
  })

  test('a low terminal keeps the commands and gives up what explains them', () => {
    const low = frame(INTRODUCTION, ROWS, { columns: 80, rows: 14, hasColour: false }).join('\n')
    assert.match(low, 'try: curl -X POST http://localhost:9116/expire')
    assert.not.match(low, 'the edge serves')
  })

  test('a line per result says reason, phase and message, or the phases', () => {
    assert.match(
      resultLine('edge', sampleResult({ outcome: EXPIRED })),
      /^\d\d:\d\d:\d\d edge {7}tls_expired {14}37\.0 ms {2}in tls: The certificate expired/,
    )
    assert.match(
      resultLine('edge', sampleResult()),
      /edge {7}ok 200 {19}37\.0 ms {2}resolve 1\.0 ms, connect 2\.0 ms, tls 10\.0 ms, processing 20\.0 ms/,
    )
  })

  test('without a terminal nothing is ever moved or coloured', () => {
    const terminal = fakeTerminal(false)
    const view = createView(terminal, INTRODUCTION, ['edge'])
    view.show('edge', sampleResult({ outcome: failure('tls', 'tls_expired', '\x1b[2J') }))
    view.showPath(PATH)
    view[Symbol.dispose]()
    assert.not.ok(terminal.written().includes('\x1b'))
    assert.match(terminal.written(), /try: curl -X POST http:\/\/localhost:9116\/expire\n/)
  })

  test('on a terminal the screen and the cursor are given back, and a new size is drawn at once', () => {
    const terminal = fakeTerminal(true)
    const view = createView(terminal, INTRODUCTION, ['edge'])
    view.show('edge', sampleResult())
    view.showPath(PATH)
    const before = terminal.written().length
    terminal.resize(40)
    const redrawn = terminal.written().slice(before)
    assert.ok(
      withoutColours(redrawn)
        .split('\r\n')
        .every((line) => line.length <= 40),
      redrawn,
    )
    view[Symbol.dispose]()
    const after = terminal.written()
    assert.ok(after.startsWith('\x1b[?1049h\x1b[?25l'))
    assert.ok(after.endsWith('\x1b[?25h\x1b[?1049l'))
    terminal.resize(50)
    assert.is(terminal.written(), after, 'nothing is drawn once it has ended')
  })
})
