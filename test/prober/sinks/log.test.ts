import { createLogger, createLogSink, type LogFormat, type LogLevel, logfmtValue } from '../../../prober/sinks/log.ts'
import { assert, describe } from '../../harness.ts'
import { refused, success } from '../metrics/results.ts'

function logged(level: LogLevel, format: LogFormat = 'logfmt', target = 'http://example.test/'): string[] {
  const lines: string[] = []
  const sink = createLogSink(createLogger({ level: 'info', format, write: (text) => void lines.push(text) }), level)
  sink('http_2xx', success({ target }))
  sink('http_2xx', { ...refused(), target })
  return lines
}

describe('log', (test) => {
  test('a failure is one line with phase, reason and message; a success is none', () => {
    const lines = logged('info')
    assert.is(lines.length, 1)
    assert.match(
      lines[0] ?? '',
      /^time=\S+Z level=ERROR msg="Probe failed" module=http_2xx target=http:\/\/example.test\/ duration_seconds=\S+ phase=connect reason=connect_refused err="127.0.0.1:1 refused the connection"\n$/,
    )
  })

  test('the level of probe lines is its own: debug shows successes and what the probe noted', () => {
    const lines = logged('debug')
    assert.ok(lines.length > 2)
    assert.match(lines.join(''), 'msg="Probe succeeded"')
  })

  test('a line names the trace that was sent', () => {
    const lines: string[] = []
    const logger = createLogger({ level: 'info', format: 'logfmt', write: (text) => void lines.push(text) })
    const result = refused()
    createLogSink(logger, 'info')('web', { ...result, http: { ...result.http, traceId: 'ab'.repeat(16) } })
    assert.match(lines.join(''), ` trace_id=${'ab'.repeat(16)} `)
  })

  test('a line says that the prober was held up, and by what', () => {
    const lines: string[] = []
    const logger = createLogger({ level: 'info', format: 'logfmt', write: (text) => void lines.push(text) })
    createLogSink(logger, 'info')('web', { ...refused(), disturbance: { cause: 'event_loop', seconds: 0.25 } })
    assert.match(lines.join(''), ' prober_overloaded="event_loop 0.250s" ')
  })

  test('a line of a scheduled target tells its name, since two may have one address, and what held up its run', () => {
    const lines: string[] = []
    const logger = createLogger({ level: 'info', format: 'logfmt', write: (text) => void lines.push(text) })
    const scheduled = { instance: 'shop/edge', disturbance: { cause: 'queue', seconds: 2 } } as const
    createLogSink(logger, 'info')('web', { ...refused(), target: 'http://example.test/' }, scheduled)
    assert.match(lines.join(''), ' msg="Probe failed" instance=shop/edge module=web target=http://example.test/ ')
    assert.match(lines.join(''), ' prober_overloaded="queue 2.000s" ')
  })

  test('json has the same keys', () => {
    const { time, level, msg, reason } = JSON.parse(logged('info', 'json')[0] ?? '')
    assert.equal([level, msg, reason], ['ERROR', 'Probe failed', 'connect_refused'])
    assert.ok(!Number.isNaN(Date.parse(time)))
  })

  test('a hostile target starts no line and adds no field of its own', () => {
    const line = logged('info', 'logfmt', 'http://x/\nlevel=INFO msg="all is well"\u001b[31m')[0] ?? ''
    assert.is(line.split('\n').length, 2)
    assert.not.match(line, '\u001b')
    assert.match(line, 'target="http://x/\\nlevel=INFO msg=\\"all is well\\"')
  })

  const values: readonly (readonly [unknown, string])[] = [
    ['plain', 'plain'],
    ['', '""'],
    ['two words', '"two words"'],
    ['a=b', '"a=b"'],
    ['say "x"', '"say \\"x\\""'],
    ['\u202e\u009b', '"\\u{202e}\\u{9b}"'],
    [1.5, '1.5'],
    [true, 'true'],
    [undefined, '""'],
  ]
  for (const [value, text] of values) test(`logfmt of ${String(value)}`, () => assert.is(logfmtValue(value), text))
})
