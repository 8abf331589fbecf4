import { type Failure, failure } from '../../net/outcome.ts'
import { maskTarget, parseTarget } from '../http/target.ts'

export interface WebsocketTarget {
  readonly ok: true
  /** `ws:` or `wss:`, without a fragment: safe to print. */
  readonly url: URL
  readonly secure: boolean
  readonly port: number
}

const SCHEME = /^ws(?=s?:\/\/)/i

/** A scheme is needed, as in blackbox_exporter. What stands behind it is read as in URLs of HTTP. */
export function parseWebsocketTarget(target: string): WebsocketTarget | Failure {
  if (!SCHEME.test(target))
    return invalid('begins with neither ws:// nor wss://: write it as in wss://example.com/chat')
  const parsed = parseTarget(target.replace(SCHEME, 'http'))
  if (!parsed.ok) return { ...parsed, message: parsed.message.replace(/\bhttp(?=s?:\/\/)/g, 'ws') }
  // RFC 6455 §3 leaves them out, and blackbox_exporter refuses them.
  if (parsed.credentials !== undefined) {
    return invalid('holds a user name or a password: write them in the module, as http_config.basic_auth')
  }
  const { protocol, port, href } = parsed.url
  const secure = protocol === 'https:'
  return { ok: true, url: new URL(href.replace('http', 'ws')), secure, port: Number(port || (secure ? 443 : 80)) }
}

/** For results, logs and pages. */
export function shownTarget(target: string): string {
  if (!SCHEME.test(target)) return maskTarget(target)
  return maskTarget(target.replace(SCHEME, 'http')).replace(/^http/, 'ws')
}

function invalid(complaint: string): Failure {
  return failure('prepare', 'target_invalid', `The target ${complaint}`)
}
