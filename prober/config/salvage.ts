/** What is left of a broken file when everything wrong in it is taken out: enough to give advice on. */
import type { z } from 'zod'
import { entriesOf } from './headers.ts'
import { type ConfigFile, configSchema } from './schema.ts'

type Values = Record<string | number, unknown>

/** Without one thing, another may be wrong that was not before, such as a key whose partner went. */
const MOST_ROUNDS = 5

/** Modules only; undefined when even that fails. */
export function salvage(file: unknown): ConfigFile | undefined {
  const rest: Values = { modules: structuredClone(new Map(entriesOf(file)).get('modules')) }
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const parsed = configSchema.safeParse(rest)
    if (parsed.success) return parsed.data
    for (const issue of parsed.error.issues) takeOut(rest, issue)
  }
  return undefined
}

function takeOut(root: Values, issue: z.core.$ZodIssue): void {
  const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
  for (const path of paths) takeOutAt(root, path)
}

/** A list goes as a whole, so that places keep their numbers; where a key is missing, the map that lacks it goes. */
function takeOutAt(root: Values, path: readonly PropertyKey[]): void {
  let map: unknown = root
  let found: { readonly map: Values; readonly key: string } | undefined
  for (const key of path) {
    if (typeof key !== 'string' || !isMap(map) || !Object.hasOwn(map, key)) break
    found = { map, key }
    map = map[key]
  }
  if (found !== undefined) delete found.map[found.key]
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
