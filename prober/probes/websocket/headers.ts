import type { OutgoingHttpHeaders } from 'node:http'
import type { WebsocketModule } from '../../config/schema.ts'
import type { Failure } from '../../net/outcome.ts'
import { authorizationOf, readHeaderValue, unreadable, wireText } from '../http/request.ts'

export interface HandshakeHeaders {
  readonly ok: true
  readonly headers: OutgoingHttpHeaders
}

/** What the module adds to a handshake: secrets and files are read now. Its own Authorization header comes first. */
export async function handshakeHeaders(
  module: WebsocketModule,
  hostname: string | undefined,
  userAgent: string,
  signal: AbortSignal,
): Promise<HandshakeHeaders | Failure> {
  const headers: OutgoingHttpHeaders = {}
  try {
    for (const { name, values } of module.headers) {
      const read: string[] = []
      for (const source of values) read.push(wireText(await readHeaderValue(name, source, signal)))
      headers[name.toLowerCase()] = read.length === 1 ? read[0] : read
    }
    headers['user-agent'] ??= userAgent
    if (hostname !== undefined) headers.host = wireText(hostname)
    const authorization = headers.authorization === undefined ? await authorizationOf(module, signal) : undefined
    if (authorization !== undefined) headers.authorization = wireText(authorization)
    return { ok: true, headers }
  } catch (error) {
    return unreadable(error, signal)
  }
}
