import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { assert, describe } from '../harness.ts'

const IMPORT = /^(?:import|export)\b(?!\s+type\b)[^'"]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/gms

/** All files that this one has Node.js load, itself included. */
function loaded(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, first, second] of readFileSync(file, 'utf8').matchAll(IMPORT))
    loaded(resolve(dirname(file), first ?? second ?? ''), seen)
  return seen
}

describe('a prober that serves', (test) => {
  for (const command of ['serve', 'demo', 'probe', 'check']) {
    test(`sonde ${command} loads nothing of what only sonde generate needs`, () => {
      const files = [...loaded(resolve(import.meta.dirname, `../../cli/${command}.ts`))]
      assert.ok(files.some((file) => file.endsWith('prober/config/schema.ts')))
      assert.equal(
        files.filter((file) => /kubernetes-models|\/(monitoring|dashboards)\/[a-z-]+\.ts$/.test(file)),
        [],
      )
    })
  }
})
