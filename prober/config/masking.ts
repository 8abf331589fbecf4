/** The configuration as it may be shown: the user's keys, secrets as `<secret>`, passwords in URLs as `xxxxx`. */
import { stringify } from 'yaml'
import { childSchema, metaOf } from './field.ts'
import { isSensitiveName } from './headers.ts'
import { maskUrl } from './mask-url.ts'
import { BUILT_IN_MODULES, configSchema, PROBERS } from './schema.ts'

const MASK = '<secret>'
/** Maps from names that the user chose: whether a value is a credential shows only in its name. */
const NAMED_BY_USER = new Set(['headers', 'http_headers', 'endpoint_params'])
const URL_KEYS = new Set(['proxy_url', 'token_url', 'address'])
/** Shown also when not set, as blackbox_exporter does, since their defaults surprise. */
const SHOWN_HTTP_DEFAULTS = { ip_protocol_fallback: true, follow_redirects: true, enable_http2: true }

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
  const { prober, timeout, ...blocks } = module
  const http = { ...SHOWN_HTTP_DEFAULTS, ...(blocks.http as object | undefined) } as Record<string, unknown>
  if (http.no_follow_redirects === true) http.follow_redirects = false
  delete http.no_follow_redirects
  return { prober: prober ?? PROBERS[0], ...(timeout === undefined ? {} : { timeout }), http }
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
