/** Objects of a cluster → targets; pure. */
import type { KubernetesSource, Resource, TargetDefaults } from '../../config/schema.ts'
import { type Found, foundOf, NOTHING, type Skipped } from '../found.ts'
import { labelName, type Modules, targetOf } from '../target.ts'
import { isHost, isWildcard } from './hosts.ts'
import { ingressHosts } from './ingress.ts'
import type { InvalidObject, KubernetesObject } from './objects.ts'
import { addressOf } from './place.ts'
import { type Placement, placementOf } from './placement.ts'
import { type Gateways, routeHosts } from './route.ts'
import { servicePlacements } from './service.ts'

/** An object of any kind that targets are made of, so that its kind tells what it has. */
export type SourceObject = { [K in Resource]: KubernetesObject<K> }[Resource]

export interface ObjectSettings extends Pick<KubernetesSource, 'scheme' | 'path'> {
  readonly defaults: TargetDefaults
  readonly modules: Modules
}

export function targetsOf(
  object: SourceObject | InvalidObject,
  gateways: Gateways,
  { defaults, modules, ...settings }: ObjectSettings,
): Found {
  const nameOf = (id: string) =>
    ['kubernetes', object.kind, object.namespace, object.name, id].filter((part) => part !== '').join('/')
  const skipped = (id: string, rest: Omit<Skipped, 'name'>) => ({
    ...NOTHING,
    skipped: [{ name: nameOf(id), ...rest }],
  })
  if ('problem' in object) return skipped('', { reason: 'object_invalid', message: object.problem })
  const { annotations } = object
  if (annotations.skip === 'true') return skipped('', { reason: 'opted_out', message: 'says sonde.dev/skip' })
  const complaint = complaintAbout(annotations)
  if (complaint !== undefined) return skipped('', complaint)
  const labels = labelsOf(object)
  const made = unique(placements(object, gateways, settings)).map((placement) => {
    const name = nameOf(placement.id)
    if ('reason' in placement) return { ...placement, name }
    const { place } = placement
    const { module, interval } = annotations
    return targetOf(
      { name, address: (prober) => addressOf(place, prober), labels, module, interval },
      defaults,
      modules,
    )
  })
  return foundOf(made)
}

/** What no module and no rule could make good. */
function complaintAbout({ host, path }: SourceObject['annotations']): Omit<Skipped, 'name'> | undefined {
  if (path !== undefined && !/^\/[^\s\p{Cc}]*$/u.test(path))
    return { reason: 'path_invalid', message: 'sonde.dev/path is no path; begin with /' }
  if (host !== undefined && (!isHost(host) || isWildcard(host)))
    return { reason: 'address_invalid', message: 'sonde.dev/host is no host name; write one as in www.example.org' }
  return undefined
}

function placements(
  object: SourceObject,
  gateways: Gateways,
  settings: Pick<ObjectSettings, 'scheme' | 'path'>,
): Placement[] {
  switch (object.kind) {
    case 'ingress':
      return ingressHosts(object).map((host) => placementOf(object, host, settings))
    case 'service':
      return servicePlacements(object, settings)
    case 'httproute':
    case 'grpcroute':
    case 'tlsroute': {
      const { hosts, skipped, addresses } = routeHosts(object, gateways, settings)
      const addressed = { ...object, addresses }
      return [...hosts.map((host) => placementOf(addressed, host, settings)), ...skipped]
    }
  }
}

/** Two wildcards may have one sample. */
function unique(all: readonly Placement[]): Placement[] {
  return [...new Map(all.map((placement) => [placement.id, placement])).values()]
}

/** Its own come first: by them a target is found again in the cluster. */
function labelsOf({ kind, name, namespace, labels }: SourceObject): Record<string, string> {
  const taken = Object.entries(labels).map(([key, value]) => [labelName(key), value] as const)
  return { ...Object.fromEntries(taken), namespace, kind, name }
}
