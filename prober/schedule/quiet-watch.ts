/** Which targets are quiet at the moment: looked at once a minute, since windows begin and end on the minute. */
import type { Target } from '../config/schema.ts'
import type { Clock } from './clock.ts'
import { createLocalTimes, isWithin } from './quiet.ts'

export interface QuietWatch {
  isQuiet(target: Target): boolean
  quietTargets(): number
  /** Goes over the targets that have windows, now and each minute, until the next call. */
  watch(targets: Iterable<Target>): void
  stop(): void
}

/** `onQuiet` is called once when a target's window begins. */
export function createQuietWatch(clock: Clock, onQuiet: (target: Target) => void): QuietWatch {
  const localTime = createLocalTimes()
  let quiet = new Set<Target>()
  let cancelTimer = () => {}
  const isQuiet = ({ quiet: windows = [] }: Target) => {
    const now = clock.wallSeconds()
    return windows.some((window) => isWithin(window, localTime(window.timeZone, now)))
  }
  const look = (watched: readonly Target[]) => {
    const before = quiet
    quiet = new Set(watched.filter(isQuiet))
    for (const target of quiet) if (!before.has(target)) onQuiet(target)
    cancelTimer = clock.after(60 - (clock.wallSeconds() % 60), () => look(watched))
  }
  return {
    isQuiet,
    quietTargets: () => quiet.size,
    watch(targets) {
      cancelTimer()
      const watched = [...targets].filter((target) => target.quiet !== undefined)
      if (watched.length > 0) look(watched)
      else quiet = new Set()
    },
    stop: () => cancelTimer(),
  }
}
