/** What blackbox_exporter takes when Prometheus sends no header, or 0. */
const DEFAULT_SCRAPE_SECONDS = 120
/** A fortnight: what is longer no timer can hold. */
const LONGEST_SECONDS = 1_209_600
/** A decimal float; Go's parser also knows NaN, infinities and hexadecimal, of which no timeout can be made. */
const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

export type ProbeTimeout =
  | { readonly ok: true; readonly timeoutSeconds: number }
  | { readonly ok: false; readonly message: string }

/**
 * blackbox_exporter's rule: the scrape's time less the offset, unless the module wants less; the module's own time,
 * too, when the offset leaves nothing. So a scrape shorter than the offset, without a time of the module, gives 0.
 */
export function probeTimeout(header: string | undefined, moduleSeconds: number, offsetSeconds: number): ProbeTimeout {
  const scrape = scrapeSeconds(header)
  if (scrape === undefined) {
    return { ok: false, message: `parsing ${JSON.stringify(header)}: not a number of seconds, as in "9.5"` }
  }
  const most = scrape - offsetSeconds
  const takesModule = (moduleSeconds > 0 && moduleSeconds < most) || most < 0
  return { ok: true, timeoutSeconds: Math.min(LONGEST_SECONDS, takesModule ? moduleSeconds : most) }
}

function scrapeSeconds(header: string | undefined): number | undefined {
  if (header === undefined || header === '') return DEFAULT_SCRAPE_SECONDS
  if (!FLOAT.test(header)) return undefined
  const seconds = Number(header)
  return seconds === 0 ? DEFAULT_SCRAPE_SECONDS : seconds
}
