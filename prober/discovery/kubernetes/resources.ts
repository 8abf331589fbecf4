/** Where the API server has the objects of each kind, and which right reading them takes. */
import type { Kind } from './objects.ts'

export interface ApiResource {
  /** As RBAC names it; `''` is the core. */
  readonly group: string
  readonly resource: string
  /** The first that the cluster has; a newer one first. */
  readonly versions: readonly string[]
  /** It comes with custom resources that a cluster need not have. */
  readonly isOptional: boolean
}

const GATEWAY_API = { group: 'gateway.networking.k8s.io', isOptional: true }

export const API_RESOURCES: Readonly<Record<Kind, ApiResource>> = {
  ingress: { group: 'networking.k8s.io', resource: 'ingresses', versions: ['v1'], isOptional: false },
  service: { group: '', resource: 'services', versions: ['v1'], isOptional: false },
  gateway: { ...GATEWAY_API, resource: 'gateways', versions: ['v1'] },
  httproute: { ...GATEWAY_API, resource: 'httproutes', versions: ['v1'] },
  grpcroute: { ...GATEWAY_API, resource: 'grpcroutes', versions: ['v1'] },
  // v1 since Gateway API 1.5; before it stood in the experimental channel.
  tlsroute: { ...GATEWAY_API, resource: 'tlsroutes', versions: ['v1', 'v1alpha3', 'v1alpha2'] },
}

/** `namespace` undefined: of all. */
export function apiPath(kind: Kind, version: string, namespace: string | undefined): string {
  const { group, resource } = API_RESOURCES[kind]
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return namespace === undefined ? `${root}/${resource}` : `${root}/namespaces/${namespace}/${resource}`
}

/** `services`, `ingresses.networking.k8s.io`: as `kubectl auth can-i` takes it. */
export function qualifiedName(kind: Kind): string {
  const { group, resource } = API_RESOURCES[kind]
  return group === '' ? resource : `${resource}.${group}`
}
