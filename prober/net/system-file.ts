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
    if (found !== version) value = found === undefined ? undefined : parsed(path, parse)
    version = found
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
function parsed<T>(path: string, parse: (text: string) => T): T | undefined {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
