import { connect, isIP } from 'node:net'
import type { Socket, TcpNetConnectOpts } from 'node:net'
import { aborted } from './deadline.ts'
import type { Failure, Reason } from './outcome.ts'
import { failure } from './outcome.ts'
import type { Address } from './address.ts'
import { inTurn } from './turn.ts'

export interface Connected {
  readonly ok: true
  readonly socket: Socket
  /** `performance.now()` in the connect callback. */
  readonly atMs: number
}

/**
 * One address, one attempt: no happy eyeballs. The socket is destroyed when the signal fires, also later: whoever
 * holds the deadline ends it. It keeps a listener for errors, so that one which comes while nobody listens is no crash.
 */
export function connectTcp(
  address: Address,
  port: number,
  signal: AbortSignal,
  sourceIp?: string,
): Promise<Connected | Failure> {
  if (signal.aborted) return Promise.resolve(aborted('connect', signal))
  if (!isPort(port)) {
    return Promise.resolve(failure('prepare', 'target_invalid', `Cannot connect to port ${port}: write 1 to 65535`))
  }
  const unfit = sourceIp === undefined ? undefined : unfitSource(sourceIp, address)
  if (unfit !== undefined) return Promise.resolve(unfit)
  const socket = connect(connectOptions(address, port, sourceIp))
  return whenItStands(socket, signal, (error) => connectFailure(error, addressText(address, port), sourceIp))
}

/** Of a socket whose connecting has just begun. */
export function whenItStands(
  socket: Socket,
  signal: AbortSignal,
  explain: (error: NodeJS.ErrnoException) => Failure,
): Promise<Connected | Failure> {
  return new Promise((resolve) => {
    const onAbort = () => {
      socket.destroy()
      // Half of all targets may end so: what is said of them waits for what others have to read.
      inTurn(resolve, aborted('connect', signal))
    }
    signal.addEventListener('abort', onAbort, { once: true })
    let stood = false
    // `on`, since once wraps its listener, and thousands may be waiting.
    socket.on('connect', () => {
      stood = true
      // What comes next waits until every connection of this turn of the event loop has got its time stamp.
      inTurn(resolve, { ok: true, socket, atMs: performance.now() })
    })
    // What breaks a connection that stood is no fault of connecting: whoever reads next finds the socket destroyed.
    socket.on('error', (error) => {
      if (!stood) resolve(explain(error))
    })
    socket.on('close', () => {
      signal.removeEventListener('abort', onAbort)
      // What listens hangs on the socket, and Node keeps closed sockets until a full collection.
      socket.removeAllListeners()
    })
  })
}

function connectOptions(address: Address, port: number, sourceIp: string | undefined): TcpNetConnectOpts {
  const options: TcpNetConnectOpts = {
    host: address.ip,
    port,
    family: address.family,
    autoSelectFamily: false,
    noDelay: true,
  }
  return sourceIp === undefined ? options : { ...options, localAddress: sourceIp }
}

/** Of another kind than the target's address, which the kernel would tell as a mere EINVAL. */
export function unfitSource(sourceIp: string, { ip, family }: Address): Failure | undefined {
  const own = isIP(sourceIp)
  if (own === family) return undefined
  const from = JSON.stringify(sourceIp)
  const what = own === 0 ? `${from} is no IP address` : `${from} is IPv${own} and ${ip} is IPv${family}`
  const hint = 'write a source_ip_address of the same version, or see preferred_ip_protocol and ip_protocol_fallback'
  return failure('connect', 'connect_no_source', `Cannot connect to ${ip} from the source address: ${what}; ${hint}`)
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535
}

function addressText({ ip, family }: Address, port: number): string {
  return family === 6 ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** The kernel's error codes, connect(2). */
const CONNECT_ERRORS: Readonly<Record<string, readonly [Reason, string]>> = {
  ECONNREFUSED: ['connect_refused', 'refused the connection: nothing listens on that port, or a firewall rejects it'],
  ECONNRESET: ['connect_reset', 'reset the connection while it was being made'],
  EHOSTUNREACH: ['connect_unreachable', 'cannot be reached: no route to this host'],
  ENETUNREACH: [
    'connect_unreachable',
    'cannot be reached: no route to this network; does this machine speak its IP version?',
  ],
  EHOSTDOWN: ['connect_unreachable', 'cannot be reached: the host is down'],
  ENETDOWN: ['connect_unreachable', 'cannot be reached: the network is down'],
  EADDRNOTAVAIL: [
    'connect_unreachable',
    'cannot be reached: this machine has no address or no free port to connect from',
  ],
  ETIMEDOUT: ['connect_timeout', 'did not answer: the kernel gave up; packets are dropped on the way'],
  EACCES: ['connect_failed', 'may not be connected to: a local firewall or policy forbids it (EACCES)'],
  EPERM: ['connect_failed', 'may not be connected to: a local firewall or policy forbids it (EPERM)'],
  EMFILE: ['connect_failed', 'was not tried: this process has no free file descriptor; raise its limit (ulimit -n)'],
}

function connectFailure(error: NodeJS.ErrnoException, where: string, sourceIp: string | undefined): Failure {
  const code = error.code ?? error.message
  if (code === 'EADDRNOTAVAIL' && sourceIp !== undefined) {
    const hint = 'write one of its own as source_ip_address, or leave it out'
    return failure('connect', 'connect_no_source', `This machine has no address ${sourceIp} to connect from: ${hint}`)
  }
  const [reason, found] = CONNECT_ERRORS[code] ?? (['connect_failed', `could not be connected to: ${code}`] as const)
  return failure('connect', reason, `${where} ${found}`)
}
