/** Where Prometheus finds a prober. The Operator wants scheme, `host:port` and path apart; people write a URL. */
import type { Parsed } from './parsed.ts'

export interface ProberAddress {
  readonly scheme: 'http' | 'https'
  /** `host`, `host:port` or `[::1]:port`: what the Operator takes as `prober.url`. */
  readonly host: string
  /** In front of `/probe`, `/metrics` and `/targets`: empty, or as in `/sonde`. */
  readonly prefix: string
}

const EXAMPLE = 'write it as in "http://sonde.monitoring.svc:9115"'

export function parseProberAddress(text: string): Parsed<ProberAddress> {
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text)
  const url = URL.parse(hasScheme ? text : `http://${text}`)
  const scheme = url?.protocol.slice(0, -1)
  if (url === null || url.hostname === '' || /\s/.test(text))
    return refused(text, `is no address of a prober; ${EXAMPLE}`)
  if (scheme !== 'http' && scheme !== 'https') return refused(text, `is neither http nor https; ${EXAMPLE}`)
  if (url.username !== '' || url.password !== '')
    return { ok: false, message: `holds credentials, which the rules and objects would show; ${EXAMPLE}` }
  if (url.search !== '' || url.hash !== '') return refused(text, `has a query or a fragment; ${EXAMPLE}`)
  return { ok: true, value: { scheme, host: hostOf(url, text), prefix: prefixOf(url.pathname) } }
}

/** A URL forgets the port that its scheme has anyway, and what was written says more than what was left out. */
function hostOf(url: URL, text: string): string {
  const written = /^(?:[a-z][a-z\d+.-]*:\/\/)?(?:\[[^\]]*\]|[^/:]*):(\d+)/i.exec(text)?.[1]
  return written === undefined ? url.host : `${url.hostname}:${written}`
}

/** blackbox_exporter's manuals write `/probe` at the end; that part is ours to add. */
function prefixOf(path: string): string {
  return path.replace(/\/$/, '').replace(/\/probe$/, '')
}

function refused(text: string, why: string): Parsed<ProberAddress> {
  return { ok: false, message: `${JSON.stringify(text)} ${why}` }
}
