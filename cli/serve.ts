// PROVISIONAL signatures: `startProber` is what `serve` and `demo` share.
import type { Target } from '../prober/config/schema.ts'
import type { Result } from '../prober/probes/result.ts'

export interface ProberOptions {
  readonly configFile: string
  /** As Go takes them: `:9115`, `127.0.0.1:0`, `[::1]:9115`. */
  readonly listenAddresses: readonly string[]
  readonly timeoutOffsetSeconds: number
  readonly historyLimit: number
  readonly onResult?: (target: Target, result: Result) => void
}
export interface RunningProber extends AsyncDisposable {
  /** Bound addresses as URLs, in the order asked for. */
  readonly urls: readonly string[]
}
/** `message`: one sentence for the person at the terminal, e.g. which flag changes a busy port. */
export type Started =
  | { readonly ok: true; readonly prober: RunningProber }
  | { readonly ok: false; readonly messages: readonly string[] }
export declare function startProber(options: ProberOptions): Promise<Started>
