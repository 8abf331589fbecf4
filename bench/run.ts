/**
 * `npm run bench [NAME …]`: runs bench/*.bench.ts one after another, each a question with its answer in ratios
 * against the real blackbox_exporter, which must be in PATH. Nothing else should run beside it.
 */
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'

export interface Bench {
  readonly question: string
  /** Writes its own lines; what it resolves with is the summary row for docs/benchmarks.md. */
  run(say: (line: string) => void): Promise<void>
}

const say = (line: string) => process.stdout.write(`${line}\n`)
const wanted = process.argv.slice(2)
const files = globSync('*.bench.ts', { cwd: import.meta.dirname }).sort()
const chosen = files.filter((file) => wanted.length === 0 || wanted.includes(basename(file, '.bench.ts')))
if (chosen.length === 0) {
  say(
    `no such benchmark: ${wanted.join(' ')}; there are ${files.map((file) => basename(file, '.bench.ts')).join(', ')}`,
  )
  process.exitCode = 1
}
for (const file of chosen) {
  const { bench } = (await import(join(import.meta.dirname, file))) as { bench: Bench }
  say(`\n# ${basename(file, '.bench.ts')}: ${bench.question}`)
  await bench.run(say)
}
