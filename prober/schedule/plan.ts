import { runSeconds } from '../config/retry.ts'
import type { Retry, Target } from '../config/schema.ts'
import { fnv1a32 } from '../wire/fnv1a.ts'

/**
 * Where in its interval a target runs. From the name, so that it is the same after a restart and on every replica, and
 * so that targets spread over the interval instead of all starting at once.
 */
export function offsetSeconds(name: string, intervalSeconds: number): number {
  return (nameHash(name) / 2 ** 32) * intervalSeconds
}

/** 32 bits, evenly spread also over names that differ by a digit. */
export function nameHash(name: string): number {
  return mixed(fnv1a32(Buffer.from(name)))
}

/** The first moment after `nowSeconds` that lies `offsetSeconds` into an interval, counted from the epoch. */
export function nextStart(nowSeconds: number, intervalSeconds: number, offsetSeconds: number): number {
  const start = intervalStart(nowSeconds, intervalSeconds, offsetSeconds)
  return start > nowSeconds ? start : start + intervalSeconds
}

function intervalStart(nowSeconds: number, intervalSeconds: number, offsetSeconds: number): number {
  return Math.ceil((nowSeconds - offsetSeconds) / intervalSeconds) * intervalSeconds + offsetSeconds
}

/** As long as Prometheus waits unless told otherwise. */
const DEFAULT_TIMEOUT_SECONDS = 10

/**
 * What one attempt is given: the module's own time, and so much less than the interval, shared out among all attempts,
 * that a run which times out has ended when the next one is due.
 */
export function attemptTimeoutSeconds(moduleTimeoutSeconds: number, target: Timing): number {
  const { intervalSeconds, intervalFailingSeconds = intervalSeconds } = target
  const { attempts, pauseSeconds } = target.retry ?? ONCE
  const longest =
    (runSeconds(Math.min(intervalSeconds, intervalFailingSeconds)) - (attempts - 1) * pauseSeconds) / attempts
  return Math.min(moduleTimeoutSeconds > 0 ? moduleTimeoutSeconds : DEFAULT_TIMEOUT_SECONDS, longest)
}

type Timing = Pick<Target, 'intervalSeconds' | 'intervalFailingSeconds' | 'retry'>

export const ONCE: Retry = { attempts: 1, pauseSeconds: 0 }

/** MurmurHash3's 32-bit finalizer: FNV-1a alone leaves `web-1` and `web-2` neighbours. */
function mixed(hash: number): number {
  let bits = hash
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
