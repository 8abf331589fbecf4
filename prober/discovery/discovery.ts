/**
 * Targets that are found while the prober runs, beside those that are written down. Everybody else sees them as part of
 * the configuration: a target that comes or goes is a reload of that one target.
 */
import type { Logger } from 'pino'
import type { ConfigStore } from '../config/reload.ts'
import type { Config, Target } from '../config/schema.ts'
import type { SourceStatus } from '../metrics/runtime.ts'
import type { Clock } from '../schedule/clock.ts'
import { collect, type SourceCount } from './collected.ts'
import type { Finder, Health } from './finder.ts'
import type { SkipReason, Skipped } from './found.ts'
import { createJournal, type Journal } from './journal.ts'
import { lazyFinder } from './lazy-finder.ts'
import type { ApiParts } from './kubernetes/api.ts'
import { createUpdates } from './updates.ts'

export interface DiscoveryParts extends Omit<ApiParts, 'timeoutSeconds'> {
  readonly store: ConfigStore
  readonly clock: Clock
  readonly logger: Logger
  readonly onBug: (error: unknown) => void
  /** Of a request to an API server. */
  readonly timeoutSeconds?: number
  /** From 0 up to 1: so that many probers do not come back at the same moment. */
  readonly random?: () => number
}

export interface Discovery extends AsyncDisposable {
  /** The configuration with what was found in it; changes when either does. */
  readonly store: ConfigStore
  start(): void
  status(): readonly SourceStatus[]
}

/** As long as client-go waits. */
const REQUEST_TIMEOUT_SECONDS = 30

export function createDiscovery(parts: DiscoveryParts): Discovery {
  const { store, clock, logger } = parts
  const journal = createJournal(logger)
  const updates = createUpdates(clock, () => void (look() && tell()))
  const finders = createFinders(parts, journal, updates.ask)
  const listeners: ((config: Config) => void)[] = []
  let found: readonly Target[] = []
  let sources: ReadonlyMap<string, SourceCount> = new Map()
  let isStarted = false
  let written = store.current()
  let joined = written

  /** Whether the targets are others than before. */
  function look(): boolean {
    const before = found
    const collected = collect(
      finders.flatMap((finder) => finder.found()),
      store.current().targets,
      before,
    )
    logSkipped(logger, sources, collected.sources)
    sources = collected.sources
    const { targets } = collected
    const isSame = targets.length === before.length && targets.every((target, index) => target === before[index])
    if (isSame && written === store.current()) return false
    found = targets
    written = store.current()
    joined = withTargets(written, found)
    return !isSame
  }

  function tell(): void {
    for (const listener of listeners) listener(joined)
  }

  function configure(): void {
    if (isStarted) for (const finder of finders) finder.configure(store.current())
    look()
  }
  // Modules that are gone must be gone from the targets by the time that anybody hears of it.
  store.onChange(() => {
    configure()
    tell()
  })
  return {
    store: { ...store, current: () => joined, onChange: (listener) => void listeners.push(listener) },
    start() {
      isStarted = true
      configure()
    },
    status: () => statusOf(finders, sources, journal),
    async [Symbol.asyncDispose]() {
      updates[Symbol.dispose]()
      await Promise.all(finders.map((finder) => finder[Symbol.asyncDispose]()))
    },
  }
}

function createFinders(parts: DiscoveryParts, journal: Journal, onChange: () => void): readonly Finder[] {
  const { timeoutSeconds = REQUEST_TIMEOUT_SECONDS, random = Math.random } = parts
  const common = { ...parts, timeoutSeconds, random, journal, onChange }
  return [
    lazyFinder(
      ({ files }) => files.length > 0,
      async () => (await import('./files/finder.ts')).createFileFinder(common),
      parts.onBug,
    ),
    lazyFinder(
      ({ kubernetes }) => kubernetes.length > 0,
      async () => (await import('./kubernetes/finder.ts')).createKubernetesFinder(common),
      parts.onBug,
    ),
  ]
}

/** Its YAML is made only when somebody asks for it: what it has by getters stays so. */
function withTargets(config: Config, found: readonly Target[]): Config {
  if (found.length === 0) return config
  const targets = { value: [...config.targets, ...found], enumerable: true }
  return Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(config), targets }) as Config
}

/** Who opted out knows it; the rest is told once, for as long as it stays so. */
const MOST_TOLD_AT_ONCE = 50

function logSkipped(
  logger: Logger,
  before: ReadonlyMap<string, SourceCount>,
  now: ReadonlyMap<string, SourceCount>,
): void {
  const keyOf = ({ name, reason }: Skipped) => `${reason} ${name}`
  for (const [source, { skipped }] of now) {
    const known = new Set(before.get(source)?.skipped.map(keyOf))
    const news = skipped.filter((each) => each.reason !== 'opted_out' && !known.has(keyOf(each)))
    for (const { name: instance, reason, message: err } of news.slice(0, MOST_TOLD_AT_ONCE))
      logger.warn({ source, instance, reason, err }, 'Discovered target left out')
    const more = news.length - MOST_TOLD_AT_ONCE
    if (more > 0) logger.warn({ source, count: more }, 'More discovered targets left out')
  }
}

function statusOf(
  finders: readonly Finder[],
  counts: ReadonlyMap<string, SourceCount>,
  journal: Journal,
): SourceStatus[] {
  const health = Map.groupBy(
    finders.flatMap((finder) => finder.health()),
    ({ source }) => source,
  )
  return [...health].map(([source, all]) => ({
    source,
    targets: counts.get(source)?.targets ?? 0,
    skipped: countedByReason(counts.get(source)?.skipped ?? []),
    failures: journal.failures().get(source) ?? new Map(),
    isSynced: all.every(({ isSynced }) => isSynced),
    lastHeardSeconds: oldest(all),
  }))
}

function countedByReason(skipped: readonly Skipped[]): ReadonlyMap<SkipReason, number> {
  return new Map([...Map.groupBy(skipped, ({ reason }) => reason)].map(([reason, all]) => [reason, all.length]))
}

function oldest(all: readonly Health[]): number | undefined {
  const heard = all.map(({ lastHeardSeconds }) => lastHeardSeconds)
  return heard.includes(undefined) ? undefined : Math.min(...heard.map(Number))
}
