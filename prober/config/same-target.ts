import type { Target } from './targets.ts'

/**
 * Whole definitions are compared, so that a key that is added later is not forgotten. A reload compares each target with
 * the one before in several places, ten thousand of them in one turn: this takes 0.2 µs where isDeepStrictEqual takes 1,
 * and leaves nothing to collect.
 */
export function isSameTarget(a: Target, b: Target | undefined): boolean {
  return isSamePlain(a, b)
}

/** What a file can hold: plain objects, arrays, texts, numbers. A key without a value is none. */
function isSamePlain(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false
  for (const key in a) if (!isSamePlain(a[key], b[key])) return false
  for (const key in b) if (b[key] !== undefined && !Object.hasOwn(a, key)) return false
  return true
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** What a reload left as it was stays the same value: ten thousand targets are then compared at once by all who keep them. */
export function keepingSame(known: readonly Target[]): (target: Target) => Target {
  const byName = new Map(known.map((target) => [target.name, target]))
  return (target) => {
    const before = byName.get(target.name)
    return before !== undefined && isSameTarget(before, target) ? before : target
  }
}
