import type { UnixModule } from '../config/schema.ts'
import { connectUnix } from '../net/connect-unix.ts'
import { type Failure, failure, type Outcome } from '../net/outcome.ts'
import type { Network, ProbeRequest } from './probe.ts'
import { type Probing, probed } from './probing.ts'
import type { UnixResult } from './result.ts'
import { noStreamFindings, phaseAfterConnect, prepareTls, type StreamFindings, talk } from './stream/stream.ts'

export function probeUnix(
  request: ProbeRequest,
  module: UnixModule,
  network: Network,
  parent: AbortSignal,
): Promise<UnixResult> {
  const stream = noStreamFindings()
  const shown = request.target.slice(0, LONGEST_SHOWN)
  return probed(
    request,
    shown,
    network,
    parent,
    (probing) => ask(request, module, stream, probing),
    (base) => ({ ...base, prober: 'unix', stream }),
  )
}

async function ask(
  request: ProbeRequest,
  module: UnixModule,
  facts: StreamFindings,
  probing: Probing,
): Promise<Outcome> {
  const { target: path, hostname } = request
  const unfit = unfitPath(path)
  if (unfit !== undefined) return unfit
  const { signal, watch, log } = probing
  log.debug('Beginning probe', { target: path, timeout_seconds: request.timeoutSeconds })
  const prepared = await prepareTls(module, probing)
  if (!prepared.ok) return prepared
  log.debug(`Dialing unix ${module.useTls ? 'with' : 'without'} TLS`, { target: path })
  watch.enter('connect')
  const connected = await connectUnix(path, signal)
  if (!connected.ok) return connected
  watch.enter(phaseAfterConnect(module), connected.atMs)
  // A path is no name that a certificate could be for.
  const serverName = module.tls.serverName ?? hostname ?? ''
  return await talk(connected.socket, { options: module, context: prepared.context, serverName }, facts, probing)
}

/** sockaddr_un of Linux, less the zero at its end, unix(7). macOS has 103, and says so itself. */
const MAX_PATH_BYTES = 107
const LONGEST_SHOWN = 256

function unfitPath(path: string): Failure | undefined {
  const bytes = Buffer.byteLength(path)
  if (path === '') return invalid('is empty: write the path of a socket, as in /run/app.sock')
  if (/^unix:/i.test(path)) return invalid('begins with unix:, write the path alone, as in /run/app.sock')
  if (/\p{Cc}/u.test(path)) return invalid('holds a control character, such as a line break')
  if (bytes > MAX_PATH_BYTES) {
    return invalid(
      `is a path of ${bytes} bytes, and sockets have at most ${MAX_PATH_BYTES}: use a shorter one or a link`,
    )
  }
  return undefined
}

function invalid(complaint: string): Failure {
  return failure('prepare', 'target_invalid', `The target ${complaint}`)
}
