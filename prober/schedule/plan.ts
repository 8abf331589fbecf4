import { fnv1a32 } from '../wire/fnv1a.ts'

/**
 * Where in its interval a target runs. From the name, so that it is the same after a restart and on every replica, and
 * so that targets spread over the interval instead of all starting at once.
 */
export function offsetSeconds(name: string, intervalSeconds: number): number {
  return (mixed(fnv1a32(Buffer.from(name))) / 2 ** 32) * intervalSeconds
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

/** As blackbox_exporter leaves of a scrape; of an interval under 5 s a tenth. */
const REST_SECONDS = 0.5
const REST_SHARE = 0.1

/**
 * What a scheduled run is given: the module's own time, and so much less than the interval that a run which times out
 * has ended when the next one is due, which would be left out otherwise.
 */
export function runTimeoutSeconds(moduleTimeoutSeconds: number, intervalSeconds: number): number {
  const longest = intervalSeconds - Math.min(REST_SECONDS, intervalSeconds * REST_SHARE)
  return Math.min(moduleTimeoutSeconds > 0 ? moduleTimeoutSeconds : DEFAULT_TIMEOUT_SECONDS, longest)
}

/** MurmurHash3's 32-bit finalizer: FNV-1a alone leaves `web-1` and `web-2` neighbours. */
function mixed(hash: number): number {
  let bits = hash
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
