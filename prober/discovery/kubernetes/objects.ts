/**
 * Objects as the API server sends them, and as little of each as targets are made of: ten thousand of them are kept. What
 * a field may be is not taken for granted, since anybody's controller may have written it.
 */
import { z } from 'zod'
import type { Resource } from '../../config/schema.ts'

/** The Gateway API allows 16 hosts and 64 listeners; an Ingress has no limit but its 1.5 MB. */
const MOST_ITEMS = 1000
const LONGEST_TEXT = 2048

const text = z.string().max(LONGEST_TEXT)
const maybe = text.nullish().transform((value) => value ?? '')
const port = z.number().int().min(0).max(65_535)
const record = z.record(z.string(), z.unknown()).nullish()

function list<S extends z.ZodType>(item: S) {
  return z
    .array(item)
    .max(MOST_ITEMS)
    .nullish()
    .transform((items) => items ?? [])
}

/** A block that may be missing is read as an empty one. */
function block<S extends z.ZodRawShape>(shape: S) {
  return z.preprocess((value) => value ?? {}, z.object(shape))
}

export const ANNOTATIONS = ['host', 'interval', 'module', 'path', 'skip'] as const
export type Annotation = (typeof ANNOTATIONS)[number]

const metadata = z.object({
  name: text.min(1),
  namespace: maybe,
  resourceVersion: maybe,
  labels: record,
  annotations: record,
})

const path = z.object({ type: maybe, value: maybe })
const routeMatch = z.object({
  path: path.nullish(),
  headers: list(z.unknown()),
  queryParams: list(z.unknown()),
  method: maybe,
})

const route = z.object({
  parentRefs: list(
    z.object({
      group: text.nullish(),
      kind: text.nullish(),
      namespace: maybe,
      name: text,
      sectionName: maybe,
      port: port.nullish(),
    }),
  ),
  hostnames: list(text),
})

const loadBalancer = block({ ingress: list(z.object({ ip: maybe, hostname: maybe })) })
/** `NamedAddress` is a name of the implementation's own. */
const ADDRESS_TYPES: readonly string[] = ['', 'IPAddress', 'Hostname']

const STATUS = block({ loadBalancer, addresses: list(z.object({ type: maybe, value: maybe })) })

function object<S extends z.ZodType>(spec: S) {
  return z.object({ spec, status: STATUS })
}

const OBJECTS = {
  ingress: object(
    block({
      tls: list(z.object({ hosts: list(text) })),
      rules: list(z.object({ host: maybe, http: block({ paths: list(z.object({ path: maybe, pathType: maybe })) }) })),
    }),
  ),
  httproute: object(route.extend({ rules: list(z.object({ matches: list(routeMatch) })) })),
  grpcroute: object(route),
  tlsroute: object(route),
  service: object(block({ ports: list(z.object({ name: maybe, port, protocol: maybe, appProtocol: maybe })) })),
  gateway: object(
    z.object({
      listeners: list(
        z.object({
          name: text,
          hostname: maybe,
          port,
          protocol: text,
          allowedRoutes: block({ namespaces: block({ from: maybe }) }),
        }),
      ),
    }),
  ),
} as const satisfies Record<Resource | 'gateway', z.ZodType>

export type Kind = keyof typeof OBJECTS
export type Spec<K extends Kind> = z.output<(typeof OBJECTS)[K]>['spec']

export interface KubernetesObject<K extends Kind = Kind> {
  readonly kind: K
  readonly name: string
  readonly namespace: string
  readonly resourceVersion: string
  /** Only those that were asked for. */
  readonly labels: Readonly<Record<string, string>>
  /** Ours, without the prefix. */
  readonly annotations: Readonly<Partial<Record<Annotation, string>>>
  readonly spec: Spec<K>
  /** Where a load balancer or a Gateway says that it is. */
  readonly addresses: readonly string[]
}

export interface InvalidObject {
  readonly kind: Kind
  readonly name: string
  readonly namespace: string
  readonly resourceVersion: string
  readonly problem: string
}

const PREFIX = 'sonde.dev/'

/** undefined: it has not even a name. `labels`: which to keep. */
export function readObject<K extends Kind>(
  kind: K,
  value: unknown,
  labels: readonly string[],
): KubernetesObject<K> | InvalidObject | undefined {
  const named = z.object({ metadata }).safeParse(value)
  if (!named.success) return undefined
  const { name, namespace, resourceVersion, ...meta } = named.data.metadata
  const identity = { kind, name, namespace, resourceVersion }
  const shape: z.ZodType<{ readonly spec: unknown; readonly status: z.output<typeof STATUS> }> = OBJECTS[kind]
  const parsed = shape.safeParse(value)
  if (!parsed.success) return { ...identity, problem: problemOf(parsed.error) }
  const annotations = picked(
    meta.annotations,
    ANNOTATIONS.map((key) => PREFIX + key),
  )
  const { loadBalancer: balancer, addresses } = parsed.data.status
  return {
    ...identity,
    labels: picked(meta.labels, labels),
    annotations: Object.fromEntries(Object.entries(annotations).map(([key, each]) => [key.slice(PREFIX.length), each])),
    spec: parsed.data.spec as Spec<K>,
    addresses: [
      ...balancer.ingress.map(({ ip, hostname }) => hostname || ip),
      ...addresses.filter(({ type }) => ADDRESS_TYPES.includes(type)).map(({ value }) => value),
    ],
  }
}

function picked(from: Readonly<Record<string, unknown>> | null | undefined, keys: readonly string[]) {
  const entries = keys.flatMap((key): [string, string][] => {
    const value = from !== null && from !== undefined && Object.hasOwn(from, key) ? from[key] : undefined
    return typeof value === 'string' && value.length <= LONGEST_TEXT ? [[key, value]] : []
  })
  return Object.fromEntries(entries)
}

function problemOf({ issues }: z.ZodError): string {
  const [issue] = issues
  return `${issue?.path.join('.')}: ${issue?.message}`
}
