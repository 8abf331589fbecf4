/** What every object has, and how it comes by its name. */
import type { Monitoring } from '../prober/config/schema.ts'

export interface Metadata {
  name: string
  namespace?: string
  labels: Record<string, string>
}

export function metadata(monitoring: Monitoring, ...names: readonly (string | undefined)[]): Metadata {
  const { name, namespace, labels } = monitoring
  return {
    name: objectName([name, ...names.filter((part) => part !== undefined && part !== name)], new Set()),
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'app.kubernetes.io/managed-by': 'sonde', 'app.kubernetes.io/part-of': name, ...labels },
  }
}

/** Leaves room for a number behind it (RFC 1123: 63 characters are what every use of a name takes). */
const LONGEST_NAME = 58

/** From what an object is, so that a change of order renames nothing: small letters, digits and `-`. */
export function objectName(parts: readonly (string | undefined)[], taken: Set<string>): string {
  const text = parts
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '-')
  const name = text.slice(0, LONGEST_NAME).replaceAll(/^-+|-+$/g, '')
  let free = name
  for (let number = 2; taken.has(free); number += 1) free = `${name}-${number}`
  taken.add(free)
  return free
}
