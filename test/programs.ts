/** Real programs from PATH, started for a test and gone with it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { describe, type Test } from './harness.ts'

export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Declares tests that need programs from outside: without them they are skipped, and in CI they fail. */
export function describeWithPrograms(name: string, programs: readonly string[], declare: (test: Test) => void): void {
  const missing = programs.filter((program) => findProgram(program) === undefined)
  const reason = `${missing.join(', ')} not found in PATH; .ci/peers.sh DIR, .ci/manifest-linters.sh DIR and .ci/helm.sh DIR put them into DIR/bin`
  const declareMissing = (test: Test) => {
    if (process.env.CI === undefined) return test.skip('all of it', reason)
    test('finds its programs', () => {
      throw new Error(reason)
    })
  }
  describe(name, missing.length === 0 ? declare : declareMissing)
}

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number
  /** All that it has printed so far, both streams. */
  output(): string
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>
  kill(signal: NodeJS.Signals): void
}

export interface ProgramOptions {
  /** Waits until what it printed matches; without it, returns at once. */
  readonly ready?: RegExp
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly timeoutMs?: number
  /** Signals go to it and all that it started, as a Ctrl-C in a terminal does. */
  readonly asGroup?: boolean
}

export async function startProgram(
  command: string,
  args: readonly string[],
  { ready, cwd, env, timeoutMs = 20_000, asGroup = false }: ProgramOptions = {},
): Promise<RunningProgram> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd,
    env: { ...process.env, ...env },
    detached: asGroup,
  })
  const kill = (signal: NodeJS.Signals) => {
    if (asGroup && child.pid !== undefined) process.kill(-child.pid, signal)
    else child.kill(signal)
  }
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const ended = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  const program: RunningProgram = {
    pid: child.pid ?? 0,
    output: () => printed,
    ended,
    kill,
    [Symbol.asyncDispose]: () => endProgram(child, ended, kill),
  }
  if (ready === undefined) return program
  try {
    await untilPrinted(child, ready, () => printed, ended, timeoutMs)
  } catch (error) {
    await program[Symbol.asyncDispose]()
    throw error
  }
  return program
}

async function untilPrinted(
  child: ChildProcess,
  ready: RegExp,
  printed: () => string,
  ended: Promise<unknown>,
  timeoutMs: number,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const streams = [child.stdout, child.stderr]
    // A program that says much would otherwise be searched anew with each line, also while a benchmark measures.
    const stopLooking = () => {
      clearTimeout(timer)
      for (const stream of streams) stream?.off('data', look)
    }
    const complain = (what: string) => () => {
      stopLooking()
      reject(new Error(`${child.spawnfile} ${what}; it printed:\n${printed()}`))
    }
    const timer = setTimeout(complain(`was not ready within ${timeoutMs} ms`), timeoutMs)
    const look = () => {
      if (!ready.test(printed())) return
      stopLooking()
      resolve()
    }
    for (const stream of streams) stream?.on('data', look)
    ended.then(complain('ended')).catch(reject)
  })
}

async function endProgram(
  child: ChildProcess,
  ended: Promise<unknown>,
  kill: (signal: NodeJS.Signals) => void,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  kill('SIGTERM')
  const force = setTimeout(() => kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(force)
}

/** A port that was free a moment ago, for programs that cannot be asked which one they took. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Polls until `look` gives something: for programs whose state can only be asked for. */
export async function eventually<T>(look: () => Promise<T | undefined>, what: string, timeoutMs = 30_000): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
