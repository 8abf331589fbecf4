/** Keeps the objects of one kind as the API server has them. What was known stays while the server is away. */
import type { Clock } from '../../schedule/clock.ts'
import { type SourceFailure, sourceFailure } from '../failure.ts'
import { pause } from '../pause.ts'
import type { Api } from './api.ts'
import { createObjectStore, type StoredObject } from './object-store.ts'
import { createPauses, type Pauses } from './pauses.ts'
import { API_RESOURCES, qualifiedName } from './resources.ts'
import { createRounds, type Round, type Verb, type WatchSpec } from './rounds.ts'

export interface WatchParts {
  readonly api: Api
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  /** Of the objects, or of what is known of them as a whole. */
  readonly onChange: () => void
  readonly onState: (state: WatchState) => void
  readonly onFailure: (failure: SourceFailure) => void
  readonly onBug: (error: unknown) => void
}

/** `absent`: the cluster has no such kind; it is looked for again. */
export type WatchState = 'starting' | 'synced' | 'absent' | 'failed'

export interface Watch {
  objects(): Iterable<StoredObject>
  state(): WatchState
  /** Unix time; undefined: never. */
  lastHeardSeconds(): number | undefined
  /** Resolves when its last request has ended. */
  stop(): Promise<void>
}

/** What ends sooner, without a word, was no watch: it must not be begun again at once for ever. */
const SHORTEST_WATCH_SECONDS = 5

export function startWatch(spec: WatchSpec, parts: WatchParts): Watch {
  const { clock, onFailure } = parts
  const store = createObjectStore(spec.kind, spec.objectLabels, parts.onChange)
  const pauses = createPauses(parts.random)
  const stopped = new AbortController()
  let state: WatchState = 'starting'
  let lastHeardSeconds: number | undefined

  function become(next: WatchState): void {
    if (next !== 'failed') lastHeardSeconds = clock.wallSeconds()
    if (state === next) return
    state = next
    parts.onState(next)
    parts.onChange()
  }
  const onSynced = () => become('synced')
  const onEvent = () => {
    pauses.heard()
    become('synced')
  }
  const nextRound = createRounds(spec, { ...parts, store, onSynced, onEvent, onLeftOut: onFailure })

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      const beganSeconds = clock.nowSeconds()
      const round = await nextRound(stopped.signal)
      if (stopped.signal.aborted) return
      if (round.verb === 'watch' && clock.nowSeconds() - beganSeconds >= SHORTEST_WATCH_SECONDS) pauses.heard()
      const judged = judge(round, spec, pauses)
      if (judged.failure !== undefined) onFailure(judged.failure)
      if (judged.state !== undefined) become(judged.state)
      await pause(clock, judged.pauseSeconds, stopped.signal)
    }
  }
  const running = run().catch(parts.onBug)
  return {
    objects: store.values,
    state: () => state,
    lastHeardSeconds: () => lastHeardSeconds,
    stop() {
      stopped.abort()
      return running
    },
  }
}

interface Judged {
  readonly pauseSeconds: number
  /** undefined: as it was. */
  readonly state?: WatchState
  readonly failure?: SourceFailure
}

function judge(round: Round, spec: WatchSpec, pauses: Pauses): Judged {
  if (round.ok) return { pauseSeconds: round.verb === 'list' ? 0 : pauses.afterEnd() }
  const { failure } = round
  switch (failure.reason) {
    case 'expired':
      return { pauseSeconds: pauses.afterEnd(), failure }
    case 'not_found':
      if (API_RESOURCES[spec.kind].isOptional) return { pauseSeconds: pauses.afterRefusal(), state: 'absent' }
      break
    case 'forbidden':
      return { pauseSeconds: pauses.afterRefusal(), state: 'failed', failure: missingRight(round.verb, spec) }
  }
  return { pauseSeconds: pauses.afterFailure(failure), state: 'failed', failure }
}

function missingRight(verb: Verb, { kind, namespace }: WatchSpec): SourceFailure {
  const { group, resource } = API_RESOURCES[kind]
  const [where, role] = namespace === undefined ? ['in all namespaces', 'ClusterRole'] : [`in ${namespace}`, 'Role']
  const rule = `{apiGroups: [${JSON.stringify(group)}], resources: [${resource}], verbs: [get, list, watch]}`
  return sourceFailure(
    'forbidden',
    `may not ${verb} ${qualifiedName(kind)} ${where}; give its ServiceAccount a ${role} with ${rule}`,
  )
}
