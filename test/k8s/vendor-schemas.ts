/**
 * `node test/k8s/vendor-schemas.ts`: writes test/fixtures/schemas, the JSON schemas by which kubeconform knows the kinds in
 * use, from what Kubernetes, the Prometheus Operator, Gateway API and Cilium publish as Go modules. A field that none of
 * them has is refused: the API server would drop it without a word.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { SCHEMAS } from './kubeconform.ts'

/** What docs/kubernetes.md names. */
const OLDEST = 'v1.30.0'
const NEWEST = 'v1.36.2'

/** Kinds by the groups that Kubernetes itself has, as its definitions are called. */
const CORE = [
  'api.apps.v1.Deployment',
  'api.autoscaling.v2.HorizontalPodAutoscaler',
  'api.core.v1.ConfigMap',
  'api.core.v1.LimitRange',
  'api.core.v1.Namespace',
  'api.core.v1.Pod',
  'api.core.v1.ResourceQuota',
  'api.core.v1.Service',
  'api.core.v1.ServiceAccount',
  'api.networking.v1.Ingress',
  'api.networking.v1.NetworkPolicy',
  'api.policy.v1.PodDisruptionBudget',
  'api.rbac.v1.ClusterRole',
  'api.rbac.v1.ClusterRoleBinding',
] as const

const OPERATOR = 'github.com/prometheus-operator/prometheus-operator@v0.93.0'
const GATEWAY_API = 'sigs.k8s.io/gateway-api@v1.6.1'
const CILIUM = 'github.com/cilium/cilium@v1.18.0'

const EXTENSIONS = [
  [OPERATOR, 'example/prometheus-operator-crd/monitoring.coreos.com_probes.yaml'],
  [OPERATOR, 'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml'],
  [OPERATOR, 'example/prometheus-operator-crd/monitoring.coreos.com_scrapeconfigs.yaml'],
  [OPERATOR, 'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml'],
  [GATEWAY_API, 'config/crd/standard/gateway.networking.k8s.io_gateways.yaml'],
  [GATEWAY_API, 'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml'],
  [CILIUM, 'pkg/k8s/apis/cilium.io/client/crds/v2/ciliumnetworkpolicies.yaml'],
] as const

type Schema = { readonly [key: string]: unknown }
type Definitions = Readonly<Record<string, Schema>>

const PREFIX = 'io.k8s.'
const METADATA = 'apimachinery.pkg.apis.meta.v1.ObjectMeta'

function moduleFolder(module: string): string {
  const { stdout, stderr } = spawnSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8' })
  const { Dir, Error: error = stderr } = JSON.parse(stdout || '{}') as {
    readonly Dir?: string
    readonly Error?: string
  }
  if (Dir === undefined) throw new Error(`${module}: ${error}`)
  return Dir
}

function definitionsOf(version: string): Definitions {
  const file = join(moduleFolder(`k8s.io/kubernetes@${version}`), 'api/openapi-spec/swagger.json')
  const { definitions } = JSON.parse(readFileSync(file, 'utf8')) as { readonly definitions: Definitions }
  return Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [withoutPrefix(name), strict(schema, withoutPrefix(name))]),
  )
}

function withoutPrefix(name: string): string {
  return name.replace(PREFIX, '')
}

/** Go's types that are written in more than one way. */
const LOOSE: Readonly<Record<string, Schema>> = {
  'apimachinery.pkg.util.intstr.IntOrString': { type: ['integer', 'string'] },
  'apimachinery.pkg.api.resource.Quantity': { type: ['number', 'string'] },
}

/** What the API server holds an object to; words of explanation and rules in CEL are left out. */
const KEPT = [
  ...['type', 'required', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum'],
  ...['minItems', 'maxItems', 'minProperties', 'maxProperties'],
] as const

/** `name`: of a definition of Kubernetes' own. */
function strict(schema: Schema, name = ''): Schema {
  const loose =
    LOOSE[name] ?? (schema['x-kubernetes-int-or-string'] === true ? { type: ['integer', 'string'] } : undefined)
  if (loose !== undefined) return loose
  const kept = Object.fromEntries(KEPT.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]]])))
  const { $ref, properties, items, additionalProperties } = schema
  if (typeof $ref === 'string') return { $ref: `#/definitions/${withoutPrefix($ref.replace('#/definitions/', ''))}` }
  if (isSchema(items)) Object.assign(kept, { items: strict(items) })
  if (isSchema(additionalProperties)) Object.assign(kept, { additionalProperties: strict(additionalProperties) })
  if (!isSchema(properties)) return kept
  const own = Object.entries(properties).map(([key, value]) => [key, strict(value as Schema)] as const)
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties !== undefined
  return { ...kept, properties: Object.fromEntries(own), ...(isOpen ? {} : { additionalProperties: false }) }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null
}

/** With all that it refers to, and nothing else. */
function standalone(root: Schema, definitions: Definitions): string {
  const needed = new Set<string>()
  const visit = (schema: unknown) => {
    for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)) {
      if (needed.has(name)) continue
      needed.add(name)
      visit(definitions[name])
    }
  }
  visit(root)
  const lines = [...needed].sort().map((name) => `${JSON.stringify(name)}: ${JSON.stringify(definitions[name])}`)
  const own = Object.entries(root).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
  return `{\n${[...own, `"definitions": {\n${lines.join(',\n')}\n}`].join(',\n')}\n}\n`
}

/** As kubeconform looks for it: `deployment-apps-v1.json`, `service-v1.json`. */
function fileName(kind: string, group: string, version: string): string {
  const [first = ''] = group.split('.')
  return `${[kind.toLowerCase(), ...(first === 'core' ? [] : [first]), version].join('-')}.json`
}

function write(folder: string, file: string, text: string): void {
  mkdirSync(join(SCHEMAS, folder), { recursive: true })
  writeFileSync(join(SCHEMAS, folder, file), text)
}

function writeCore(version: string, definitions: Definitions): void {
  for (const name of CORE) {
    const [, group = '', apiVersion = '', kind = ''] = name.split('.')
    const schema = definitions[name]
    if (schema === undefined) throw new Error(`Kubernetes ${version} has no ${name}`)
    write(version, fileName(kind, group, apiVersion), standalone(schema, definitions))
  }
}

interface Extension {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly {
      readonly name: string
      readonly storage: boolean
      readonly schema: { readonly openAPIV3Schema: Schema }
    }[]
  }
}

/** In the version in which it is kept. What it says of `metadata` itself is that it is an object. */
function writeExtension(module: string, file: string, definitions: Definitions): void {
  const { spec } = parse(readFileSync(join(moduleFolder(module), file), 'utf8')) as Extension
  for (const { name, schema } of spec.versions.filter(({ storage }) => storage)) {
    const { properties, ...rest } = strict(schema.openAPIV3Schema)
    const metadata = { metadata: { $ref: `#/definitions/${METADATA}` } }
    const root = { ...rest, properties: { ...(properties as Schema), ...metadata } }
    write('extensions', fileName(spec.names.kind, spec.group, name), standalone(root, definitions))
  }
}

rmSync(SCHEMAS, { recursive: true, force: true })
for (const version of [OLDEST, NEWEST]) writeCore(version, definitionsOf(version))
const newest = definitionsOf(NEWEST)
for (const [module, file] of EXTENSIONS) writeExtension(module, file, newest)
