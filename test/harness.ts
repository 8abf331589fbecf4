/** The one door to uvu. No hooks that swallow errors, no `run()` to forget, no `.only` to leave in. */
import { suite } from 'uvu'

export * as assert from 'uvu/assert'

export interface Test {
  /** The title is the behaviour that the body proves. Clean up with `await using`: a clean-up that throws fails the test. */
  (title: string, body: () => void | Promise<void>): void
  /** Shown and counted with its reason; never silent. */
  skip(title: string, reason: string): void
}

/** What a test file tells the runner (test/run.ts), one message for each step of each test. */
export type Report =
  | { readonly event: 'start' | 'passed'; readonly title: string }
  | { readonly event: 'failed'; readonly title: string; readonly error: string }
  | { readonly event: 'skipped'; readonly title: string; readonly reason: string }

export function describe(name: string, declare: (test: Test) => void): void {
  const tests = suite(name)
  const test = (title: string, body: () => void | Promise<void>) =>
    tests(title, () => reported(`${name}: ${title}`, body))
  const skip = (title: string, reason: string) => {
    tests.skip()
    report({ event: 'skipped', title: `${name}: ${title}`, reason })
  }
  declare(Object.assign(test, { skip }))
  tests.run()
}

async function reported(title: string, body: () => void | Promise<void>): Promise<void> {
  report({ event: 'start', title })
  try {
    await body()
  } catch (thrown) {
    const error = asError(thrown)
    report({ event: 'failed', title, error: error.stack ?? error.message })
    throw error
  }
  report({ event: 'passed', title })
}

/** uvu loses a thrown string or undefined: only an Error has the stack that it prints. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`thrown, but no Error: ${String(thrown)}`, { cause: thrown })
}

function report(message: Report): void {
  process.send?.(message)
}
