import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Run } from '../../prober/probes/run.ts'
import { assert, describe } from '../harness.ts'
import { startSonde } from '../servers/sonde.ts'

/** Longer than the timeout below. */
const STALL_MS = 1300

/** Holds up the whole process, the prober too, at its first request. */
async function startStallingServer() {
  let requests = 0
  const server = createServer((_request, response) => {
    requests += 1
    if (requests === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS)
    response.end('here I am')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

describe('a prober', (test) => {
  test('that was held up longer than a timeout does not blame the target, and says what happened', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    await using server = await startStallingServer()
    const configFile = join(folder.path, 'sonde.yml')
    await writeFile(
      configFile,
      `modules: { web: { prober: http, timeout: 1s } }
targets: [{ name: web, module: web, address: "${server.url}", interval: 1100ms }]`,
    )
    const { promise: firstRun, resolve } = Promise.withResolvers<Run>()
    await using prober = await startSonde(configFile, { onRun: (_target, run) => resolve(run) })
    const { result, first, attempts, disturbance } = await firstRun
    assert.ok(result.outcome.ok)
    assert.is(first.outcome.ok === false && first.outcome.reason, 'response_timeout')
    assert.equal([attempts, disturbance?.cause], [2, 'event_loop'])
    const text = await (await fetch(`${prober.urls[0]}/metrics`)).text()
    assert.match(text, '\nprobe_success{instance="web"} 1\n')
    assert.match(text, /\nprober_overloaded_runs_total\{instance="web"\} [1-9]/)
  })
})
