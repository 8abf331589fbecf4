import { resolve } from 'node:path'
import { type SecretSource, secret } from './secret.ts'

/** Makes paths of the file absolute. blackbox_exporter takes them from its working directory instead, which depends on who starts it. */
export type ResolvePath = (path: string) => string

export function pathsRelativeTo(folder: string): ResolvePath {
  return (path) => resolve(folder, path)
}

/** A value given in the file, or the name of a file that holds it; undefined when neither is. */
export function secretSource(
  value: string | undefined,
  file: string | undefined,
  resolvePath: ResolvePath,
): SecretSource | undefined {
  if (file !== undefined && file !== '') return { from: 'file', path: resolvePath(file) }
  return value === undefined || value === '' ? undefined : { from: 'value', value: secret(value) }
}
