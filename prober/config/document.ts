/** Documents made from the schema: pure, written and checked by `sonde generate`. */
import { z } from 'zod'
import { SECTIONS } from './document-sections.ts'
import { configSchema } from './schema.ts'

/** What we read of JSON Schema; z.toJSONSchema writes no more than this for our schema. */
interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly type?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly required?: readonly string[]
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly default?: unknown
  readonly description?: string
  readonly deprecated?: boolean
}

/** JSON Schema, draft 2020-12: with `# yaml-language-server: $schema=…` an editor completes and checks the file. */
export function configJsonSchema(): JsonSchema {
  return z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' }) as JsonSchema
}

export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`
}

const INTRODUCTION = `<!-- Made from prober/config by \`npm run generate\`; do not edit. -->
# The configuration file

A blackbox.yml is a valid configuration: \`modules:\` means what it means in blackbox_exporter. \`sonde check FILE\` names
every error in a file at once, each as \`file:line:column: path: what was found; what to write\`.

- **Durations** are Go's: numbers with a unit (\`ns\`, \`us\`, \`ms\`, \`s\`, \`m\`, \`h\`), as in \`1m30s\` or \`1.5h\`. A bare number
  is refused. **Sizes** are base 2 with or without the i: \`1MB\` = \`1MiB\` = 1 048 576 bytes.
- **Paths** that are relative start from the configuration file's folder. (blackbox_exporter starts from its working
  directory, which depends on who starts it. Absolute paths mean the same in both.)
- **Files** named by \`*_file\`, \`files\` are read at each probe (those of \`tls_config\` at most once a second), so a
  rotated secret needs no reload. White space at their ends is cut off.
- **YAML**: anchors, merge keys (\`<<\`) and \`yes\`, \`no\`, \`on\`, \`off\` for true and false work. A key that is written
  twice, an unknown key and a second document are errors. A key without a value counts as not set.
- **Secrets** never appear in \`/config\`, logs, pages or errors: keys marked *secret*, request bodies, what \`send\` sends
  and gRPC metadata show as \`<secret>\`, and so do the values in \`headers\`, \`http_headers\` and oauth2's
  \`endpoint_params\` whose names look like credentials (\`Authorization\`, \`X-Api-Key\`, \`client_password\`); passwords in
  URLs show as \`xxxxx\`. Everything else of a URL is shown as it is, the query string of a target, too: keep secrets out
  of it.
- **The environment**: in any text, \`\${env:NAME}\` stands for the value of the variable NAME, and \`\${env:NAME:-text}\` for
  \`text\` when it is not set or empty. A variable that is not set and has no such default is an error; \`$\${env:\` is the
  text \`\${env:\` itself. A number, true and false may come from it, too. Keys are left as they are, and so is \`\${1}\` in \`query_response\`. A value counts as a secret:
  \`/config\`, warnings and errors show the placeholder. (What is done with it may show: the address of a
  target in its results, the name of a file in errors.) The environment is that of the start: changing it takes a restart.
- **Several files**: \`module_files\` names files, each with \`modules:\` and nothing else. A name may be used once in all of
  them. Relative paths in such a file start from its own folder. They are watched and reloaded with the file that names
  them.

    # modules/api.yml, for a sonde.yml that says: module_files: [modules]
    modules:
      api:
        prober: http
        http:
          authorization:
            credentials: \${env:API_TOKEN}

Editors complete and check the file with this line at its top:

    # yaml-language-server: $schema=sonde.schema.json
`

export function configDocument(): string {
  const schema = configJsonSchema()
  const sections = SECTIONS.map((section) => {
    const block = section.id === undefined ? schema : schema.$defs?.[section.id]
    if (block === undefined) throw new Error(`docs/configuration.md: the schema has no block ${section.id}`)
    return `## ${section.title}\n\n${section.about}\n\n${table(block)}\n\n\`\`\`yaml\n${section.example}\n\`\`\`\n`
  })
  return [INTRODUCTION, ...sections].join('\n')
}

function table(block: JsonSchema): string {
  const rows = Object.entries(block.properties ?? {}).map(([key, property]) => {
    const cells = [
      `\`${key}\``,
      typeOf(property),
      defaultOf(property, block.required?.includes(key) ?? false),
      meaningOf(property),
    ]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return ['| key | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

function typeOf(property: JsonSchema): string {
  if (property.$ref !== undefined) return link(property.$ref)
  if (property.enum !== undefined) return property.enum.map((value) => `\`${value === '' ? '""' : value}\``).join(' | ')
  if (property.pattern?.includes('ms|s|m|h') === true) return 'duration'
  if (property.pattern?.includes('KMGTPE') === true) return 'size'
  if (property.items !== undefined) return `list of ${typeOf(property.items)}`
  if (typeof property.additionalProperties === 'object')
    return `map of name to ${typeOf(property.additionalProperties)}`
  if (property.anyOf !== undefined) return property.anyOf.map(typeOf).join(' or ')
  return (
    { string: 'text', boolean: 'true or false', integer: 'whole number', number: 'number' }[property.type ?? ''] ??
    'anything'
  )
}

function link(ref: string): string {
  const section = SECTIONS.find(({ id }) => id === ref.slice(ref.lastIndexOf('/') + 1))
  if (section === undefined) throw new Error(`docs/configuration.md: no section describes ${ref}`)
  return `[${section.title}](#${section.title
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-')})`
}

function defaultOf(property: JsonSchema, isRequired: boolean): string {
  if (isRequired) return '**required**'
  if (property.default === undefined || property.$ref !== undefined) return '–'
  return `\`${typeof property.default === 'string' && property.default !== '' ? property.default : JSON.stringify(property.default)}\``
}

function meaningOf(property: JsonSchema & { readonly writeOnly?: boolean }): string {
  const marks = [property.deprecated === true ? '*Deprecated.*' : '', property.writeOnly === true ? '*Secret.*' : '']
  return [property.description ?? '', ...marks].filter((part) => part !== '').join(' ')
}
