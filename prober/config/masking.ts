/** The configuration as it may be shown: the user's keys, secrets as `<secret>`, passwords in URLs as `xxxxx`. */
import { stringify } from 'yaml'
import { childSchema, metaOf } from './field.ts'
import { isSensitiveName } from './headers.ts'
import { maskUrl } from './mask-url.ts'
import { BUILT_IN_MODULES, configSchema } from './schema.ts'

const MASK = '<secret>'
/** Maps from names that the user chose: whether a value is a credential shows only in its name. */
const NAMED_BY_USER = new Set(['headers', 'http_headers', 'endpoint_params'])
const URL_KEYS = new Set(['proxy_url', 'token_url', 'address', 'url'])
/** Shown also when not set, as blackbox_exporter does, since their defaults surprise. */
const SHOWN_DEFAULTS: Readonly<Record<string, Values>> = {
  http: { ip_protocol_fallback: true, follow_redirects: true, enable_http2: true },
  tcp: { ip_protocol_fallback: true },
  dns: { ip_protocol_fallback: true, recursion_desired: true },
  icmp: { ip_protocol_fallback: true, ttl: 64 },
  grpc: { ip_protocol_fallback: true },
  websocket: { ip_protocol_fallback: true },
}

type Schema = Parameters<typeof childSchema>[0]
type Values = Readonly<Record<string, unknown>>

/** `file`: what was read, before the schema turned it into our own types. */
export function showFile(file: unknown): string {
  const { modules: _, ...others } = mask(file ?? {}, configSchema) as Values
  return stringify({ modules: shownModules(file), ...others }, OPTIONS)
}

export function showModules(file: unknown): ReadonlyMap<string, string> {
  return new Map(Object.entries(shownModules(file)).map(([name, module]) => [name, stringify(module, OPTIONS)]))
}

/** Without line folding, so that a value can be found by searching for it; every alias written out. */
const OPTIONS = { lineWidth: 0, aliasDuplicateObjects: false } as const

function shownModules(file: unknown): Readonly<Record<string, Values>> {
  const modules = (file as { readonly modules?: unknown } | undefined)?.modules ?? BUILT_IN_MODULES
  const masked = mask(modules, childSchema(configSchema, 'modules')) as Readonly<Record<string, Values>>
  return Object.fromEntries(Object.entries(masked).map(([name, module]) => [name, completed(module)]))
}

/** Blocks of other probers do nothing and are left out, and so is what else they may hold. */
function completed(module: Values): Values {
  const { timeout, resolver, addresses } = module
  const prober = String(module.prober)
  const own = module[prober] as Values | undefined
  const common = Object.entries({ prober, timeout, resolver, addresses }).filter(([, value]) => value !== undefined)
  // Without these blocks other defaults hold than within them.
  if (own === undefined && ['dns', 'grpc', 'unix'].includes(prober)) return Object.fromEntries(common)
  return { ...Object.fromEntries(common), [prober]: withoutOldKeys({ ...SHOWN_DEFAULTS[prober], ...own }) }
}

function withoutOldKeys({ no_follow_redirects, ...block }: Values): Values {
  return no_follow_redirects === true ? { ...block, follow_redirects: false } : block
}

function mask(value: unknown, schema: Schema, key = '', namedByUser = false): unknown {
  if (metaOf(schema).writeOnly === true || (namedByUser && isSensitiveName(key))) return hidden(value)
  if (Array.isArray(value)) return value.map((item, index) => mask(item, childSchema(schema, index), key))
  if (typeof value === 'object' && value !== null) return maskMap(value as Values, schema, key)
  return typeof value === 'string' && URL_KEYS.has(key) ? maskUrl(value) : value
}

function maskMap(value: Values, schema: Schema, key: string): Values {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(
    entries.map(([name, item]) => [name, mask(item, childSchema(schema, name), name, NAMED_BY_USER.has(key))]),
  )
}

/** Keeps the form, so that a reader sees how many there are and under which names; hides every text. */
function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hidden)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, hidden(item)]))
  }
  return value === undefined || value === '' ? value : MASK
}
