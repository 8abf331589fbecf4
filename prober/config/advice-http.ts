/** What an http module says that is old, does nothing, or can never match. */
import { COMPUTED_HEADERS, type HttpBlock } from './http-module.ts'
import type { Path, Problem } from './problem.ts'

const SHORT_VERSIONS = new Map([
  ['HTTP/1', 'HTTP/1.1'],
  ['HTTP/2', 'HTTP/2.0'],
])
const HTTP_VERSIONS = ['HTTP/1.0', 'HTTP/1.1', 'HTTP/2.0']

export function adviceOnHttp(http: HttpBlock, path: Path): Problem[] {
  return [...oldKeys(http, path), ...unmatchable(http, path), ...withoutEffect(http, path)]
}

function oldKeys(http: HttpBlock, path: Path): Problem[] {
  const successors = {
    no_follow_redirects: `follow_redirects: ${http.no_follow_redirects !== true}`,
    bearer_token: 'authorization with credentials',
    bearer_token_file: 'authorization with credentials_file',
  } as const
  return (Object.keys(successors) as (keyof typeof successors)[])
    .filter((key) => http[key] !== undefined)
    .map((key) => ({ path: [...path, key], message: `is deprecated; write ${successors[key]}`, atKey: true }))
}

function unmatchable(http: HttpBlock, path: Path): Problem[] {
  const versions = http.valid_http_versions.flatMap((version, index) => {
    if (HTTP_VERSIONS.includes(version)) return []
    const near = SHORT_VERSIONS.get(version)
    const write = near === undefined ? `write one of ${HTTP_VERSIONS.join(', ')}` : `write "${near}"`
    return [
      { path: [...path, 'valid_http_versions', index], message: `${JSON.stringify(version)} never matches; ${write}` },
    ]
  })
  const codes = http.valid_status_codes.flatMap((code, index) =>
    code >= 100 && code <= 599
      ? []
      : [
          {
            path: [...path, 'valid_status_codes', index],
            message: `${code} never matches; write a code from 100 to 599`,
          },
        ],
  )
  return [...versions, ...codes]
}

function withoutEffect(http: HttpBlock, path: Path): Problem[] {
  const found: Problem[] = []
  for (const name of Object.keys(http.headers)) {
    if (!COMPUTED_HEADERS.includes(name.toLowerCase())) continue
    found.push({
      path: [...path, 'headers', name],
      message: 'is not sent as written, the prober sets it; remove it',
      atKey: true,
    })
  }
  if (http.fail_if_ssl && http.fail_if_not_ssl) {
    found.push({
      path: [...path, 'fail_if_not_ssl'],
      message: 'fails every probe together with fail_if_ssl; remove one',
    })
  }
  return found
}
