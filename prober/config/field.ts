/**
 * How the schema is written: each key with its one line of documentation, each block with its rules between keys. From
 * the same schema come the file's types, the JSON schema for editors and docs/configuration.md.
 */
import { z } from 'zod'
import { BYTES_PATTERN, parseBytes } from './bytes.ts'
import { DURATION_PATTERN, parseDuration } from './duration.ts'
import { compileRegexp } from './go-regexp.ts'
import type { Parsed } from './parsed.ts'

export interface FieldMeta {
  /** One sentence for the table; Markdown. */
  readonly description: string
  readonly examples?: readonly unknown[]
  readonly deprecated?: boolean
  /** Never shown again once read: masked in `/config`. The JSON schema's word for it. */
  readonly writeOnly?: boolean
}

/** A key that may be left out. */
export function optional<S extends z.ZodType>(
  schema: S,
  description: string,
  more: Omit<FieldMeta, 'description'> = {},
) {
  return schema.optional().meta({ description, ...more })
}

/** A key that has a value when left out, given as one would write it. */
export function withDefault<S extends z.ZodType>(
  schema: S,
  value: z.input<S>,
  description: string,
  more: Omit<FieldMeta, 'description'> = {},
) {
  return schema.prefault(value as never).meta({ description, ...more })
}

export function required<S extends z.ZodType>(
  schema: S,
  description: string,
  more: Omit<FieldMeta, 'description'> = {},
): S {
  return schema.meta({ description, ...more }) as S
}

/** A text that is masked wherever the configuration is shown. */
export function secretText(description: string, more: Omit<FieldMeta, 'description'> = {}) {
  return optional(z.string(), description, { ...more, writeOnly: true })
}

export function filePath(description: string) {
  return optional(z.string(), `${description} Read at each probe; relative to the configuration file's folder.`)
}

/** Names a rule's finding: at `key` of the block, or at a path below it; an empty path is the block itself. */
export type Report = (path: string | readonly (string | number)[], message: string) => void

/** Rules between keys run also when a key alone is wrong, so that one look shows all: values may then be of any type. */
export function rules<S extends z.ZodType>(
  schema: S,
  check: (block: Readonly<Record<string, unknown>>, report: Report) => void,
): S {
  const refined = schema.superRefine(
    (value, context) =>
      check(value as Readonly<Record<string, unknown>>, (path, message) =>
        context.addIssue({ code: 'custom', path: typeof path === 'string' ? [path] : [...path], message }),
      ),
    { when: ({ value }) => typeof value === 'object' && value !== null },
  )
  return refined as S
}

/** `at most one of`: reported at the second of those present. */
export function atMostOne(block: Readonly<Record<string, unknown>>, keys: readonly string[], report: Report): void {
  const present = keys.filter((key) => isSet(block[key]))
  const [first, second] = present
  if (first !== undefined && second !== undefined) report(second, `excludes ${first}; keep one of ${listed(keys)}`)
}

/** Go's zero value counts as not set, as blackbox_exporter sees it. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== '' && value !== false
}

export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** What `parse` makes of a text of the file. */
export function parsedText<T>(parse: (text: string) => Parsed<T>) {
  return z.string().transform((text, context) => {
    const parsed = parse(text)
    if (parsed.ok) return parsed.value
    context.addIssue({ code: 'custom', message: parsed.message, params: { quotesText: true } })
    return z.NEVER
  })
}

/**
 * What to say of a text or list that is too short or too long: `z.string().min(1, length('is empty; write a name'))`. By
 * itself zod asks a value of the wrong type too, and an object with a key `length` answers it.
 */
export function length(error: string) {
  const when = ({ value }: z.core.ParsePayload) => typeof value === 'string' || Array.isArray(value)
  return { error, when }
}

export const seconds = parsedText(parseDuration).meta({ pattern: DURATION_PATTERN, examples: ['5s', '1m30s', '300ms'] })
export const bytes = parsedText(parseBytes).meta({ pattern: BYTES_PATTERN, examples: ['512KB', '10MB'] })
export const regexp = parsedText(compileRegexp)

/**
 * A whole number in a range; `write` says which. Not z.int() and z.number().min(): their findings would keep the rules
 * between keys from running.
 */
export function integer(least: number, most: number, write: string) {
  return z
    .number()
    .refine(Number.isSafeInteger, `is no whole number; ${write}`)
    .refine((value) => !Number.isSafeInteger(value) || (value >= least && value <= most), {
      error: ({ input }) => `${input} is out of range; ${write}`,
    })
    .meta({ type: 'integer', minimum: least, maximum: most })
}

/** The schema of one key or item below `schema`; wrappers (optional, default, transform) taken off. */
export function childSchema(schema: z.ZodType | undefined, key: string | number): z.ZodType | undefined {
  const bare = unwrapped(schema)
  if (bare instanceof z.ZodObject) {
    return Object.hasOwn(bare.shape, key) ? (bare.shape as Record<string, z.ZodType>)[key] : undefined
  }
  if (bare instanceof z.ZodRecord) return bare.valueType as z.ZodType
  return bare instanceof z.ZodArray ? (bare.element as z.ZodType) : undefined
}

export function unwrapped(schema: z.ZodType | undefined): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) return unwrapped(schema.unwrap() as z.ZodType)
  if (schema instanceof z.ZodUnion)
    return (schema.options as z.ZodType[]).find((option) => option instanceof z.ZodObject)
  return schema instanceof z.ZodPipe ? unwrapped(schema.in as z.ZodType) : schema
}

/** What was said with the key, or else with the type that it wraps. */
export function metaOf(schema: z.ZodType | undefined): Partial<FieldMeta> {
  if (schema === undefined) return {}
  const inner =
    schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault ? (schema.unwrap() as z.ZodType) : undefined
  return { ...metaOf(inner), ...(schema.meta() as Partial<FieldMeta> | undefined) }
}
