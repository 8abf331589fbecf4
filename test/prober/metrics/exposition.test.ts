import { spawnSync } from 'node:child_process'
import { type MetricName, METRICS } from '../../../prober/metrics/catalogue.ts'
import {
  createRenderer,
  ENDINGS,
  FORMATS,
  type Format,
  headerOf,
  labelText,
  render,
} from '../../../prober/metrics/exposition.ts'
import { type Sample, samples } from '../../../prober/metrics/samples.ts'
import { createTables } from '../../../prober/metrics/table.ts'
import { assert, describe } from '../../harness.ts'
import { findProgram } from '../../programs.ts'
import { refused, success, tableText, target, tlsFacts } from './results.ts'
import { fc } from '../../fuzz.ts'

const GOLDEN: readonly (readonly [Format, string])[] = [
  [
    'text',
    `# HELP probe_success Displays whether or not the probe was a success
# TYPE probe_success gauge
probe_success 1
# HELP probe_ip_addr_hash Specifies the hash of IP address. It's useful to detect if the IP address changes.
# TYPE probe_ip_addr_hash gauge
probe_ip_addr_hash 3668918509
# HELP probe_http_duration_seconds Duration of http request by phase, summed over all redirects
# TYPE probe_http_duration_seconds gauge
probe_http_duration_seconds{phase="resolve"} 1e-7
probe_http_duration_seconds{phase="connect"} +Inf
probe_http_duration_seconds{phase="tls"} NaN
# HELP probe_tls_version_info Returns the TLS version used or NaN when unknown
# TYPE probe_tls_version_info gauge
probe_tls_version_info{version="a\\\\b\\nc\\"d"} 1
`,
  ],
  [
    'openmetrics',
    `# HELP probe_success Displays whether or not the probe was a success
# TYPE probe_success gauge
probe_success 1
# HELP probe_ip_addr_hash Specifies the hash of IP address. It's useful to detect if the IP address changes.
# TYPE probe_ip_addr_hash gauge
probe_ip_addr_hash 3668918509
# HELP probe_http_duration_seconds Duration of http request by phase, summed over all redirects
# TYPE probe_http_duration_seconds gauge
probe_http_duration_seconds{phase="resolve"} 1e-7
probe_http_duration_seconds{phase="connect"} +Inf
probe_http_duration_seconds{phase="tls"} NaN
# HELP probe_tls_version Returns the TLS version used or NaN when unknown
# TYPE probe_tls_version info
probe_tls_version_info{version="a\\\\b\\nc\\"d"} 1
# EOF
`,
  ],
]

/** Reads `{a="b",…}` back as a parser of the format does. */
function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text.slice(1, -1)
  while (rest !== '') {
    const match = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\n"])*)"(,|$)/.exec(rest)
    if (match === null) throw new Error(`cannot be parsed: ${rest}`)
    labels[match[1] ?? ''] = (match[2] ?? '').replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))
    rest = rest.slice(match[0].length)
  }
  return labels
}

