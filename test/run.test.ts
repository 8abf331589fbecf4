import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { assert, describe } from './harness.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures', 'runner')
const FAST = { SONDE_TEST_HANG_MS: '1500', SONDE_TEST_LINGER_MS: '1000' }

interface Run {
  readonly status: number | null
  readonly output: string
  readonly lastLine: string
}

function run(...files: readonly string[]): Run {
  const paths = files.map((file) => join(FIXTURES, file))
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'run.ts'), ...paths], {
    encoding: 'utf8',
    env: { ...process.env, ...FAST },
    timeout: 30_000,
  })
  return { status, output: stdout + stderr, lastLine: stdout.trimEnd().split('\n').at(-1) ?? '' }
}

describe('the runner', (test) => {
  test('counts what passed and shows why a test was skipped', () => {
    const { status, output, lastLine } = run('passes.test.ts')
    assert.is(lastLine, '1 passed, 0 failed, 1 skipped')
    assert.match(output, 'a good file: is skipped: for a reason that is shown')
    assert.is(status, 0)
  })

  const failing = [
    ['a file in which no test runs', 'nothing-runs.test.ts', /no test ran/],
    ['a test left .only', 'only.test.ts', /\.only is left in/],
    [
      'a clean-up that throws',
      'cleanup-throws.test.ts',
      /clean-up: fails although its body passed[\s\S]*port was still open/,
    ],
    ['a thrown string', 'throws-no-error.test.ts', /thrown, but no Error: just words/],
    ['a rejection without a reason', 'throws-no-error.test.ts', /thrown, but no Error: undefined/],
    ['a test that never settles, by name', 'hangs.test.ts', /a slow one: never settles: hangs/],
    ['a test that blocks its thread, by name', 'blocks.test.ts', /a busy one: blocks the event loop: hangs/],
    ['a test whose process ends before it', 'ends-early.test.ts', /a lost one: awaits what nothing will settle/],
    ['a handle left open', 'leaves-open.test.ts', /does not end by itself/],
    ['a rejection that nobody awaited', 'rejects-later.test.ts', /nobody awaited me/],
  ] as const
  for (const [what, file, complaint] of failing) {
    test(`fails on ${what}`, () => {
      const { status, output, lastLine } = run(file)
      assert.match(output, complaint)
      assert.match(lastLine, /^\d+ passed, [1-9]\d* failed/)
      assert.is(status, 1)
    })
  }

  test('lets one bad file fail the whole run and still runs the rest', () => {
    const { status, lastLine } = run('nothing-runs.test.ts', 'passes.test.ts')
    assert.is(lastLine, '1 passed, 1 failed, 1 skipped')
    assert.is(status, 1)
  })
})
