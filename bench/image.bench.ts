/** What the image weighs, and what the LimitRange's quarter of a core costs at the start. */
import { chmod, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { IMAGE, isBuilt, LISTENING, podman, RUN, startImage } from '../test/e2e/image.ts'
import { freePort, startProgram } from '../test/programs.ts'
import { residentMiB } from './contenders.ts'
import { median } from './rounds.ts'
import type { Bench } from './run.ts'

const ROUNDS = 5
/** Cores of k8s/limitrange.yaml. */
const LIMIT = '0.25'
/** From the last line of the start to a process that does nothing. */
const SETTLE_MS = 3_000

/** Runs in the image, which has no du. */
const SIZES = `
  const size = (path) => {
    const file = fs.lstatSync(path)
    if (!file.isDirectory()) return file.size
    return fs.readdirSync(path).reduce((sum, name) => sum + size(path + '/' + name), 0)
  }
  const packages = size('/app/node_modules')
  console.log(size(process.execPath), packages, size('/app') - packages)`

interface Start {
  readonly seconds: number
  readonly residentMiB: number
}

const TARGETS = 1000
/** Each is probed seven times, and scraped as often. */
const SCRAPES = 7
const INTERVAL_MS = 15_000

async function start(workload: 'prober' | 'service', cores: string | undefined): Promise<Start> {
  const port = await freePort()
  const limit = cores === undefined ? [] : ['--cpus', cores]
  const name = `sonde-bench-${process.pid}`
  const args =
    workload === 'service'
      ? ['-e', 'HOST=127.0.0.1', '-e', `PORT=${port}`, '-e', 'SHUTDOWN_DRAIN_SECONDS=0', IMAGE, 'service']
      : [IMAGE, 'serve', '--config.file=/etc/sonde/sonde.yml', `--web.listen-address=127.0.0.1:${port}`]
  const started = performance.now()
  await using _program = await startImage([...limit, '--name', name, ...args], LISTENING)
  const seconds = (performance.now() - started) / 1000
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  const pid = Number(podman('inspect', '--format', '{{.State.Pid}}', name).output)
  return { seconds, residentMiB: residentMiB(pid) }
}

/** Of a prober with a thousand targets, probed and scraped every 15 s. */
async function loadedMiB(): Promise<number> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'sonde-bench-')))
  await chmod(folder.path, 0o755)
  const servers = stack.use(
    await startProgram(process.execPath, [join(import.meta.dirname, 'target-server.ts')], { ready: /\}\n/ }),
  )
  const { ports } = JSON.parse(servers.output()) as { ports: { http: number } }
  const targets = Array.from({ length: TARGETS }, (_, index) => ({
    address: `http://127.0.0.1:${ports.http}/ok?${index}`,
    module: 'http',
    interval: '15s',
  }))
  const modules = { http: { prober: 'http', timeout: '1s', http: { preferred_ip_protocol: 'ip4' } } }
  await writeFile(join(folder.path, 'sonde.yml'), stringify({ modules, targets }))
  const name = `sonde-bench-loaded-${process.pid}`
  const port = await freePort()
  const args = ['serve', '--config.file=/etc/sonde/sonde.yml', `--web.listen-address=127.0.0.1:${port}`]
  stack.use(await startImage(['--name', name, '-v', `${folder.path}:/etc/sonde:ro`, IMAGE, ...args], LISTENING))
  for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS))
    await (await fetch(`http://127.0.0.1:${port}/metrics`)).arrayBuffer()
  }
  return residentMiB(Number(podman('inspect', '--format', '{{.State.Pid}}', name).output))
}

export const bench: Bench = {
  question: 'how large is the image, and how does it start in a quarter of a core?',
  async run(say) {
    if (!isBuilt()) return say('there is none: run .ci/image.sh')
    const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
    const total = Number(podman('image', 'inspect', '--format', '{{.Size}}', IMAGE).output)
    const measured = podman(...RUN, '--network', 'none', '--entrypoint', 'node', IMAGE, '-e', SIZES).output
    const [node = 0, packages = 0, own = 0] = measured.trim().split(' ').map(Number)
    const parts = `Node.js ${megabytes(node)}, packages ${megabytes(packages)}, Sonde ${megabytes(own)}`
    say(`image: ${megabytes(total)}; of it ${parts}`)
    for (const workload of ['prober', 'service'] as const) {
      const ratios: number[] = []
      const seconds: number[] = []
      const resident: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        const free = await start(workload, undefined)
        const limited = await start(workload, LIMIT)
        ratios.push(limited.seconds / free.seconds)
        seconds.push(limited.seconds)
        resident.push(limited.residentMiB)
      }
      const spread = `${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)} over ${ROUNDS} rounds`
      say(
        `${workload}: a start with ${LIMIT} of a core takes ${median(seconds).toFixed(1)} s, ${median(ratios).toFixed(1)} times as long as without a limit (${spread}); idle ${median(resident).toFixed(0)} MiB`,
      )
    }
    say(`prober with ${TARGETS} targets every 15 s: ${(await loadedMiB()).toFixed(0)} MiB`)
  },
}
