import { failure } from '../../../../prober/net/outcome.ts'
import type { GrpcResult, Hop, HttpResult, Result, WebsocketResult } from '../../../../prober/probes/result.ts'
import { timeAt } from '../../../../prober/sinks/otlp/hr-time.ts'
import { type ProbeSpan, spansOf } from '../../../../prober/sinks/otlp/spans.ts'
import { assert, describe } from '../../../harness.ts'
import { hop, success } from '../../metrics/results.ts'

const TRACE = 'ab'.repeat(16)
const [FIRST, SECOND] = ['01'.repeat(8), '02'.repeat(8)] as const

function traced(hops: readonly Partial<Hop>[], changes: Partial<HttpResult> = {}, sampled = true): HttpResult {
  const { http } = success()
  const own = hops.map((each, index) => hop({ spanId: index === 0 ? FIRST : SECOND, ...each }))
  return success({ http: { ...http, traceId: TRACE, traceSampled: sampled, hops: own }, ...changes })
}

const spans = (result: Result) => spansOf({ module: 'web', instance: 'shop', result })

/** `root > GET 1.2–3.4 ms`, the way from the root; `!`: it failed. */
function drawn(list: readonly ProbeSpan[]): readonly string[] {
  const names = new Map(list.map(({ spanId, name }) => [spanId, name]))
  return list.map(({ name, parentSpanId, startSeconds, endSeconds, failure: failed }) => {
    const parent = parentSpanId === undefined ? '' : `${names.get(parentSpanId)} > `
    const ms = (seconds: number) => Number((seconds * 1000).toFixed(6))
    return `${parent}${name} ${ms(startSeconds)}–${ms(endSeconds)}${failed === undefined ? '' : ' !'}`
  })
}

describe('a probe as spans', (test) => {
  test('is its requests one after the other, and in each its phases end to end', () => {
    const first = { phases: { prepare: 0.001, resolve: 0.002, connect: 0.003, processing: 0.01, check: 0.001 } }
    const second = { startSeconds: 0.0175, method: 'POST', phases: { connect: 0.002, tls: 0.004, transfer: 0.001 } }
    const list = spans(traced([first, second], { durationSeconds: 0.03 }))
    assert.equal(drawn(list), [
      'probe web 0–30',
      'probe web > GET 1–16',
      'probe web > prepare 0–1',
      'GET > resolve 1–3',
      'GET > connect 3–6',
      'GET > processing 6–16',
      'probe web > check 16–17',
      'probe web > POST 17.5–24.5',
      'POST > connect 17.5–19.5',
      'POST > tls 19.5–23.5',
      'POST > transfer 23.5–24.5',
    ])
    assert.equal(
      list.filter(({ isClient }) => isClient).map(({ spanId }) => spanId),
      [FIRST, SECOND],
    )
    assert.is(new Set(list.map(({ spanId }) => spanId)).size, list.length)
  })

  test('says what was probed, and of each request where it went', () => {
    const [root, first, ...others] = spans(traced([{ url: 'https://[::1]/a?b=c', statusCode: 302 }, {}]))
    assert.equal(root?.attributes, {
      'sonde.target': 'http://example.test/',
      'sonde.module': 'web',
      'sonde.prober': 'http',
      'sonde.instance': 'shop',
      'sonde.outcome': 'success',
    })
    assert.equal(first?.attributes, {
      'http.request.method': 'GET',
      'url.full': 'https://[::1]/a?b=c',
      'server.address': '::1',
      'server.port': 443,
      'network.peer.address': '127.0.0.1',
      'http.response.status_code': 302,
    })
    assert.is(others.find(({ isClient }) => isClient)?.attributes['http.request.resend_count'], 1)
  })

  test('that failed does so as a whole, in its last request, and in the phase', () => {
    const outcome = failure('tls', 'tls_expired', 'The certificate has expired')
    const list = spans(traced([{}, { statusCode: 0, phases: { connect: 0.002, tls: 0.004 } }], { outcome }))
    const failed = list.filter((span) => span.failure !== undefined)
    assert.equal(
      failed.map(({ name, parentSpanId }) => [name, parentSpanId === SECOND]),
      [
        ['probe web', false],
        ['GET', false],
        ['tls', true],
      ],
    )
    assert.is(failed[0]?.attributes['sonde.phase'], 'tls')
    assert.is(failed[1]?.spanId, SECOND)
    assert.is(failed[1]?.attributes['http.response.status_code'], undefined)
  })

  test('that did not get as far as a request has one all the same, since its span id is told', () => {
    const outcome = failure('prepare', 'file_unreadable', 'Cannot read a file')
    const list = spans(traced([{ statusCode: 0, phases: { prepare: 0.002 } }], { outcome, durationSeconds: 0.002 }))
    assert.equal(drawn(list), ['probe web 0–2 !', 'probe web > GET 0–2 !', 'probe web > prepare 0–2 !'])
  })

  test('is none when nobody was asked to record it', () => {
    assert.equal(spans(traced([{}], {}, false)), [])
    assert.equal(spans(success()), [])
  })

  const { http: _, ...base } = success({ phases: { connect: 0.002, processing: 0.02, other: 0.0005 } })
  const trace = { traceId: TRACE, spanId: FIRST, sampled: true }
  const others: readonly (readonly [GrpcResult | WebsocketResult, string, string, unknown])[] = [
    [
      { ...base, prober: 'grpc', grpc: { ssl: false, statusCode: 5, servingStatus: undefined, trace } },
      'grpc.health.v1.Health/Check',
      'rpc.response.status_code',
      '5',
    ],
    [
      {
        ...base,
        prober: 'websocket',
        websocket: { upgraded: true, statusCode: 101, failedDueToRegex: false, failedStep: undefined, trace },
      },
      'GET',
      'http.response.status_code',
      101,
    ],
  ]
  for (const [result, name, attribute, value] of others) {
    test(`of ${result.prober} has one request, under the span id that was sent`, () => {
      const list = spans(result)
      assert.equal(drawn(list).slice(1), [
        `probe web > ${name} 0–22`,
        `${name} > connect 0–2`,
        `${name} > processing 2–22`,
      ])
      assert.is(list[1]?.spanId, FIRST)
      assert.is(list[1]?.attributes[attribute], value)
    })
  }
})

describe('a moment', (test) => {
  for (const [unix, offset, expected] of [
    [1_800_000_000.123, 0, [1_800_000_000, 123_000_000]],
    [1_800_000_000.123456, 0.000000001, [1_800_000_000, 123_456_001]],
    [1_800_000_000.999999, 0.000001, [1_800_000_001, 0]],
    [0, 2.5, [2, 500_000_000]],
  ] as const) {
    test(`of ${unix} s and ${offset} s is exact`, () => assert.equal(timeAt(unix, offset), expected))
  }
})
