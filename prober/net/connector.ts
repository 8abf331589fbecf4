/** Connections of undici to what is no target: a collector, an API server. */
import type { buildConnector as undici } from 'undici'
import type { TlsConfig } from '../config/schema.ts'
import type { TlsContexts } from './tls.ts'
import { buildConnector } from './undici.ts'

/** With the same certificates as probes: files are read anew once they are a second old. */
export function createConnector(
  tls: TlsConfig,
  tlsContexts: TlsContexts,
  options: Pick<undici.BuildOptions, 'allowH2'> = {},
): undici.connector {
  const plain = buildConnector(options)
  const servername = tls.serverName === undefined ? {} : { servername: tls.serverName }
  return (request, callback) => {
    if (request.protocol !== 'https:') return plain(request, callback)
    const connect = async () => {
      const made = await tlsContexts(tls)
      if (!made.ok) return callback(new Error(made.message), null)
      const { secure: secureContext } = made.context
      buildConnector({ ...options, secureContext, rejectUnauthorized: !tls.insecureSkipVerify })(
        { ...request, ...servername },
        callback,
      )
    }
    connect().catch((error: Error) => callback(error, null))
  }
}
