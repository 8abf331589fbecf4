import querystring from 'node:querystring'

/** The part after `?`. Only the first value of a repeated parameter counts, as with Go's `Values.Get`. */
export function queryOf(url: string): URLSearchParams {
  const mark = url.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
}

export type Target = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string }

/**
 * A target that was encoded twice on its way (`https%253A%252F%252F…`) is no URL yet and is decoded once more, as
 * blackbox_exporter's main branch does (#1525). That branch, unlike release 0.28, decodes every target again, and so
 * changes what is probed: `/a%2Fb` becomes `/a/b`, `?q=a+b` becomes `?q=a b`. A target that is a URL stays as it is.
 */
export function targetOf(given: string): Target {
  if (!/^[a-z][a-z0-9+.-]*%3a%2f%2f/i.test(given)) return { ok: true, text: given }
  return queryUnescape(given)
}

/** As Go's `url.QueryUnescape`. */
function queryUnescape(text: string): Target {
  const wrong = /%(?![0-9a-f]{2})[\s\S]{0,2}/i.exec(text)
  if (wrong !== null) return { ok: false, message: `invalid URL escape ${JSON.stringify(wrong[0])}` }
  return { ok: true, text: querystring.unescape(text.replaceAll('+', ' ')) }
}
