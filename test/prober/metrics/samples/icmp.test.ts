import { PROBE_METRICS } from '../../../../prober/metrics/catalogue.ts'
import { render } from '../../../../prober/metrics/exposition.ts'
import { samples } from '../../../../prober/metrics/samples.ts'
import { failure } from '../../../../prober/net/outcome.ts'
import type { IcmpFacts, IcmpResult } from '../../../../prober/probes/result.ts'
import { assert, describe } from '../../../harness.ts'
import { success, tableText, target } from '../results.ts'

const ONE: IcmpFacts = { packetCount: 1, sent: 1, received: 1, roundTripSeconds: [0.02], replyHopLimit: 57 }

function icmp(facts: Partial<IcmpFacts> = {}, changes: Partial<IcmpResult> = {}): IcmpResult {
  const { http: _, prober: __, ...base } = success()
  const phases = { resolve: 0.001, setup: 0.0005, rtt: 0.02, other: 0.005 }
  return { ...base, phases, ...changes, prober: 'icmp', icmp: { ...ONE, ...facts } }
}

/** Lines of ours, headers left out. */
const lines = (result: IcmpResult, format: 'text' | 'openmetrics' = 'text') =>
  render(samples(result), format)
    .split('\n')
    .filter((line) => line.startsWith('probe_icmp_'))

const FIVE = { packetCount: 5, sent: 5, received: 4, roundTripSeconds: [0.0004, 0.02, 0.02, 0.9] }

describe('ICMP samples', (test) => {
  test('of one packet are blackbox_exporter’s, and what was lost', () => {
    assert.equal(lines(icmp()), [
      'probe_icmp_duration_seconds{phase="resolve"} 0.001',
      'probe_icmp_duration_seconds{phase="setup"} 0.0005',
      'probe_icmp_duration_seconds{phase="rtt"} 0.02',
      'probe_icmp_reply_hop_limit 57',
      'probe_icmp_packets_sent 1',
      'probe_icmp_packets_received 1',
      'probe_icmp_loss_ratio 0',
    ])
  })

  test('of none that was sent show phases of 0, no loss and no hop limit', () => {
    const outcome = failure('setup', 'icmp_not_permitted', 'No')
    const none = { sent: 0, received: 0, roundTripSeconds: [], replyHopLimit: undefined }
    assert.equal(lines(icmp(none, { outcome, phases: { resolve: 0.001 } })), [
      'probe_icmp_duration_seconds{phase="resolve"} 0.001',
      'probe_icmp_duration_seconds{phase="setup"} 0',
      'probe_icmp_duration_seconds{phase="rtt"} 0',
      'probe_icmp_packets_sent 0',
      'probe_icmp_packets_received 0',
    ])
  })

  for (const format of ['text', 'openmetrics'] as const) {
    test(`of many packets add a histogram, in ${format}`, () => {
      const found = lines(icmp(FIVE), format)
      assert.ok(found.includes('probe_icmp_loss_ratio 0.2'))
      const histogram = found.filter((line) => line.startsWith('probe_icmp_round_trip_seconds'))
      const bucket = (le: string, count: number) => `probe_icmp_round_trip_seconds_bucket{le="${le}"} ${count}`
      assert.is(histogram[0], bucket('0.0005', 1))
      for (const line of [bucket('0.01', 1), bucket('0.025', 3), bucket('0.5', 3), bucket('1.0', 4)]) {
        assert.ok(histogram.includes(line), line)
      }
      assert.equal(histogram.slice(-3), [
        bucket('+Inf', 4),
        'probe_icmp_round_trip_seconds_sum 0.9404',
        'probe_icmp_round_trip_seconds_count 4',
      ])
      assert.match(render(samples(icmp(FIVE)), format), /# TYPE probe_icmp_round_trip_seconds histogram\n/)
    })
  }

  test('of many packets keep their histogram when no reply came', () => {
    const found = lines(icmp({ packetCount: 5, sent: 0, received: 0, roundTripSeconds: [], replyHopLimit: undefined }))
    assert.is(found.at(-1), 'probe_icmp_round_trip_seconds_count 0')
  })

  test('of a scheduled target have its labels; its own `le` is moved aside in buckets', async () => {
    const row = { target: target({ name: 'gw', labels: { le: 'x', site: 'a' } }), result: icmp(FIVE) }
    const text = await tableText([row, row])
    const bucket = 'probe_icmp_round_trip_seconds_bucket{instance="gw",exported_le="x",site="a",le="0.0005"} 1'
    assert.ok(text.includes(`${bucket}\n`), text)
    assert.is(text.split('# TYPE probe_icmp_round_trip_seconds histogram').length, 2, 'one header')
  })

  test('are all in the catalogue, and it has no other', () => {
    const seen = new Set([...samples(icmp()), ...samples(icmp(FIVE))].map(({ name }) => name as string))
    const known = Object.keys(PROBE_METRICS).filter((name) => name.startsWith('probe_icmp_'))
    assert.equal(
      known.filter((name) => !seen.has(name)),
      [],
    )
  })
})
