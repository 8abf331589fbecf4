import { readFile } from 'node:fs/promises'

/** A value that no log, error, trace or page can print by accident: only `reveal` gives it out. */
export interface Secret {
  reveal(): string
  toJSON(): string
}

/** Where a value comes from. Files are read for each probe, so that rotation needs no reload. */
export type SecretSource =
  | { readonly from: 'value'; readonly value: Secret }
  | { readonly from: 'file'; readonly path: string }

export function secret(value: string): Secret {
  return { reveal: () => value, toJSON: () => '<secret>' }
}

/** @throws the file system's error when a file cannot be read; its message holds the path, never the content. */
export async function readSecret(source: SecretSource): Promise<string> {
  return source.from === 'value' ? source.value.reveal() : await readFile(source.path, 'utf8')
}
