/**
 * What a configuration holds beside plain values: compiled expressions, secrets and URLs. They cannot be sent from one
 * process to another, so each is sent as what it is made of, and made again there.
 */
import { type CelProgram, compileCel } from './cel.ts'
import type { Regexp } from './go-regexp.ts'
import type { Parsed } from './parsed.ts'
import { type Secret, secret } from './secret.ts'

const KINDS = ['regexp', 'cel', 'secret', 'url'] as const
type Kind = (typeof KINDS)[number]

/** A map, since no module and no `telemetry:` holds one otherwise. */
type Packed = ReadonlyMap<Kind, string>

/** Of plain objects, arrays and the above. */
export function packed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(packed)
  return packedLive(value) ?? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, packed(inner)]))
}

/** Known by their functions, which no file can write: a label may be called `source`. */
function packedLive(value: object): Packed | undefined {
  if (value instanceof URL) return new Map([['url', value.href]])
  if (can(value, 'reveal')) return new Map([['secret', (value as Secret).reveal()]])
  if (can(value, 'evaluate')) return new Map([['cel', (value as CelProgram).source]])
  if (can(value, 'match')) return new Map([['regexp', (value as Regexp).source]])
  return undefined
}

function can(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === 'function'
}

export async function unpacked(value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Map) return await unpackedLive(value as Packed)
  if (Array.isArray(value)) return await Promise.all(value.map(unpacked))
  const entries = Object.entries(value).map(async ([key, inner]) => [key, await unpacked(inner)] as const)
  return Object.fromEntries(await Promise.all(entries))
}

/** It was compiled once where it comes from: it cannot be wrong. */
async function unpackedLive(value: Packed): Promise<unknown> {
  for (const [kind, text] of value) {
    switch (kind) {
      case 'secret':
        return secret(text)
      case 'url':
        return new URL(text)
      case 'cel':
        return compiled(await compileCel(text))
      case 'regexp':
        return compiled((await import('./go-regexp.ts')).compileRegexp(text))
    }
  }
  return undefined
}

function compiled<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.value
}
