/**
 * Runs test files, each in a process of its own, one more at a time than there are cores: `node test/run.ts [file or folder …]`.
 * Without arguments: every *.test.ts under test/ except test/parity and test/e2e, which need programs from outside.
 * Fails on what uvu lets pass: a file without a test, a test left `.only`, one that hangs (named), a process that
 * does not end by itself because something was left open. The last line is `N passed, N failed[, N skipped]`.
 */
import { fork } from 'node:child_process'
import { globSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import type { Report } from './harness.ts'

const HERE = import.meta.dirname
const NEEDS_PEERS = ['parity', 'e2e']
const HANG_MS = Number(process.env.SONDE_TEST_HANG_MS ?? 60_000)
/** After the last test a file's process must end by itself; what keeps it alive is a leak. */
const LINGER_MS = Number(process.env.SONDE_TEST_LINGER_MS ?? 5_000)
/** Many of them wait for what they started most of the time. */
const AT_ONCE = Number(process.env.SONDE_TEST_AT_ONCE ?? availableParallelism() + 1)

/**
 * The types of each module are stripped once for all files, which is a third of the time of most. Not for coverage: V8
 * counts less exactly in what it has compiled before.
 */
const COMPILE_CACHE =
  process.env.NODE_V8_COVERAGE === undefined
    ? { NODE_COMPILE_CACHE: join(import.meta.dirname, '../.cache/compiled-for-tests') }
    : {}

interface FileResult {
  readonly file: string
  readonly passed: number
  readonly skipped: readonly string[]
  readonly failures: readonly string[]
  readonly output: string
  readonly seconds: number
}

const files = filesOf(process.argv.slice(2))
const results = await inParallel(files, AT_ONCE, async (file) => {
  const result = await runFile(file)
  print(result)
  return result
})
const sum = (count: (result: FileResult) => number) => results.reduce((total, result) => total + count(result), 0)
const failed = sum((result) => result.failures.length) + (files.length === 0 ? 1 : 0)
const skipped = sum((result) => result.skipped.length)
for (const result of results) for (const reason of result.skipped) say(`skipped  ${reason}`)
if (files.length === 0) say('no test file found')
say(`${sum((result) => result.passed)} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0

function filesOf(named: readonly string[]): string[] {
  const roots = named.length > 0 ? named : [HERE]
  const found = roots.flatMap((root) =>
    statSync(root).isDirectory() ? globSync('**/*.test.ts', { cwd: root }).map((file) => join(root, file)) : [root],
  )
  const wanted = named.length > 0 ? found : found.filter((file) => !NEEDS_PEERS.includes(roomOf(file)))
  return wanted.filter((file) => !file.includes(`${join('test', 'fixtures')}`) || named.length > 0).sort()
}

function roomOf(file: string): string {
  return relative(HERE, file).split(/[\\/]/)[0] ?? ''
}

async function runFile(file: string): Promise<FileResult> {
  const started = performance.now()
  const child = fork(file, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, ...COMPILE_CACHE },
  })
  const failures: string[] = /\btest\.only\b|\.only\(/.test(readFileSync(file, 'utf8')) ? ['.only is left in'] : []
  const skippedTests: string[] = []
  let output = ''
  let passed = 0
  let running: string | undefined
  let watchdog = setTimeout(() => undefined)
  const watch = (ms: number, complaint: () => string) => {
    clearTimeout(watchdog)
    watchdog = setTimeout(() => {
      failures.push(complaint())
      child.kill('SIGKILL')
    }, ms)
  }
  const step = (report: Report) => {
    running = report.event === 'start' ? report.title : undefined
    if (report.event === 'passed') passed += 1
    if (report.event === 'skipped') skippedTests.push(`${report.title}: ${report.reason}`)
    if (report.event === 'failed') failures.push(`${report.title}\n${indent(report.error)}`)
    if (report.event === 'start') watch(HANG_MS, () => `${report.title}: hangs (over ${HANG_MS / 1000} s)`)
    else watch(LINGER_MS, () => 'does not end by itself after its last test: something was left open')
  }
  watch(HANG_MS, () => 'hangs before its first test')
  child.on('message', (message) => step(message as Report))
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(watchdog)
  if (running !== undefined && failures.length === 0) failures.push(`${running}: the process ended before the test did`)
  if (passed + failures.length + skippedTests.length === 0) failures.push('no test ran')
  if (code !== 0 && failures.length === 0) failures.push(`ended with exit code ${code}`)
  const seconds = (performance.now() - started) / 1000
  return { file: relative(process.cwd(), file), passed, skipped: skippedTests, failures, output, seconds }
}

function print({ file, passed, failures, output, seconds }: FileResult): void {
  say(`${failures.length === 0 ? 'ok      ' : 'FAILED  '} ${file}  (${passed} passed, ${seconds.toFixed(1)} s)`)
  for (const failure of failures) say(indent(failure))
  if (failures.length > 0 && output.trim() !== '') say(indent(`what it printed:\n${output.trim()}`))
}

async function inParallel<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) done[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return done
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ')
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
