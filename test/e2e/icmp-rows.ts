/** Runs inside a network of its own: probes each row of its first argument at once, prints what each found as JSON. */
import { testProbe, verdictOf } from '../prober/probes/http-module.ts'
import { icmpModule } from '../prober/probes/icmp/icmp-module.ts'
import type { Asked, Found } from './icmp.test.ts'

const rows = JSON.parse(process.argv[2] ?? '[]') as Asked[]
const probe = testProbe()
const found = await Promise.all(
  rows.map(async ([target, module, timeoutSeconds]): Promise<Found> => {
    const request = { target, module: icmpModule(module), timeoutSeconds }
    const result = await probe(request, new AbortController().signal)
    if (result.prober !== 'icmp') throw new Error(`a ${result.prober} result`)
    const kind = String(result.log.find(({ message }) => message === 'Opened ICMP socket')?.fields.kind)
    const message = result.outcome.ok ? '' : result.outcome.message
    return { verdict: verdictOf(result), message, kind, facts: result.icmp }
  }),
)
process.stdout.write(`${JSON.stringify(found)}\n`)
