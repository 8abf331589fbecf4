/** What goes wrong with sources: counted each time, told once until it works again. */
import type { Logger } from 'pino'
import type { FailureReason, SourceFailure } from './failure.ts'

export interface Journal {
  /** `where`: which part of the source, as a file or a namespace. */
  failed(source: string, where: string, failure: SourceFailure): void
  /** It works again, or for the first time. */
  worked(source: string, where: string): void
  /** Nothing is wrong, and there is nothing. */
  absent(source: string, where: string, message: string): void
  failures(): ReadonlyMap<string, ReadonlyMap<FailureReason, number>>
}

/** What happens to every watcher that was away for a while. */
const USUAL: readonly FailureReason[] = ['expired']

/** Names of files come and go. */
const MOST_REMEMBERED = 10_000

export function createJournal(logger: Logger): Journal {
  const counts = new Map<string, Map<FailureReason, number>>()
  const told = new Map<string, string>()
  const isNews = (source: string, where: string, what: string) => {
    const key = `${source}\n${where}`
    if (told.get(key) === what) return false
    if (told.size >= MOST_REMEMBERED) told.clear()
    told.set(key, what)
    return true
  }
  return {
    failed(source, where, { reason, message: err }) {
      const ofSource = counts.get(source) ?? new Map<FailureReason, number>()
      counts.set(source, ofSource)
      ofSource.set(reason, (ofSource.get(reason) ?? 0) + 1)
      if (USUAL.includes(reason)) logger.debug({ source, where, reason, err }, 'Discovery begins anew')
      else if (isNews(source, where, reason)) logger.warn({ source, where, reason, err }, 'Discovery failed')
    },
    worked(source, where) {
      if (told.delete(`${source}\n${where}`)) logger.info({ source, where }, 'Discovery works again')
    },
    absent(source, where, message) {
      if (isNews(source, where, 'absent')) logger.info({ source, where }, message)
    },
    failures: () => counts,
  }
}
