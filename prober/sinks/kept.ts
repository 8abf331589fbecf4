/**
 * The latest of many similar values, in one place. A result lives until the next one, which is long enough for V8 to move
 * it to the old generation, where it lies as garbage until a full collection: of a thousand targets some 20 MiB. Written
 * into the one before, it is gone with the next small collection.
 */

/** `next`, in what `kept` is made of as far as the two have the same shape; what is frozen is shared. Never `next` itself. */
export function keep<T>(kept: unknown, next: T): T {
  if (!isOpen(next)) return next
  const into = isOpen(kept) && isAlike(kept, next) ? kept : copyOf(next)
  for (const key of Object.keys(next)) {
    const [before, after] = [into[key], next[key]]
    // A text that says the same is left: the new one need not live on.
    if (before !== after || isOpen(after)) into[key] = keep(into === kept ? before : undefined, after)
  }
  return into as T
}

type Open = Record<string, unknown>

function isOpen(value: unknown): value is Open {
  return typeof value === 'object' && value !== null && !Object.isFrozen(value)
}

function isAlike(kept: Open, next: Open): boolean {
  if (Array.isArray(next)) return Array.isArray(kept) && kept.length === next.length
  const keys = Object.keys(next)
  return (
    !Array.isArray(kept) && Object.keys(kept).length === keys.length && keys.every((key) => Object.hasOwn(kept, key))
  )
}

function copyOf(value: Open): Open {
  return (Array.isArray(value) ? [...value] : { ...value }) as Open
}
