/** A discovery on a configuration, and what happens around it, to be waited for. */
import type { SourceStatus } from '../../../prober/metrics/runtime.ts'
import type { ConfigStore } from '../../../prober/config/reload.ts'
import { parseConfig } from '../../../prober/config/load.ts'
import type { Config, Target } from '../../../prober/config/schema.ts'
import { createDiscovery } from '../../../prober/discovery/discovery.ts'
import { createTlsContexts } from '../../../prober/net/tls.ts'
import type { Clock } from '../../../prober/schedule/clock.ts'
import { createLogger } from '../../../prober/sinks/log.ts'

export interface Stage extends AsyncDisposable {
  targets(): readonly Target[]
  /** Name to address. */
  addresses(): Readonly<Record<string, string>>
  status(source: string): SourceStatus | undefined
  readonly logged: readonly string[]
  /** How often the schedule was told of other targets. */
  changes(): number
  /** Looked at again whenever something happens. */
  until(isSo: () => boolean): Promise<void>
  reload(yaml: string): Promise<void>
  /** Waits of more than a second last until `pass`. */
  readonly clock: HandClock
}

export interface HandClock extends Clock {
  /** Seconds of the longest wait at the moment, once there is one. */
  held(): Promise<number>
  /** All that wait have waited long enough. */
  pass(): void
  /** So do all from now on. */
  hurry(): void
}

export function handClock(): HandClock {
  const held = new Map<() => void, number>()
  const waiting = new Set<(seconds: number) => void>()
  let longestAtOnceSeconds = 1
  const pass = () => {
    const calls = [...held.keys()]
    held.clear()
    for (const call of calls) call()
  }
  return {
    // No time passes by itself: a slow machine makes no watch a long one.
    nowSeconds: () => 0,
    wallSeconds: () => Date.now() / 1000,
    after(seconds, call) {
      if (seconds <= longestAtOnceSeconds) {
        const immediate = setImmediate(call)
        return () => clearImmediate(immediate)
      }
      held.set(call, seconds)
      for (const resolve of waiting) resolve(seconds)
      waiting.clear()
      return () => void held.delete(call)
    },
    held: () =>
      new Promise((resolve) => {
        if (held.size > 0) resolve(Math.max(...held.values()))
        else waiting.add(resolve)
      }),
    pass,
    hurry() {
      longestAtOnceSeconds = Number.POSITIVE_INFINITY
      pass()
    },
  }
}

export interface StageOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly timeoutSeconds?: number
  /** In whose folder relative paths start. */
  readonly configFile?: string
}

export async function stage(yaml: string, options: StageOptions = {}): Promise<Stage> {
  const { environment = {}, timeoutSeconds = 5, configFile = 'sonde.yml' } = options
  const listeners: ((config: Config) => void)[] = []
  let config = await configOf(yaml, configFile)
  const waiting = new Set<() => void>()
  const lookAgain = () => {
    for (const look of [...waiting]) look()
  }
  const logged: string[] = []
  const clock = handClock()
  let changes = 0
  const discovery = createDiscovery({
    store: storeOf(() => config, listeners),
    clock,
    logger: createLogger({
      level: 'info',
      format: 'logfmt',
      write(line) {
        logged.push(line)
        setImmediate(lookAgain)
      },
    }),
    tlsContexts: createTlsContexts(0),
    environment,
    userAgent: 'Sonde/test',
    timeoutSeconds,
    random: () => 0.5,
    onBug(error) {
      logged.push(`BUG ${error instanceof Error ? error.stack : String(error)}\n`)
      lookAgain()
    },
  })
  discovery.store.onChange(() => {
    changes += 1
    lookAgain()
  })
  discovery.start()
  const targets = () => discovery.store.current().targets
  return {
    targets,
    addresses: () => Object.fromEntries(targets().map(({ name, address }) => [name, address])),
    status: (source) => discovery.status().find((status) => status.source === source),
    logged,
    changes: () => changes,
    until: (isSo) =>
      new Promise((resolve) => {
        const look = () => {
          if (!isSo()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    async reload(next) {
      config = await configOf(next, configFile)
      for (const listener of listeners) listener(config)
    },
    clock,
    [Symbol.asyncDispose]: () => discovery[Symbol.asyncDispose](),
  }
}

async function configOf(yaml: string, file: string): Promise<Config> {
  const loaded = await parseConfig(yaml, file)
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return loaded.config
}

function storeOf(current: () => Config, listeners: ((config: Config) => void)[]): ConfigStore {
  return {
    current,
    status: () => ({ successful: true, successAtSeconds: 0 }),
    reload: async () => ({ ok: true, config: current() }),
    onChange: (listener) => void listeners.push(listener),
    watch: () => ({ [Symbol.dispose]: () => undefined }),
    [Symbol.dispose]: () => undefined,
  }
}
