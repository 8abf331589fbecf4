import querystring from 'node:querystring'

/** The part after `?`. Only the first value of a repeated parameter counts, as with Go's `Values.Get`. */
export function queryOf(url: string): URLSearchParams {
  const mark = url.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
}

export type Unescaped = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string }

/**
 * As Go's `url.QueryUnescape`. blackbox_exporter decodes a target a second time (#1525), so a `+` or `%` that belongs
 * to it must have been encoded twice.
 */
export function queryUnescape(text: string): Unescaped {
  if (!/[%+]/.test(text)) return { ok: true, text }
  const wrong = /%(?![0-9a-f]{2})[\s\S]{0,2}/i.exec(text)
  if (wrong !== null) return { ok: false, message: `invalid URL escape ${JSON.stringify(wrong[0])}` }
  return { ok: true, text: querystring.unescape(text.replaceAll('+', ' ')) }
}