describe('exposition', (test) => {
  for (const [format, text] of GOLDEN) {
    test(`writes ${format} to the letter`, () => {
      const phases = { resolve: 1e-7, connect: Number.POSITIVE_INFINITY, tls: Number.NaN }
      const list = [
        { name: 'probe_success', value: 1 },
        { name: 'probe_ip_addr_hash', value: 3668918509 },
        ...Object.entries(phases).map(
          ([phase, value]) => ({ name: 'probe_http_duration_seconds', value, labels: { phase } }) as const,
        ),
        { name: 'probe_tls_version_info', value: 1, labels: { version: 'a\\b\nc"d' } },
      ] as const
      assert.fixture(render(list, format), text)
    })
  }

  test('any label value is read back as it was', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('\\', '"', '\n', 'n', '}', ',', '=', ' ', 'é', '\u{1f600}', '#'),
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(hostile, fc.string({ unit: 'binary' })), { minLength: 1 }), (values) => {
        const labels = Object.fromEntries(values.map((value, index) => [`l${index}`, value]))
        const text = labelText(labels)
        assert.not.match(text, /\n/)
        assert.equal(parseLabels(text), labels)
      }),
    )
  })

  test('a table stands by family, each header once, labelled by instance and the target', async () => {
    const rows = [
      { target: target({ name: 'a', labels: { team: 'x' } }), result: success() },
      { target: target({ name: 'b"' }), result: refused() },
    ]
    const text = await tableText(rows)
    const headers = text.split('\n').filter((line) => line.startsWith('# TYPE'))
    assert.is(new Set(headers).size, headers.length)
    assert.match(text, '\nprobe_success{instance="a",team="x"} 1\nprobe_success{instance="b\\""} 0\n')
    assert.match(text, 'probe_failure_info{instance="b\\"",phase="connect",reason="connect_refused"} 1\n')
  })

  test('a big table comes in pieces that hold no line torn apart, and lets others run meanwhile', async () => {
    const rows = Array.from({ length: 1000 }, (_, index) => ({
      target: target({ name: `t${index}` }),
      result: success(),
    }))
    let turns = 0
    const ticking = setInterval(() => turns++, 0)
    const { pieces: bytes } = await createTables()(rows, 'text')
    const pieces = bytes.map(String)
    clearInterval(ticking)
    assert.ok(turns > 5, `${turns} turns`)
    assert.ok(pieces.every((piece) => piece.endsWith('\n') && piece.length <= 16_384))
    const lines = pieces.join('').split('\n')
    assert.is(lines.filter((line) => line.startsWith('probe_success{')).length, 1000)
    assert.is(lines.filter((line) => line === '# TYPE probe_phase_duration_seconds gauge').length, 1)
  })

  test('a table may be made while another is read, and what one has used serves the next', async () => {
    const makeTable = createTables()
    const rowsOf = (name: string, count: number) =>
      Array.from({ length: count }, (_, index) => ({ target: target({ name: `${name}${index}` }), result: success() }))
    const texts = async (name: string, count: number) => {
      using table = await makeTable(rowsOf(name, count), 'text')
      return table.pieces.join('')
    }
    const [a, b] = await Promise.all([texts('a', 200), texts('b', 300)])
    assert.is(a, await tableText(rowsOf('a', 200)))
    assert.is(b, await tableText(rowsOf('b', 300)))
    assert.is(await texts('c', 100), await tableText(rowsOf('c', 100)))
    assert.is(await texts('d'.repeat(6000), 2), await tableText(rowsOf('d'.repeat(6000), 2)))
    assert.is(await texts('e', 400), await tableText(rowsOf('e', 400)))
  })

  test("a target's label that the metric has itself is moved aside, not doubled", async () => {
    const rows = [{ target: target({ labels: { phase: 'mine', hop: 'h', instance: 'i' } }), result: success() }]
    const text = await tableText(rows)
    assert.match(
      text,
      'probe_phase_duration_seconds{instance="web",exported_phase="mine",hop="h",exported_instance="i",phase="other"}',
    )
    assert.match(text, 'probe_success{instance="web",phase="mine",hop="h",exported_instance="i"} 1')
  })

  test('one renderer writes answers of any size, one after another, whatever letters they have', () => {
    const renderer = createRenderer()
    const info = (value: string): Sample => ({ name: 'probe_expect_info', value: 1, labels: { value } })
    for (const value of ['a', 'ä€😀'.repeat(50_000), 'b'.repeat(200_000), '']) {
      const list = [...samples(success()), info(value), info('after it')]
      const text = renderer(list, 'text')
      assert.ok(
        text.endsWith(`probe_expect_info{value="${value}"} 1\nprobe_expect_info{value="after it"} 1\n`),
        value.slice(0, 3),
      )
      assert.is(text, render(list, 'text'))
    }
  })

  test('an answer stays as it was when the next one is written', () => {
    const renderer = createRenderer()
    const first = renderer([{ name: 'probe_success', value: 1 }], 'text')
    renderer([{ name: 'probe_success', value: 0 }], 'text')
    assert.match(first, /probe_success 1\n$/)
  })

  test('every metric fits into the room that is kept for a sample', () => {
    const room = 2048 - 64
    for (const name of Object.keys(METRICS) as MetricName[]) {
      for (const format of FORMATS) assert.ok(Buffer.byteLength(headerOf(name, format) + name) < room, name)
    }
  })

  test('no two metrics are one family in OpenMetrics, which drops _total and _info', () => {
    const families = (Object.keys(METRICS) as MetricName[]).map((name) => headerOf(name, 'openmetrics').split(' ')[2])
    assert.is(new Set(families).size, families.length)
  })

  const promtool = findProgram('promtool')
  if (promtool === undefined) test.skip('promtool finds nothing to complain about', 'promtool is not in PATH')
  else
    test('promtool finds nothing to complain about', async () => {
      const probe = render(samples(success({ tls: tlsFacts({ version: '"\\\n' }) })), 'text')
      const table = await tableText([{ target: target(), result: refused() }])
      for (const input of [probe, table + ENDINGS.text]) {
        const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8' })
        assert.is(`${stdout}${stderr}`, '')
        assert.is(status, 0)
      }
    })
})
