import type { Failure, Phase, Reason } from './outcome.ts'
import { failure } from './outcome.ts'

/** One per probe: a signal that fires at the deadline or when the parent does. Dispose it when the probe ends. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  /** Above 0 until the deadline. */
  remainingSeconds(): number
  /** Fires the signal at once, for this reason. */
  end(reason: unknown): void
}

/** The abort reason that tells a passed deadline from every other cause; a nested deadline hands its parent's on. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded'
  readonly timeoutSeconds: number

  constructor(timeoutSeconds: number) {
    super(`the deadline of ${timeoutSeconds} s passed`)
    this.timeoutSeconds = timeoutSeconds
  }
}

/** setTimeout fires at once above this: 2^31 - 1 ms, nearly 25 days. */
const MAX_TIMER_MS = 2_147_483_647

/** One timer and one listener, whatever is built on it; 0 seconds or less (or NaN) fires at once. */
export function createDeadline(timeoutSeconds: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController()
  const endsAtMs = performance.now() + timeoutSeconds * 1000
  const followParent = () => controller.abort(parent?.reason)
  const expire = () => controller.abort(new DeadlineExceeded(timeoutSeconds))
  let timer: NodeJS.Timeout | undefined
  if (parent?.aborted) followParent()
  else if (!(timeoutSeconds > 0)) expire()
  else {
    timer = setTimeout(expire, Math.min(timeoutSeconds * 1000, MAX_TIMER_MS))
    parent?.addEventListener('abort', followParent, { once: true })
  }
  return {
    signal: controller.signal,
    remainingSeconds: () => (controller.signal.aborted ? 0 : Math.max(0, (endsAtMs - performance.now()) / 1000)),
    end: (reason) => controller.abort(reason),
    [Symbol.dispose]() {
      clearTimeout(timer)
      parent?.removeEventListener('abort', followParent)
    },
  }
}

const TIMEOUTS: Readonly<Record<Phase, readonly [Reason, string]>> = {
  prepare: ['prepare_timeout', 'while secrets and files were being read: the prober is overloaded, or a disk is slow'],
  token: ['token_timeout', 'while waiting for the OAuth2 token'],
  resolve: ['dns_timeout', 'while waiting for the name servers'],
  setup: ['prepare_timeout', 'while the ICMP socket was being opened'],
  rtt: ['icmp_timeout', 'while waiting for an echo reply'],
  connect: ['connect_timeout', 'before the connection stood: packets are dropped on the way, often by a firewall'],
  proxy: ['proxy_timeout', 'while waiting for the proxy'],
  tls: ['tls_timeout', 'during the TLS handshake'],
  processing: ['response_timeout', 'while waiting for the first byte of the answer'],
  transfer: ['body_timeout', 'while the body was being read'],
  dialogue: ['dialogue_timeout', 'while waiting for what was expected'],
  check: ['check_timeout', 'while the answer was being checked: the prober is overloaded, or the checks are costly'],
  other: ['internal', 'outside every phase'],
}

/** What an aborted signal means in this phase: `connect_timeout`, `tls_timeout`, … or `cancelled` when the parent fired. */
export function aborted(phase: Phase, signal: AbortSignal): Failure {
  const cause: unknown = signal.reason
  if (!(cause instanceof DeadlineExceeded))
    return failure(phase, 'cancelled', 'The probe was cancelled before its deadline')
  const [reason, when] = TIMEOUTS[phase]
  return failure(phase, reason, `The deadline of ${cause.timeoutSeconds} s passed ${when}`)
}
