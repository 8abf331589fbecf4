/**
 * values.yaml → values.schema.json. Helm knows JSON Schema draft-07. A comment `# -- text` describes a value; `# @schema {…}`
 * above it says what its default does not.
 */
import { type Document, isMap, isPair, isScalar, parse, parseDocument, type YAMLMap } from 'yaml'

type Schema = Readonly<Record<string, unknown>>
type Schemas = Readonly<Record<string, Schema>>

/** Of a map with the keys that have a default here, and no other. */
type Closed = Schema & { readonly properties: Schemas }

/** Values above this key are of one service; each entry of it may have them, too. */
const LIST_KEY = 'services'

export function valuesSchemaText(values: string): string {
  return `${JSON.stringify(valuesSchema(values), null, 2)}\n`
}

export function valuesSchema(values: string): Closed {
  const document: Document = parseDocument(values)
  if (!isMap(document.contents)) throw new Error('values.yaml: no map')
  const { properties, ...root } = closedSchema(document.contents, '')
  const shared = Object.entries(properties).slice(0, Object.keys(properties).indexOf(LIST_KEY))
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart sonde',
    ...root,
    properties: { ...properties, [LIST_KEY]: { ...properties[LIST_KEY], items: entrySchema(shared) } },
  }
}

/** An entry says what differs, so that nothing is required in it but its name. */
function entrySchema(shared: readonly (readonly [key: string, schema: Schema])[]): Schema {
  const properties = shared.map(([key, schema]) => [key, isClosed(schema) ? partial(schema) : refTo(key)] as const)
  return { type: 'object', additionalProperties: false, required: ['name'], properties: Object.fromEntries(properties) }
}

const refTo = (key: string): Schema => ({ $ref: `#/properties/${key}` })

function partial(schema: Schema): Schema {
  if (!isClosed(schema)) return schema
  const { required: _, properties, ...rest } = schema
  const inner = Object.entries(properties).map(([key, value]) => [key, partial(value)] as const)
  return { ...rest, properties: Object.fromEntries(inner) }
}

function isClosed(schema: Schema): schema is Closed {
  return schema.additionalProperties === false && 'properties' in schema
}

/** Helm drops a value that is set to null: what no template can do without is therefore required. */
function closedSchema(map: YAMLMap, path: string): Closed {
  const properties: Record<string, Schema> = {}
  const required: string[] = []
  for (const [index, pair] of map.items.entries()) {
    if (!isPair(pair) || !isScalar(pair.key)) throw new Error(`values.yaml: ${path}: keys are plain names`)
    const key = String(pair.key.value)
    // The comment before the first key of a map belongs to the map.
    const comment = (index === 0 ? map.commentBefore : undefined) ?? pair.key.commentBefore ?? ''
    const schema = schemaOf(pair.value, comment, `${path}${key}`)
    properties[key] = schema
    if (isNeeded(pair.value, schema)) required.push(key)
  }
  return { type: 'object', additionalProperties: false, ...(required.length > 0 ? { required } : {}), properties }
}

/** Of lists and open maps, and where the default is nothing, null says "none". */
function isNeeded(value: unknown, schema: Schema): boolean {
  if (isClosed(schema) || 'minProperties' in schema) return true
  const isOptional = Array.isArray(schema.enum) && schema.enum.includes(null)
  return isScalar(value) && value.value !== '' && !isOptional
}

function schemaOf(value: unknown, comment: string, path: string): Schema {
  const description = /^ -- (.*)$/m.exec(comment)?.[1]
  const said = parse(/^ @schema (.*)$/m.exec(comment)?.[1] ?? '{}') as Schema
  const isOpen = 'additionalProperties' in said
  if (isMap(value) && value.items.length > 0 && !isOpen) return closedSchema(value, `${path}.`)
  if (description === undefined)
    throw new Error(`values.yaml: ${path}: has no description; write "# -- what it is" above it`)
  const type = 'enum' in said ? {} : { type: typeOf(value, path) }
  return { description, ...type, ...said }
}

function typeOf(value: unknown, path: string): string {
  if (isMap(value)) return 'object'
  if (!isScalar(value)) return 'array'
  const plain = value.value
  if (typeof plain === 'number') return Number.isInteger(plain) ? 'integer' : 'number'
  if (typeof plain === 'string' || typeof plain === 'boolean') return typeof plain
  throw new Error(`values.yaml: ${path}: its default says no type; write "# @schema {type: …}" above it`)
}
