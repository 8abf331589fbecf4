/** The objects of one watch, as they were last heard of. */
import { type InvalidObject, type Kind, type KubernetesObject, readObject } from './objects.ts'

export type StoredObject = KubernetesObject | InvalidObject

export interface ObjectStore {
  /** Adds or changes one; false: there is no room for it, or it has no name. */
  put(value: unknown): boolean
  remove(value: unknown): void
  /** From now on exactly what `put` has been given since `beginList`, of which the same versions stay the same values. */
  beginList(): void
  endList(): void
  values(): Iterable<StoredObject>
}

export interface StoreLimits {
  readonly characters: number
  /** Each takes a KiB or so, however little it says. */
  readonly objects: number
}

/** Ten thousand objects take some 10 MB; the rest is left out rather than let an API server fill our memory. */
const STORE_LIMITS: StoreLimits = { characters: 64 * 2 ** 20, objects: 50_000 }

/** `onChange`: not for what was heard of before. */
export function createObjectStore(
  kind: Kind,
  labels: readonly string[],
  onChange: () => void,
  limits: StoreLimits = STORE_LIMITS,
): ObjectStore {
  const objects = new Map<string, StoredObject>()
  const characters = new Map<string, number>()
  let listed: Set<string> | undefined
  let total = 0

  function remove(key: string): void {
    if (!objects.delete(key)) return
    total -= characters.get(key) ?? 0
    characters.delete(key)
    onChange()
  }

  return {
    put(value) {
      const object = readObject(kind, value, labels)
      if (object === undefined) return false
      const key = keyOf(object)
      const before = objects.get(key)
      if (before !== undefined && isSameVersion(before, object)) {
        listed?.add(key)
        return true
      }
      const size = JSON.stringify(object).length
      const totalThen = total - (characters.get(key) ?? 0) + size
      if (totalThen > limits.characters || (before === undefined && objects.size >= limits.objects)) {
        remove(key)
        return false
      }
      total = totalThen
      listed?.add(key)
      objects.set(key, object)
      characters.set(key, size)
      onChange()
      return true
    },
    remove(value) {
      const object = readObject(kind, value, [])
      if (object !== undefined) remove(keyOf(object))
    },
    beginList() {
      listed = new Set()
    },
    endList() {
      const seen = listed ?? new Set()
      listed = undefined
      for (const key of objects.keys()) if (!seen.has(key)) remove(key)
    },
    values: () => objects.values(),
  }
}

function keyOf({ namespace, name }: StoredObject): string {
  return `${namespace}/${name}`
}

function isSameVersion(a: StoredObject, b: StoredObject): boolean {
  return a.resourceVersion !== '' && a.resourceVersion === b.resourceVersion
}
