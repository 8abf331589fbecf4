import { readFileSync, statSync } from 'node:fs'

/** How often a file is looked at for a change; Go does it every 5 s too. */
const CHECK_EVERY_MS = 5_000

/**
 * A small configuration file of the system, parsed again when its time, size or inode has changed. Read at once, not
 * through libuv's pool: three stats every few seconds take microseconds, a pool full of slow getaddrinfo calls does not.
 */
export function createSystemFile<T>(
  path: string,
  parse: (text: string) => T,
  now: () => number = () => performance.now(),
): () => T | undefined {
  let checkedAtMs = Number.NEGATIVE_INFINITY
  let version: string | undefined
  let value: T | undefined
  return () => {
    const nowMs = now()
    if (nowMs - checkedAtMs < CHECK_EVERY_MS) return value
    checkedAtMs = nowMs
    const found = versionOf(path)
    if (found === version) return value
    const text = found === undefined ? undefined : textOf(path)
    // There but not readable, for want of a file descriptor perhaps: what it said last counts until the next look.
    if (found !== undefined && text === undefined) return value
    version = found
    value = text === undefined ? undefined : parse(text)
    return value
  }
}

function versionOf(path: string): string | undefined {
  try {
    const stat = statSync(path)
    return stat.isFile() ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : undefined
  } catch {
    return undefined
  }
}

/** A file that may not be read is as good as none: the C library takes it so too. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
