/** `discovery.kubernetes:`: objects of a cluster that say under which address something can be asked. */
import { z } from 'zod'
import { length, optional, type Report, required, rules, withDefault } from './field.ts'
import type { ResolvePath } from './file-paths.ts'
import { SCHEDULED_DEFAULTS, type TargetDefaults, toDefaults } from './file-source.ts'
import { urlText } from './proxy-config.ts'
import { checkLabels, RESERVED_LABELS, type Values } from './scheduled.ts'
import type { SecretSource } from './secret.ts'
import { type TlsConfig, toTlsConfig } from './tls-config.ts'

export const RESOURCES = ['ingress', 'httproute', 'grpcroute', 'tlsroute', 'service'] as const
/** Kinds of Kubernetes' objects that say under which address something can be asked. */
export type Resource = (typeof RESOURCES)[number]

export interface ApiServer {
  /** Without a slash at its end; undefined: that of the cluster in which the prober runs. */
  readonly url: string | undefined
  /** undefined: none is sent. */
  readonly token: SecretSource | undefined
  readonly tls: TlsConfig
}

export interface KubernetesSource {
  readonly api: ApiServer
  readonly resources: readonly { readonly resource: Resource; readonly defaults: TargetDefaults }[]
  /** Empty: all. */
  readonly namespaces: readonly string[]
  /** Where the Gateways of routes are looked for; empty: everywhere. */
  readonly gatewayNamespaces: readonly string[]
  /** Empty: all objects. */
  readonly labelSelector: string
  readonly objectLabels: readonly string[]
  /** Instead of what the object says. */
  readonly scheme: 'http' | 'https' | undefined
  readonly path: string | undefined
}

/** Names of blackbox_exporter's example configuration, where it has one. */
export const DEFAULT_MODULES: Readonly<Record<Resource, string>> = {
  ingress: 'http_2xx',
  httproute: 'http_2xx',
  grpcroute: 'grpc',
  tlsroute: 'tls_connect',
  service: 'tcp_connect',
}

const MOST_NAMESPACES = 100
const MOST_OBJECT_LABELS = 16

/** RFC 1123, as Kubernetes wants it. */
const namespace = z
  .string()
  .regex(
    /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/,
    'is no name of a namespace; use small letters, digits and -, as in "shop"',
  )

const LABEL_KEY = String.raw`([\w.-]{1,253}/)?[A-Za-z\d]([\w.-]{0,61}[A-Za-z\d])?`
const LABEL_VALUE = String.raw`([A-Za-z\d]([\w.-]{0,61}[A-Za-z\d])?)?`
const REQUIREMENT = String.raw`\s*(!?${LABEL_KEY}|${LABEL_KEY}\s*(==?|!=)\s*${LABEL_VALUE}|${LABEL_KEY}\s+(in|notin)\s*\(\s*${LABEL_VALUE}(\s*,\s*${LABEL_VALUE})*\s*\))\s*`
/** As `kubectl get --selector` takes it. */
const SELECTOR = new RegExp(`^(${REQUIREMENT}(,${REQUIREMENT})*)?$`)
const LONGEST_SELECTOR = 2048

