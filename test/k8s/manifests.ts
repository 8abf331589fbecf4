/** Objects as they stand in files, typed by their kind. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { IHTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute'
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1/Ingress'
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import type { IClusterRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole'
import type { IClusterRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding'
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap'
import type { ILimitRange } from 'kubernetes-models/v1/LimitRange'
import type { INamespace } from 'kubernetes-models/v1/Namespace'
import type { IResourceQuota } from 'kubernetes-models/v1/ResourceQuota'
import type { IService } from 'kubernetes-models/v1/Service'
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import { parseAllDocuments } from 'yaml'

export interface Kinds {
  readonly ClusterRole: IClusterRole
  readonly ClusterRoleBinding: IClusterRoleBinding
  readonly ConfigMap: IConfigMap
  readonly Deployment: IDeployment
  readonly HTTPRoute: IHTTPRoute
  readonly HorizontalPodAutoscaler: IHorizontalPodAutoscaler
  readonly Ingress: IIngress
  readonly LimitRange: ILimitRange
  readonly Namespace: INamespace
  readonly NetworkPolicy: INetworkPolicy
  readonly PodDisruptionBudget: IPodDisruptionBudget
  readonly ResourceQuota: IResourceQuota
  readonly Service: IService
  readonly ServiceAccount: IServiceAccount
  readonly ServiceMonitor: IServiceMonitor
}

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

export const ROOT = join(import.meta.dirname, '..', '..')

/** YAML 1.1, as Kubernetes reads it. */
export function parseManifests(text: string): Manifest[] {
  const documents = parseAllDocuments(text, { version: '1.1', uniqueKeys: true })
  const errors = documents.flatMap((document) => document.errors ?? [])
  if (errors.length > 0) throw new Error(errors.join('\n'))
  return documents.map((document) => document.toJS() as Manifest | null).filter((object) => object !== null)
}

/** What `kubectl apply -f FOLDER` takes: it does not look into the folders in it. */
export function manifestsIn(folder: string): Manifest[] {
  const files = globSync(`${folder}/*.{yaml,yml,json}`, { cwd: ROOT }).sort()
  return files.flatMap((file) => parseManifests(readFileSync(join(ROOT, file), 'utf8')))
}

export function ofKind<K extends keyof Kinds>(manifests: readonly Manifest[], kind: K): Kinds[K][] {
  return manifests.filter((manifest) => manifest.kind === kind) as unknown as Kinds[K][]
}

export function named<K extends keyof Kinds>(manifests: readonly Manifest[], kind: K, name: string): Kinds[K] {
  const found = ofKind(manifests, kind).find(({ metadata }) => metadata?.name === name)
  if (found === undefined) throw new Error(`no ${kind} ${name}`)
  return found
}

export type Labels = Readonly<Record<string, string>>

export interface Selector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[]
}

export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  const isMatched = Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
  return isMatched && matchExpressions.every((expression) => holds(expression, labels))
}

function holds({ key, operator, values = [] }: NonNullable<Selector['matchExpressions']>[number], labels: Labels) {
  const value = labels[key]
  if (operator === 'Exists') return value !== undefined
  if (operator === 'In') return value !== undefined && values.includes(value)
  throw new Error(`no manifest of ours has the operator ${operator} yet: teach it here`)
}
