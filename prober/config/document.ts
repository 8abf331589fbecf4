/** Documents made from the schema: pure, written and checked by `sonde generate`. */
import { z } from 'zod'
import { configSchema } from './schema.ts'

/** What we read of JSON Schema; z.toJSONSchema writes no more than this for our schema. */
interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly type?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
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

interface Section {
  /** Of the schema's `$defs`; undefined is the file itself. */
  readonly id: string | undefined
  readonly title: string
  readonly about: string
  /** A whole file, so that a test can load it. */
  readonly example: string
}

const SECTIONS: readonly Section[] = [
  {
    id: undefined,
    title: 'The file',
    about: 'Two keys, both optional.',
    example: `modules:
  http_2xx:
    prober: http
    timeout: 5s
targets:
  - name: website
    address: https://www.example.org/
    module: http_2xx`,
  },
  {
    id: 'module',
    title: 'module',
    about: 'One way to probe, under a name of your choice in `modules:`.',
    example: `modules:
  http_ipv4:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4`,
  },
  {
    id: 'http',
    title: 'http',
    about: `At most one of \`basic_auth\`, \`authorization\`, \`oauth2\`, \`bearer_token\` and \`bearer_token_file\`; at most one of
\`body\` and \`body_file\`. \`no_proxy\` needs \`proxy_url\`; \`proxy_from_environment\` excludes both; \`proxy_connect_header\`
needs one of them. Regular expressions are RE2, as in Go: unanchored, without lookaround and backreferences.`,
    example: `modules:
  http_json_up:
    prober: http
    timeout: 10s
    http:
      method: POST
      headers:
        Content-Type: application/json
      body: '{"ping": true}'
      valid_status_codes: [200, 204]
      valid_http_versions: ["HTTP/1.1", "HTTP/2.0"]
      fail_if_not_ssl: true
      fail_if_header_not_matches:
        - header: Content-Type
          regexp: ^application/json
      fail_if_body_json_not_matches_cel: body.status == 'UP'
      body_size_limit: 1MB`,
  },
  {
    id: 'http_header',
    title: 'http_headers',
    about: `Header name to one of these maps. Names that something else sets (\`Authorization\`, \`Host\`, \`Accept-Encoding\`,
\`Content-Type\`, \`User-Agent\` and their like) are refused here; write them under \`headers\`.`,
    example: `modules:
  http_with_key:
    prober: http
    http:
      http_headers:
        X-Api-Key:
          files: [api-key]
        X-Team:
          values: [web]`,
  },
  {
    id: 'header_matcher',
    title: 'fail_if_header_matches, fail_if_header_not_matches',
    about: 'A list of these. `header` and `regexp` are required.',
    example: `modules:
  http_no_cookie:
    prober: http
    http:
      fail_if_header_matches:
        - header: Set-Cookie
          regexp: .*
          allow_missing: true`,
  },
  {
    id: 'basic_auth',
    title: 'basic_auth',
    about: 'At most one of each pair.',
    example: `modules:
  http_login:
    prober: http
    http:
      basic_auth:
        username: prober
        password_file: password`,
  },
  {
    id: 'authorization',
    title: 'authorization',
    about: 'At most one of `credentials` and `credentials_file`. For Basic, write `basic_auth`.',
    example: `modules:
  http_token:
    prober: http
    http:
      authorization:
        credentials_file: token`,
  },
  {
    id: 'oauth2',
    title: 'oauth2',
    about: 'The client credentials grant (RFC 6749 §4.4). The JWT grants are not supported.',
    example: `modules:
  http_oauth2:
    prober: http
    timeout: 10s
    http:
      oauth2:
        client_id: sonde
        client_secret_file: client-secret
        token_url: https://login.example.org/token
        scopes: [read]`,
  },
  {
    id: 'tls_config',
    title: 'tls_config',
    about: 'At most one of each pair of a text and a file. A certificate needs its key, a key its certificate.',
    example: `modules:
  https_internal:
    prober: http
    http:
      tls_config:
        ca_file: ca.pem
        cert_file: client.pem
        key_file: client-key.pem
        server_name: www.example.org
        min_version: TLS12`,
  },
  {
    id: 'target',
    title: 'target',
    about: `Probed on Sonde’s own schedule; the latest results stand on \`/metrics\`, labelled by \`instance\`. Labels that the
metrics have themselves (\`instance\`, \`phase\`, \`reason\`, …) and names that begin with \`__\` are refused.`,
    example: `targets:
  - name: website
    address: https://www.example.org/
    interval: 15s
    labels:
      team: web
  - address: localhost:8080/health`,
  },
]

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
- **Secrets** never appear in \`/config\`, logs, pages or errors: keys marked *secret* and request bodies show as
  \`<secret>\`, and so do the values in \`headers\`, \`http_headers\` and oauth2's \`endpoint_params\` whose names look like
  credentials (\`Authorization\`, \`X-Api-Key\`, \`client_password\`); passwords in URLs show as \`xxxxx\`. Everything else of
  a URL is shown as it is, the query string of a target, too: keep secrets out of it.

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
  return { string: 'text', boolean: 'true or false', integer: 'whole number' }[property.type ?? ''] ?? 'anything'
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
