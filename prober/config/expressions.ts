import { type CelProgram, compileCel } from './cel.ts'
import { entriesOf } from './headers.ts'
import { CEL_KEYS } from './http-module.ts'
import type { Problem } from './problem.ts'

/** Before the schema's verdict is known, so that a bad expression and a bad key are told in one go. */
export async function compileExpressions(
  file: unknown,
): Promise<{ readonly programs: ReadonlyMap<string, CelProgram>; readonly problems: readonly Problem[] }> {
  const programs = new Map<string, CelProgram>()
  const problems: Problem[] = []
  for (const [name, module] of entriesOf(new Map(entriesOf(file)).get('modules'))) {
    const http = new Map(entriesOf(new Map(entriesOf(module)).get('http')))
    for (const key of CEL_KEYS) {
      const source = http.get(key)
      if (typeof source !== 'string') continue
      const compiled = await compileCel(source)
      if (compiled.ok) programs.set(source, compiled.value)
      else problems.push({ path: ['modules', name, 'http', key], message: compiled.message, quotesText: true })
    }
  }
  return { programs, problems }
}
