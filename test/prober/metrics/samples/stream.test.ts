import { samples } from '../../../../prober/metrics/samples.ts'
import { failure } from '../../../../prober/net/outcome.ts'
import type { StreamFacts, TcpResult } from '../../../../prober/probes/result.ts'
import { assert, describe } from '../../../harness.ts'
import { success } from '../results.ts'

const FACTS: StreamFacts = {
  connected: true,
  failedDueToRegex: false,
  failedDueToBytes: false,
  expectInfo: undefined,
  failedStep: undefined,
}

function tcp(stream: Partial<StreamFacts>, changes: Partial<TcpResult> = {}): TcpResult {
  const { http: _, prober: __, ...base } = success()
  return { ...base, ...changes, prober: 'tcp', stream: { ...FACTS, ...stream } }
}

function linesOf(result: TcpResult): readonly string[] {
  const shown = /^probe_(tcp|failed|expect|ip)/
  return samples(result)
    .filter(({ name }) => shown.test(name))
    .map(({ name, value, labels = {} }) => `${name}${JSON.stringify(labels)} ${value}`)
}

describe('the samples of a tcp probe', (test) => {
  test('tell the phases that tcp has, zero where none was reached', () => {
    const phases = { resolve: 0.25, connect: 0.5, dialogue: 1, other: 0.125 }
    assert.equal(
      samples(tcp({}, { phases }))
        .filter(({ name }) => name === 'probe_tcp_duration_seconds')
        .map(({ labels, value }) => [labels?.phase, value]),
      [
        ['resolve', 0.25],
        ['connect', 0.5],
        ['tls', 0],
        ['dialogue', 1],
      ],
    )
  })

  test('have no flags before the connection stood', () => {
    const refused = failure('connect', 'connect_refused', 'refused')
    const lines = linesOf(tcp({ connected: false }, { outcome: refused, address: undefined, lookupSeconds: undefined }))
    assert.is(
      lines.some((line) => /^probe_failed_due|^probe_ip/.test(line)),
      false,
    )
  })

  test('name what failed, in which step, and what was seen before', () => {
    const lines = linesOf(tcp({ failedDueToRegex: true, failedStep: 2, expectInfo: { version: '1', b: '' } }))
    assert.equal(lines.slice(-4), [
      'probe_failed_due_to_regex{} 1',
      'probe_failed_due_to_bytes{} 0',
      'probe_failed_step{} 2',
      'probe_expect_info{"version":"1","b":""} 1',
    ])
  })
})
