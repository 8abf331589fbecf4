import type { Result } from '../probes/result.ts'

export interface Entry {
  readonly id: number
  readonly module: string
  readonly result: Result
  /** The module as it was then, as YAML with secrets masked. */
  readonly moduleYaml: string
}

export interface Probed extends Omit<Entry, 'id'> {
  /** As it was asked for; may hold credentials, so it is compared and never shown. */
  readonly target: string
}

export interface History {
  add(probed: Probed): void
  byId(id: number): Entry | undefined
  /** blackbox_exporter gives the oldest; the newest is the one that a person looks for. */
  newest(target: string, module?: string): Entry | undefined
  /** Newest first. */
  list(): readonly Entry[]
}

/** The last `limit` results, and of the older ones the last `limit` that failed. */
export function createHistory(limit: number): History {
  const recent: (Probed & Entry)[] = []
  const failed: (Probed & Entry)[] = []
  let nextId = 0
  const newestFirst = () => [...failed, ...recent].reverse()
  return {
    add(probed) {
      recent.push({ ...probed, id: nextId++ })
      const expired = recent.length > limit ? recent.shift() : undefined
      if (expired !== undefined && !expired.result.outcome.ok) failed.push(expired)
      if (failed.length > limit) failed.shift()
    },
    byId: (id) => newestFirst().find((entry) => entry.id === id),
    newest(target, module) {
      const isAsked = (entry: Probed) => entry.target === target || entry.result.target === target
      return newestFirst().find((entry) => isAsked(entry) && (module === undefined || entry.module === module))
    },
    list: newestFirst,
  }
}
