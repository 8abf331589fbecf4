/**
 * values.yaml → values.schema.json. Helm knows JSON Schema draft-07. A comment `# -- text` describes a value; `# @schema {…}`
 * above it says what its default does not.
 */
import { type Document, isMap, isPair, isScalar, parse, parseDocument, type YAMLMap } from 'yaml'

type Schema = Readonly<Record<string, unknown>>

/** Values above this key are of one service; each entry of it may have them, too. */
const LIST_KEY = 'services'

export function valuesSchemaText(values: string): string {
  return `${JSON.stringify(valuesSchema(values), null, 2)}\n`
}

export function valuesSchema(values: string): Schema & { readonly properties: Readonly<Record<string, Schema>> } {
  const document: Document = parseDocument(values)
  if (!isMap(document.contents)) throw new Error('values.yaml: no map')
  const properties = propertiesOf(document.contents, '')
  const shared = Object.keys(properties).slice(0, Object.keys(properties).indexOf(LIST_KEY))
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart sonde',
    type: 'object',
    additionalProperties: false,
    properties: { ...properties, [LIST_KEY]: { ...properties[LIST_KEY], items: entrySchema(shared) } },
  }
}

function entrySchema(keys: readonly string[]): Schema {
  const properties = Object.fromEntries(keys.map((key) => [key, { $ref: `#/properties/${key}` }]))
  return { type: 'object', additionalProperties: false, required: ['name'], properties }
}

function propertiesOf(map: YAMLMap, path: string): Record<string, Schema> {
  const properties: Record<string, Schema> = {}
  for (const [index, pair] of map.items.entries()) {
    if (!isPair(pair) || !isScalar(pair.key)) throw new Error(`values.yaml: ${path}: keys are plain names`)
    const key = String(pair.key.value)
    // The comment before the first key of a map belongs to the map.
    const comment = (index === 0 ? map.commentBefore : undefined) ?? pair.key.commentBefore ?? ''
    properties[key] = schemaOf(pair.value, comment, `${path}${key}`)
  }
  return properties
}

function schemaOf(value: unknown, comment: string, path: string): Schema {
  const description = /^ -- (.*)$/m.exec(comment)?.[1]
  const said = parse(/^ @schema (.*)$/m.exec(comment)?.[1] ?? '{}') as Schema
  const isOpen = 'additionalProperties' in said
  if (isMap(value) && value.items.length > 0 && !isOpen) {
    return { type: 'object', additionalProperties: false, properties: propertiesOf(value, `${path}.`) }
  }
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
