import { runSeconds } from '../config/run-time.ts'
import type { Retry, Target } from '../config/schema.ts'
import { fnv1a32 } from '../wire/fnv1a.ts'

/**
 * Where in its interval a target runs. From the name, so that it is the same after a restart and on every replica, and
 * so that targets spread over the interval instead of all starting at once.
 */
export function offsetSeconds(name: string, intervalSeconds: number): number {
  return (nameHash(name) / 2 ** 32) * intervalSeconds
}

/** The name that says when a target runs, and on which shard: all hops of a path run together. */
export function beatOf({ name, hop }: Pick<Target, 'name' | 'hop'>): string {
  return hop?.path ?? name
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
  const { attempts, pauseSeconds } = attemptsOf(target)
  const longest =
    (runSeconds(Math.min(intervalSeconds, intervalFailingSeconds)) - (attempts - 1) * pauseSeconds) / attempts
  return Math.min(moduleTimeoutSeconds > 0 ? moduleTimeoutSeconds : DEFAULT_TIMEOUT_SECONDS, longest)
}

type Timing = Pick<Target, 'intervalSeconds' | 'intervalFailingSeconds' | 'retry' | 'burst'>

const ONCE: Retry = { attempts: 1, pauseSeconds: 0 }

/** Of a run, at most; a burst makes all of them, one after the other: together they would measure each other. */
export function attemptsOf({ retry, burst }: Pick<Target, 'retry' | 'burst'>): Retry {
  return burst === undefined ? (retry ?? ONCE) : { attempts: burst, pauseSeconds: 0 }
}

/** MurmurHash3's 32-bit finalizer: FNV-1a alone leaves `web-1` and `web-2` neighbours. */
function mixed(hash: number): number {
  let bits = hash
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
