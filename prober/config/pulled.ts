/** What a scheduled target means to a Prometheus that asks for it by `/probe`. */

/** Where a module has no timeout of its own, Prometheus' default is the probe's. */
export const SCRAPE_TIMEOUT_SECONDS = 10

/** How old its latest result may be that answers: one interval, and the probe's own time. `timeoutSeconds` 0: none. */
export function maxAgeSeconds(intervalSeconds: number, timeoutSeconds: number): number {
  return intervalSeconds + (timeoutSeconds === 0 ? SCRAPE_TIMEOUT_SECONDS : timeoutSeconds)
}
