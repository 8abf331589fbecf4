import type { CookieJar } from 'tough-cookie'
import type { ResponseHeaders } from '../../wire/http-response.ts'

/** Cookies that one hop sets and the next sends back, by the public suffix list. Lives as long as one probe. */
export interface Cookies {
  keep(headers: ResponseHeaders, url: URL): Promise<void>
  /** The value of a Cookie header; empty when there is none to send. */
  headerFor(url: URL): string
}

/** A hostile answer may set thousands; no site needs more for a redirect. RFC 6265 §6.1 asks for 50 per domain. */
const MAX_COOKIES_PER_RESPONSE = 50

/** The jar, and the public suffix list with it, is only loaded once a redirect sets a cookie. */
export function createCookies(): Cookies {
  let jar: CookieJar | undefined
  return {
    async keep(headers, url) {
      const lines = setCookieLines(headers)
      if (lines.length === 0) return
      jar ??= await newJar()
      for (const line of lines) jar.setCookieSync(line, url.href, { ignoreError: true })
    },
    headerFor: (url) => jar?.getCookieStringSync(url.href) ?? '',
  }
}

async function newJar(): Promise<CookieJar> {
  const { CookieJar } = await import('tough-cookie')
  return new CookieJar(undefined, { rejectPublicSuffixes: true, looseMode: false })
}

function setCookieLines(headers: ResponseHeaders): readonly string[] {
  const found = headers['set-cookie']
  const lines = found === undefined ? [] : typeof found === 'string' ? [found] : found
  return lines.slice(0, MAX_COOKIES_PER_RESPONSE)
}
