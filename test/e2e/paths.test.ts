/** The demo, slow on purpose: a quarter of a minute until it knows what is usual, too long for every change. */
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert, describe } from '../harness.ts'
import { eventually, type RunningProgram, startProgram } from '../programs.ts'

const DOOR = join(import.meta.dirname, '..', '..', 'cli', 'sonde.js')
const PORTS = ['port', 'control-port', 'service-port', 'gateway-port', 'pod-port', 'edge-port', 'redirect-port']
/** As many as a hop needs to learn what is usual, and one that may have begun already. */
const BEATS_TO_LEARN = 9

/** Those in which what the gateway adds was measured. */
function beatsSeen(demo: RunningProgram): number {
  const oks = (hop: string) => demo.output().match(new RegExp(`^\\S+ ${hop} +ok 200 `, 'gm'))?.length ?? 0
  return Math.min(oks('gateway'), oks('service'))
}

const until = (isTrue: () => boolean | Promise<boolean>, what: string) =>
  eventually(async () => ((await isTrue()) ? true : undefined), what, 40_000)

describe('a path of the demo', (test) => {
  test('with a slow gateway: terminal, page and metrics blame it within seconds, and stop once it is mended', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-test-'))
    const args = [DOOR, 'demo', '--interval=1s', ...PORTS.map((name) => `--${name}=0`)]
    await using demo = await startProgram(process.execPath, args, { env: { TMPDIR: folder.path }, ready: /hello +ok / })
    const page = /status page +(\S+)/.exec(demo.output())?.[1] ?? ''
    const control = /curl -X POST (http:\/\/localhost:\d+)\/expire/.exec(demo.output())?.[1] ?? ''
    const ask = async (path: string) => (await fetch(`${page}${path}`)).text()
    await until(() => beatsSeen(demo) >= BEATS_TO_LEARN, 'the demo learns what is usual')
    await fetch(`${control}/slow?hop=gateway&ms=600`, { method: 'POST' })
    await until(() => /hello +slow +gateway: slow, adds \+\d+ ms, /.test(demo.output()), demo.output())
    assert.match(await ask(''), 'gateway: slow, adds +')
    const metrics = await ask('metrics')
    assert.match(metrics, '\nprobe_path_blame_info{path="hello",hop="gateway",reason="slow"} 1\n')
    assert.match(metrics, '\nprobe_path_success{path="hello"} 1\n')
    const added = /^probe_path_hop_overhead_seconds\{path="hello",hop="gateway"\} (\S+)$/m.exec(metrics)?.[1]
    assert.ok(Number(added) > 0.4, `the gateway adds ${added} s`)
    await fetch(`${control}/mend`, { method: 'POST' })
    await until(async () => !(await ask('metrics')).includes('probe_path_blame_info'), 'nobody is to blame any more')
  })
})
