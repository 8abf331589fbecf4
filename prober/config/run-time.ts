/** As blackbox_exporter leaves of a scrape; of an interval under 5 s a tenth. */
const REST_SECONDS = 0.5
const REST_SHARE = 0.1

/** What a run may take, so that it has ended when the next one is due, which would be left out otherwise. */
export function runSeconds(intervalSeconds: number): number {
  return intervalSeconds - Math.min(REST_SECONDS, intervalSeconds * REST_SHARE)
}
