/** What the rules of an object come to: per host one place to ask, or why there is none. */
import { isIP } from 'node:net'
import type { SkipReason } from '../found.ts'
import { isHost, isSample, isWildcard } from './hosts.ts'
import type { KubernetesObject } from './objects.ts'
import type { Place } from './place.ts'

export type Placement = Placed | Unplaced

export interface Placed {
  /** Tells it from the others of the object. */
  readonly id: string
  readonly place: Place
}

export interface Unplaced {
  readonly id: string
  readonly reason: SkipReason
  readonly message: string
}

/** Instead of what objects say. */
export interface PlaceSettings {
  readonly scheme: 'http' | 'https' | undefined
  readonly path: string | undefined
}

/** Of a rule: a host as it is written, `''` for any, and what is known of the way there. */
export interface RuledHost extends Omit<Place, 'host' | 'path'> {
  readonly host: string
  /** Of the rules for this host. */
  readonly paths: readonly RulePath[]
}

export interface RulePath {
  readonly path: string
  /** A request for the path itself is one that the rule is for. */
  readonly isAskable: boolean
}

export function placementOf(object: KubernetesObject, ruled: RuledHost, settings: PlaceSettings): Placement {
  const host = realHost(object, ruled.host)
  if (typeof host !== 'string') return host
  const path = pathOf(object, settings, ruled.paths)
  const isSecure = settings.scheme === undefined ? ruled.isSecure : settings.scheme === 'https'
  // The port belongs to the scheme that the object says.
  const port = isSecure === ruled.isSecure ? ruled.port : undefined
  return { id: host, place: { isSecure, host, port, path } }
}

/** The one to be asked: a sample where a wildcard stands, the load balancer's where none does. */
function realHost(object: KubernetesObject, host: string): string | Unplaced {
  const sample = object.annotations.host
  if (host !== '' && !isHost(host)) return { id: host, reason: 'address_invalid', message: 'its host is no host name' }
  if (sample !== undefined && isSample(sample, host)) return sample
  if (isWildcard(host)) {
    const message = 'a wildcard is no host to ask; name one with the annotation sonde.dev/host'
    return { id: host, reason: 'wildcard_host', message }
  }
  if (host !== '') return host
  const [address] = object.addresses.filter((each) => each !== '')
  if (address === undefined) {
    const message = 'has neither a host nor an address yet; name one with the annotation sonde.dev/host'
    return { id: '', reason: 'host_missing', message }
  }
  if (isIP(address) !== 0 || isHost(address)) return address
  return {
    id: address,
    reason: 'address_invalid',
    message: 'the address in its status is neither an IP nor a host name',
  }
}

export function pathOf({ annotations }: KubernetesObject, settings: PlaceSettings, paths: readonly RulePath[]): string {
  return annotations.path ?? settings.path ?? askablePath(paths)
}

/** `/` where a rule takes it, or else the first that one takes; an answer to any other path says nothing of the backend. */
function askablePath(paths: readonly RulePath[]): string {
  const askable = paths.filter(({ isAskable }) => isAskable).map(({ path }) => path)
  return askable.includes('/') ? '/' : (askable[0] ?? '/')
}
