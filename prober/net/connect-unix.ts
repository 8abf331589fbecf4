import { connect } from 'node:net'
import { type Connected, whenItStands } from './connect.ts'
import { aborted } from './deadline.ts'
import type { Failure, Reason } from './outcome.ts'
import { failure } from './outcome.ts'

/**
 * A path in the file system, or `@name` in Linux' abstract namespace, as Go writes it: unix(7). The socket ends with
 * the signal, as that of connectTcp.
 */
export function connectUnix(path: string, signal: AbortSignal): Promise<Connected | Failure> {
  if (signal.aborted) return Promise.resolve(aborted('connect', signal))
  const socket = connect({ path: path.startsWith('@') ? `\0${path.slice(1)}` : path })
  return whenItStands(socket, signal, (error) => unixFailure(error, path))
}

const NOT_FOUND = 'does not exist: does the server run, and does it listen there? Is its folder mounted here?'

/** The kernel's error codes, connect(2) and path_resolution(7). */
const UNIX_ERRORS: Readonly<Record<string, readonly [Reason, string]>> = {
  ENOENT: ['connect_not_found', NOT_FOUND],
  ENOTDIR: ['connect_not_found', 'does not exist: a part of its path is no folder'],
  ECONNREFUSED: ['connect_refused', 'refused the connection: no process listens there any more, or it is no socket'],
  ECONNRESET: ['connect_reset', 'reset the connection while it was being made'],
  EACCES: [
    'connect_failed',
    'may not be opened: give the prober’s user write permission to the socket, and search permission to its folders',
  ],
  EPERM: ['connect_failed', 'may not be opened: a local policy forbids it (EPERM)'],
  EAGAIN: ['connect_failed', 'takes no more connections: its queue is full; the server hangs or is overloaded'],
  EPROTOTYPE: ['connect_failed', 'is a socket of datagrams, not of streams'],
  ELOOP: ['connect_failed', 'has symbolic links in its path that go in circles'],
  EMFILE: ['connect_failed', 'was not tried: this process has no free file descriptor; raise its limit (ulimit -n)'],
}

function unixFailure(error: NodeJS.ErrnoException, path: string): Failure {
  const code = error.code ?? error.message
  const [reason, found] = UNIX_ERRORS[code] ?? (['connect_failed', `could not be connected to: ${code}`] as const)
  return failure('connect', reason, `${path} ${found}`)
}
