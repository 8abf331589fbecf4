/** Says zod's findings in our form: what was found; what to write. Values are not repeated, as any may be a secret. */
import type { z } from 'zod'
import { childSchema, metaOf, unwrapped } from './field.ts'
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'

type Issue = z.core.$ZodIssue

/** Keys that blackbox_exporter's libraries know and we refuse, with the reason. */
const NO_SECRET_MANAGER = 'is not supported, there is no secret manager; write'
const NO_JWT = 'is not supported, the only grant is client_credentials; remove it and write client_secret'
const REFUSED_KEYS: Readonly<Record<string, string>> = {
  username_ref: `${NO_SECRET_MANAGER} username_file`,
  password_ref: `${NO_SECRET_MANAGER} password_file`,
  credentials_ref: `${NO_SECRET_MANAGER} credentials_file`,
  client_secret_ref: `${NO_SECRET_MANAGER} client_secret_file`,
  ca_ref: `${NO_SECRET_MANAGER} ca_file`,
  cert_ref: `${NO_SECRET_MANAGER} cert_file`,
  key_ref: `${NO_SECRET_MANAGER} key_file`,
  client_certificate_key: NO_JWT,
  client_certificate_key_file: NO_JWT,
  client_certificate_key_ref: NO_JWT,
  client_certificate_key_id: NO_JWT,
  signature_algorithm: NO_JWT,
  iss: NO_JWT,
  audience: NO_JWT,
  claims: NO_JWT,
}

export function problemsOf(issue: Issue, schema: z.ZodType, root: unknown): Problem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  const here = path.reduce<z.ZodType | undefined>(childSchema, schema)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, shownKey(key)], message: unknownKey(key, here), atKey: true }))
    case 'invalid_type':
      return [{ path, message: wrongType(issue.expected, lookUp(root, path), exampleOf(here, path)) }]
    case 'invalid_value':
      // Messages of our own begin in lower case or with the quoted value; zod's begin with "Invalid".
      return [
        {
          path,
          message: issue.message.startsWith('Invalid')
            ? wrongChoice(issue.values, lookUp(root, path).value)
            : issue.message,
        },
      ]
    case 'invalid_union':
      return unionProblems(issue, path, schema, root)
    case 'custom':
      return [{ path, message: issue.message, quotesText: issue.params?.quotesText === true }]
    case 'too_small':
    case 'too_big':
    case 'invalid_format':
      return [{ path, message: issue.message }]
    default:
      return [{ path, message: `${issue.message}; see docs/configuration.md` }]
  }
}

/** A text or a map: what is wrong inside of a map is told, and what is neither is told once. */
function unionProblems(
  { errors }: Extract<Issue, { code: 'invalid_union' }>,
  path: (string | number)[],
  schema: z.ZodType,
  root: unknown,
): Problem[] {
  const { value } = lookUp(root, path)
  const inside = typeof value === 'object' && value !== null && !Array.isArray(value)
  const issues = inside ? (errors.find((branch) => branch.every((issue) => !isOfWhole(issue))) ?? []) : []
  if (issues.length === 0) return [{ path, message: `${kindOf(value)} where a text or a map is wanted; write a text` }]
  return issues.flatMap((issue) => problemsOf({ ...issue, path: [...path, ...issue.path] } as Issue, schema, root))
}

function isOfWhole({ code, path }: Issue): boolean {
  return code === 'invalid_type' && path.length === 0
}

/** `password:hunter2` without a space is one key: show what stands before the colon only. */
function shownKey(key: string): string {
  return key.includes(':') ? key.slice(0, key.indexOf(':') + 1) : key
}

function unknownKey(key: string, parent: z.ZodType | undefined): string {
  if (key.includes(':')) return 'is no key; put a space after the colon'
  if (Object.hasOwn(REFUSED_KEYS, key)) return String(REFUSED_KEYS[key])
  const known = keysOf(parent)
  const guess = nearest(key, known)
  if (guess !== undefined) return `unknown key; write ${guess}`
  return known.length <= 12
    ? `unknown key; known here: ${known.join(', ')}`
    : 'unknown key; remove it, or see docs/configuration.md'
}

function keysOf(schema: z.ZodType | undefined): string[] {
  const bare = unwrapped(schema)
  return bare !== undefined && 'shape' in bare ? Object.keys(bare.shape as object) : []
}

const EXPECTED: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
}

/** Of the places that everything else hangs on. */
const WHOLE_FILE = 'modules: {http_2xx: {prober: http}}'
const OUTERMOST: Readonly<Record<string, string>> = {
  '': WHOLE_FILE,
  modules: WHOLE_FILE,
  targets: 'targets: [{address: "https://www.example.org/", module: http_2xx}]',
}

export function exampleOf(schema: z.ZodType | undefined, path: readonly (string | number)[]): string | undefined {
  const [example] = metaOf(schema).examples ?? []
  return example === undefined ? OUTERMOST[path.join('.')] : JSON.stringify(example)
}

function wrongType(expected: string, { value: found, isThere }: Found, example: string | undefined): string {
  const wanted = EXPECTED[expected] ?? expected
  const write = example === undefined ? `write ${wanted}` : `write it as in ${example}`
  if (found === undefined) return `is ${isThere ? 'empty' : 'missing'}; ${write}`
  if (expected === 'number' && typeof found === 'string' && /^\d+$/.test(found)) {
    return 'a text in quotes where a number is wanted; remove the quotes'
  }
  return `${kindOf(found)} where ${wanted} is wanted; ${write}`
}

function wrongChoice(values: readonly unknown[], found: unknown): string {
  const choices = values.map((value) => JSON.stringify(value)).join(', ')
  const isShort = typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean'
  return `${isShort ? JSON.stringify(found) : kindOf(found)} is not known; write one of ${choices}`
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return { string: 'a text', boolean: 'true or false' }[typeof value as string] ?? 'a number'
}

interface Found {
  readonly value: unknown
  /** Whether the key is written, if without a value. */
  readonly isThere: boolean
}

export function lookUp(root: unknown, path: readonly (string | number)[]): Found {
  return path.reduce<Found>(
    ({ value: parent }, step) =>
      typeof parent === 'object' && parent !== null
        ? { value: (parent as Record<string | number, unknown>)[step], isThere: Object.hasOwn(parent, step) }
        : { value: undefined, isThere: false },
    { value: root, isThere: root !== undefined },
  )
}
