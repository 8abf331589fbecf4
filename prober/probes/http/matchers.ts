import type { HeaderMatcher, HttpModule } from '../../config/schema.ts'
import { type Failure, failure, type Reason } from '../../net/outcome.ts'
import type { ResponseHeaders } from '../../wire/http-response.ts'

/** Each gives the first thing that fails, in the order in which blackbox_exporter looks. */

export function checkStatus(statusCode: number, valid: readonly number[]): Failure | undefined {
  if (valid.length > 0) {
    if (valid.includes(statusCode)) return undefined
    return failed('http_status', `The status code is ${statusCode}, valid_status_codes has ${valid.join(', ')}`)
  }
  if (statusCode >= 200 && statusCode < 300) return undefined
  return failed('http_status', `The status code is ${statusCode}, none of 200 to 299`)
}

export function checkHeaders(headers: ResponseHeaders, module: HttpModule): Failure | undefined {
  for (const matcher of module.failIfHeaderMatches) {
    const complaint = headerComplaint(headers, matcher, true)
    if (complaint !== undefined) return failed('header_regexp', `fail_if_header_matches: ${complaint}`)
  }
  for (const matcher of module.failIfHeaderNotMatches) {
    const complaint = headerComplaint(headers, matcher, false)
    if (complaint !== undefined) return failed('header_regexp', `fail_if_header_not_matches: ${complaint}`)
  }
  return undefined
}

function headerComplaint(headers: ResponseHeaders, matcher: HeaderMatcher, unwanted: boolean): string | undefined {
  const { header, regexp, allowMissing } = matcher
  const values = headerValues(headers, header)
  if (values.length === 0) return allowMissing ? undefined : `the answer has no header ${header}`
  const matches = values.some((value) => regexp.test(value))
  if (matches !== unwanted) return undefined
  return unwanted
    ? `a value of header ${header} matches ${quoted(regexp.source)}`
    : `no value of header ${header} matches ${quoted(regexp.source)}`
}

/** Header values arrive as one character per byte; expressions are written in UTF-8. */
function headerValues(headers: ResponseHeaders, name: string): readonly string[] {
  const key = name.toLowerCase()
  // The answer's headers are a plain object, which inherits a `constructor`.
  const found = Object.hasOwn(headers, key) ? headers[key] : undefined
  const values = found === undefined ? [] : typeof found === 'string' ? [found] : found
  return values.map((value) => Buffer.from(value, 'latin1').toString('utf8'))
}

export function needsBody(module: HttpModule): boolean {
  return module.failIfBodyMatchesRegexp.length > 0 || module.failIfBodyNotMatchesRegexp.length > 0 || usesCel(module)
}

export function usesCel(module: HttpModule): boolean {
  return module.failIfBodyJsonMatchesCel !== undefined || module.failIfBodyJsonNotMatchesCel !== undefined
}

export function checkBody(text: string, module: HttpModule): Failure | undefined {
  const unwanted = module.failIfBodyMatchesRegexp.find((regexp) => regexp.test(text))
  if (unwanted !== undefined) {
    return failed('body_regexp', `fail_if_body_matches_regexp: the body matches ${quoted(unwanted.source)}`)
  }
  const missing = module.failIfBodyNotMatchesRegexp.find((regexp) => !regexp.test(text))
  if (missing !== undefined) {
    return failed('body_regexp', `fail_if_body_not_matches_regexp: the body does not match ${quoted(missing.source)}`)
  }
  return undefined
}

export function checkJson(text: string, module: HttpModule): Failure | undefined {
  const body = parseJson(text)
  if (!body.ok) return failed('body_cel', 'The body is not JSON, so the CEL expression cannot be evaluated')
  const { failIfBodyJsonMatchesCel: unwanted, failIfBodyJsonNotMatchesCel: wanted } = module
  if (unwanted !== undefined) {
    const outcome = unwanted.evaluate(body.value)
    if (typeof outcome !== 'boolean') return notEvaluated('fail_if_body_json_matches_cel', outcome.error)
    if (outcome) return failed('body_cel', `fail_if_body_json_matches_cel: ${quoted(unwanted.source)} is true`)
  }
  if (wanted !== undefined) {
    const outcome = wanted.evaluate(body.value)
    if (typeof outcome !== 'boolean') return notEvaluated('fail_if_body_json_not_matches_cel', outcome.error)
    if (!outcome) return failed('body_cel', `fail_if_body_json_not_matches_cel: ${quoted(wanted.source)} is false`)
  }
  return undefined
}

function notEvaluated(key: string, error: string): Failure {
  return failed('body_cel', `${key} cannot be evaluated on this body: ${error}`)
}

function parseJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return { ok: false }
  }
}

export function checkVersion(version: number, valid: readonly string[]): Failure | undefined {
  const proto = `HTTP/${version.toFixed(1)}`
  if (valid.length === 0 || valid.includes(proto)) return undefined
  return failed('http_version', `The answer came as ${proto}, valid_http_versions has ${valid.join(', ')}`)
}

export function checkSsl(ssl: boolean, module: HttpModule): Failure | undefined {
  if (ssl && module.failIfSsl) return failed('ssl_present', 'fail_if_ssl: the final answer came over TLS')
  if (!ssl && module.failIfNotSsl) return failed('ssl_missing', 'fail_if_not_ssl: the final answer came without TLS')
  return undefined
}

function failed(reason: Reason, message: string): Failure {
  return failure('check', reason, message)
}

/** Expressions can be long; a message is one line. */
function quoted(source: string): string {
  return `"${source.length > 200 ? `${source.slice(0, 200)}…` : source}"`
}