export const kubernetesSourceBlock = rules(
  z.strictObject({
    resources: required(
      z.array(z.enum(RESOURCES)).min(1, length('is empty; write which objects, as in ["ingress"]')),
      'Which objects to read targets from.',
      { examples: [['ingress']] },
    ),
    module: optional(
      z.string(),
      'How to probe them. When not set: `http_2xx` for `ingress` and `httproute`, `grpc` for `grpcroute`, `tls_connect` for `tlsroute`, `tcp_connect` for `service`.',
      { examples: ['http_2xx'] },
    ),
    ...SCHEDULED_DEFAULTS,
    namespaces: withDefault(namespaceList(), [], 'Only objects of these; of all when empty.', { examples: [['shop']] }),
    gateway_namespaces: optional(
      namespaceList(),
      'Where the Gateways of routes are; the same as `namespaces` when not set.',
      { examples: [['gateways']] },
    ),
    label_selector: withDefault(
      z
        .string()
        .max(LONGEST_SELECTOR, length(`is longer than ${LONGEST_SELECTOR} characters; write a shorter one`))
        .regex(SELECTOR, 'is no label selector; write one as in "app=web,tier in (front,back)"'),
      '',
      'Only objects whose labels match, as for `kubectl get --selector`.',
      { examples: ['team=shop'] },
    ),
    object_labels: withDefault(
      z
        .array(z.string().regex(new RegExp(`^${LABEL_KEY}$`), 'is no label of Kubernetes; write one as in "team"'))
        .max(MOST_OBJECT_LABELS, length(`has more than ${MOST_OBJECT_LABELS} labels; write fewer`)),
      [],
      'Labels of the object to take over; other characters than letters, digits and `_` become `_`.',
      { examples: [['app.kubernetes.io/part-of']] },
    ),
    scheme: optional(z.enum(['http', 'https']), 'Instead of what the object says, as where TLS ends before it.', {
      examples: ['https'],
    }),
    path: optional(
      z.string().regex(/^\/[^\s\p{Cc}]*$/u, 'is no path; begin with /'),
      'Path to ask for instead of what the rules of the object say.',
      { examples: ['/healthz'] },
    ),
    api_server: optional(
      urlText(['https:', 'http:'], 'https://kubernetes.example.org:6443'),
      'URL of the API server; that of the cluster in which the prober runs when not set.',
      { examples: ['https://kubernetes.example.org:6443'] },
    ),
    token_file: optional(
      z.string(),
      'File of the bearer token, read at each request; without `api_server` that of the ServiceAccount.',
    ),
    ca_file: optional(
      z.string(),
      'File of the authorities to trust; without `api_server` that of the ServiceAccount, else the system’s.',
    ),
  }),
  checkKubernetes,
).meta({ id: 'kubernetes_source' })

function namespaceList() {
  return z.array(namespace).max(MOST_NAMESPACES, length(`has more than ${MOST_NAMESPACES}; leave it out for all`))
}

function checkKubernetes({ labels, resources, ...block }: Values, report: Report): void {
  checkLabels(labels, new Set([...RESERVED_LABELS, 'namespace', 'kind', 'name']), report)
  const kinds = Array.isArray(resources) ? resources : []
  const twice = kinds.findIndex((kind, index) => kinds.indexOf(kind) < index)
  if (twice >= 0) report(['resources', twice], `${JSON.stringify(kinds[twice])} stands there already; keep one`)
  if (block.gateway_namespaces !== undefined && !kinds.some(isRoute))
    report('gateway_namespaces', 'is for routes only, and there is none among the resources; remove it')
  checkApiServer(block, report)
}

function isRoute(kind: unknown): boolean {
  return typeof kind === 'string' && kind.endsWith('route')
}

function checkApiServer({ api_server: server, token_file: token }: Values, report: Report): void {
  const url = typeof server === 'string' ? URL.parse(server) : null
  if (url === null) return
  if (url.username !== '' || url.password !== '') report('api_server', 'holds credentials; write token_file')
  else if (url.search !== '' || url.hash !== '')
    report('api_server', 'has a query or a fragment; end it before the ? or #')
  else if (url.protocol === 'http:' && token !== undefined)
    report('token_file', 'would be sent in the clear; write https:// in api_server, or remove it')
}

export function toKubernetesSource(
  source: z.output<typeof kubernetesSourceBlock>,
  resolvePath: ResolvePath,
): KubernetesSource {
  const { namespaces } = source
  return {
    api: toApiServer(source, resolvePath),
    resources: source.resources.map((resource) => ({
      resource,
      defaults: toDefaults(source, source.module ?? DEFAULT_MODULES[resource]),
    })),
    namespaces,
    gatewayNamespaces: source.gateway_namespaces ?? namespaces,
    labelSelector: source.label_selector,
    objectLabels: source.object_labels,
    scheme: source.scheme,
    path: source.path,
  }
}

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

function toApiServer(source: z.output<typeof kubernetesSourceBlock>, resolvePath: ResolvePath): ApiServer {
  const isOwn = source.api_server === undefined || source.api_server === ''
  const tokenFile = source.token_file ?? (isOwn ? `${SERVICE_ACCOUNT}/token` : undefined)
  const caFile = source.ca_file ?? (isOwn ? `${SERVICE_ACCOUNT}/ca.crt` : undefined)
  return {
    url: isOwn ? undefined : source.api_server?.replace(/\/+$/, ''),
    token: tokenFile === undefined ? undefined : { from: 'file', path: resolvePath(tokenFile) },
    tls: toTlsConfig(
      { insecure_skip_verify: false, ...(caFile === undefined ? {} : { ca_file: caFile }) },
      resolvePath,
    ),
  }
}
