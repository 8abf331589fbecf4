/** Targets of Kubernetes' objects, from all clusters that the configuration names. */
import type { Config, KubernetesSource } from '../../config/schema.ts'
import type { Clock } from '../../schedule/clock.ts'
import type { Finder, Health } from '../finder.ts'
import { type Found, joinFound, NOTHING } from '../found.ts'
import type { Journal } from '../journal.ts'
import { type ApiParts, createApi } from './api.ts'
import type { Kind } from './objects.ts'
import { qualifiedName } from './resources.ts'
import type { Gateway } from './route.ts'
import { type ObjectSettings, type SourceObject, targetsOf } from './targets.ts'
import { startWatch, type Watch } from './watch.ts'
import { createWatchPool, type WantedWatch } from './watch-pool.ts'
import type { WatchSpec } from './rounds.ts'

export interface KubernetesParts extends ApiParts {
  readonly clock: Clock
  readonly random: () => number
  readonly journal: Journal
  readonly onChange: () => void
  readonly onBug: (error: unknown) => void
}

/** One kind of objects of one source. */
interface Part {
  readonly kind: Kind
  readonly settings: ObjectSettings
  readonly watches: readonly Watch[]
  /** Those of the Gateways, for routes. */
  readonly gateways: readonly Watch[]
  /** Of each object as long as it stays what it is, and so do the Gateways. */
  known: WeakMap<object, Found>
}

export function createKubernetesFinder(parts: KubernetesParts): Finder {
  const { journal, onChange } = parts
  let all: readonly Part[] = []
  const pool = createWatchPool(
    (server) => createApi(server, parts),
    (spec, api) => {
      const [source, where] = [sourceOf(spec.kind), placeOf(spec)]
      return startWatch(spec, {
        ...{ api, clock: parts.clock, random: parts.random, onBug: parts.onBug },
        onChange() {
          if (spec.kind === 'gateway') for (const part of all) part.known = new WeakMap()
          onChange()
        },
        onState(state) {
          if (state === 'synced') journal.worked(source, where)
          if (state === 'absent')
            journal.absent(
              source,
              where,
              `The cluster has no ${qualifiedName(spec.kind)}: looked for again every minute`,
            )
        },
        onFailure: (failure) => journal.failed(source, where, failure),
      })
    },
  )
  return {
    configure({ discovery, modules }) {
      const wanted = discovery.kubernetes.flatMap((source) => wantedParts(source, modules))
      const watches = new Map<WantedWatch, Watch>()
      const wishes = wanted.flatMap((part) => [...part.watches, ...part.gateways])
      for (const [index, watch] of pool.reconcile(wishes).entries()) {
        const wish = wishes[index]
        if (wish !== undefined) watches.set(wish, watch)
      }
      const running = (list: readonly WantedWatch[]) => list.flatMap((wish) => watches.get(wish) ?? [])
      all = wanted.map((part) => ({
        ...part,
        watches: running(part.watches),
        gateways: running(part.gateways),
        known: new WeakMap(),
      }))
    },
    found: () => all.map((part) => ({ source: sourceOf(part.kind), found: foundIn(part) })),
    health: () => all.flatMap(healthOf),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

type WantedPart = Omit<Part, 'watches' | 'gateways' | 'known'> & Record<'watches' | 'gateways', readonly WantedWatch[]>

function wantedParts(source: KubernetesSource, modules: Config['modules']): WantedPart[] {
  const { api: server, labelSelector, objectLabels, scheme, path } = source
  const inEach = (names: readonly string[], spec: Omit<WatchSpec, 'namespace'>): WantedWatch[] =>
    (names.length === 0 ? [undefined] : names).map((namespace) => ({ server, spec: { ...spec, namespace } }))
  return source.resources.map(({ resource: kind, defaults }) => ({
    kind,
    settings: { defaults, modules, scheme, path },
    watches: inEach(source.namespaces, { kind, labelSelector, objectLabels }),
    // Whoever selects routes by labels does not mean their Gateways.
    gateways: kind.endsWith('route')
      ? inEach(source.gatewayNamespaces, { kind: 'gateway', labelSelector: '', objectLabels: [] })
      : [],
  }))
}

function sourceOf(kind: Kind): string {
  return `kubernetes/${kind}`
}

function placeOf({ namespace }: WatchSpec): string {
  return namespace === undefined ? 'all namespaces' : `namespace ${namespace}`
}

function foundIn(part: Part): Found {
  // A route whose Gateway is not known yet would be left out, only to come a moment later.
  if (part.gateways.some((watch) => watch.state() === 'starting')) return NOTHING
  const gateways = gatewaysOf(part.gateways)
  const found: Found[] = []
  for (const watch of part.watches)
    for (const object of watch.objects()) {
      // A watch holds objects of its own kind.
      const known = part.known.get(object)
      const made = known ?? targetsOf(object as SourceObject, gateways, part.settings)
      if (known === undefined) part.known.set(object, made)
      found.push(made)
    }
  return joinFound(found)
}

function gatewaysOf(watches: readonly Watch[]): ReadonlyMap<string, Gateway> {
  const all = watches.flatMap((watch) => [...watch.objects()])
  const valid = all.filter((object): object is Gateway => object.kind === 'gateway' && !('problem' in object))
  return new Map(valid.map((gateway) => [`${gateway.namespace}/${gateway.name}`, gateway]))
}

function healthOf({ kind, watches, gateways }: Part): Health[] {
  const of = (each: Kind) => (watch: Watch) => ({
    source: sourceOf(each),
    isSynced: watch.state() === 'synced' || watch.state() === 'absent',
    lastHeardSeconds: watch.lastHeardSeconds(),
  })
  return [...watches.map(of(kind)), ...gateways.map(of('gateway'))]
}
