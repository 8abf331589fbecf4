/** Probers with many targets, each in a process of its own, and the real Prometheus that asks them. */
import { execFileSync } from 'node:child_process'
import { cp, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { findProgram, freePort, type RunningProgram, startProgram } from '../test/programs.ts'
import { cpuSeconds } from './contenders.ts'

const ROOT = join(import.meta.dirname, '..')

export interface Started {
  readonly pid: number
  readonly port: number
}

export interface Sonde extends Started {
  /** Resolves once all targets are on its schedule. */
  ready(): Promise<void>
  /** Resolves once it runs by that configuration. */
  reload(config: object): Promise<void>
}

export interface Grounds extends AsyncDisposable {
  /** HTTP, answered at once. */
  readonly targetUrl: string
  startSonde(config: object): Promise<Sonde>
  startBlackbox(config: object): Promise<Started>
  startPrometheus(config: object): Promise<Started>
}

export async function prepareGrounds(): Promise<Grounds> {
  const stack = new AsyncDisposableStack()
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'sonde-bench-')))
  let started = 0
  const start = async (command: string, args: readonly string[], ready: RegExp): Promise<RunningProgram> =>
    // As in the image, which has nowhere to keep compiled code.
    stack.use(
      await startProgram(command, args, { ready, env: { NODE_DISABLE_COMPILE_CACHE: '1', MALLOC_ARENA_MAX: '2' } }),
    )
  const written = async (config: object): Promise<string> => {
    const file = join(folder.path, `${started++}.yml`)
    await writeFile(file, stringify(config))
    return file
  }
  const app = await asInTheImage(folder.path)
  const servers = await start(process.execPath, [join(import.meta.dirname, 'target-server.ts')], /\}\n/)
  const { ports } = JSON.parse(servers.output()) as { ports: { http: number } }
  return {
    targetUrl: `http://127.0.0.1:${ports.http}`,
    async startSonde(config) {
      const file = await written(config)
      const args = [`--config.file=${file}`, '--web.listen-address=127.0.0.1:0', '--log.level=info']
      const node = ['--max-semi-space-size=2', join(app, 'cli/sonde.js'), ...args]
      const program = await start(process.execPath, node, /127\.0\.0\.1:\d+/)
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(program.output())?.[1])
      const reload = async (next: object) => {
        await writeFile(file, stringify(next))
        const { ok, status } = await fetch(`http://127.0.0.1:${port}/-/reload`, { method: 'POST' })
        if (!ok) throw new Error(`the reload was answered with ${status}`)
      }
      const ready = async () => {
        for (;;) {
          const answer = await fetch(`http://127.0.0.1:${port}/-/ready`)
          await answer.text()
          if (answer.ok) return
        }
      }
      return { pid: program.pid, port, ready, reload }
    },
    async startBlackbox(config) {
      const port = await freePort()
      const args = [`--config.file=${await written(config)}`, `--web.listen-address=127.0.0.1:${port}`]
      const program = await start(programNamed('blackbox_exporter'), args, /Listening on/)
      return { pid: program.pid, port }
    },
    async startPrometheus(config) {
      const port = await freePort()
      const file = await written(config)
      const data = join(folder.path, `data-${started}`)
      const args = [`--config.file=${file}`, `--storage.tsdb.path=${data}`, `--web.listen-address=127.0.0.1:${port}`]
      const program = await start(programNamed('prometheus'), args, /Server is ready to receive web requests/)
      return { pid: program.pid, port }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Without types to strip, as the Dockerfile makes it. */
async function asInTheImage(folder: string): Promise<string> {
  const app = join(folder, 'app')
  for (const part of ['cli', 'prober', 'package.json']) await cp(join(ROOT, part), join(app, part), { recursive: true })
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'scripts/without-types.js'), app])
  await symlink(join(ROOT, 'node_modules'), join(app, 'node_modules'))
  return app
}

function programNamed(name: string): string {
  const program = findProgram(name)
  if (program === undefined) throw new Error(`${name} is not in PATH; see CONTRIBUTING.md, "Benchmarks"`)
  return program
}

/** Milliseconds that the slowest of the questions took that it was asked, one after the other, while `work` ran. */
export async function longestAnswerMs({ port }: Started, work: Promise<unknown>): Promise<number> {
  const state = { isOver: false, longest: 0 }
  const watched = work.finally(() => {
    state.isOver = true
  })
  while (!state.isOver) {
    const startedMs = performance.now()
    await (await fetch(`http://127.0.0.1:${port}/-/healthy`)).text()
    state.longest = Math.max(state.longest, performance.now() - startedMs)
  }
  await watched
  return state.longest
}

/** CPU seconds that each of the processes takes in so many seconds of wall time. */
export async function cpuOver(seconds: number, processes: readonly Started[]): Promise<number[]> {
  const before = processes.map(({ pid }) => cpuSeconds(pid))
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  return processes.map(({ pid }, index) => cpuSeconds(pid) - (before[index] ?? 0))
}

export interface Bucket {
  /** Seconds. */
  readonly bound: number
  /** Runs that started no later than that. */
  readonly count: number
}

/** How late scheduled runs have started so far. */
export async function lateRuns({ port }: Started): Promise<readonly Bucket[]> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const buckets = text.matchAll(/^sonde_scheduler_late_seconds_bucket\{le="(.+)"\} (\d+)$/gm)
  return Array.from(buckets, ([, bound = '', count]) => ({
    bound: bound === '+Inf' ? Infinity : Number(bound),
    count: Number(count),
  }))
}
