import { readBoundedFile } from './bounded-file.ts'

/** A value that no log, error, trace or page can print by accident: only `reveal` gives it out. */
export interface Secret {
  reveal(): string
  toJSON(): string
}

/** Where a value comes from. Files are read for each probe, so that rotation needs no reload. */
export type SecretSource =
  | { readonly from: 'value'; readonly value: Secret }
  | { readonly from: 'file'; readonly path: string }

/** No key, token or chain of certificates comes near; a device or a wrong path may. */
const LARGEST_FILE_BYTES = 1024 * 1024

export function secret(value: string): Secret {
  return { reveal: () => value, toJSON: () => '<secret>' }
}

/**
 * A file's white space at both ends is cut off, as blackbox_exporter does: editors and `echo` end files with a newline.
 * @throws as readBoundedFile does.
 */
export async function readSecret(source: SecretSource, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted()
  if (source.from === 'value') return source.value.reveal()
  return (await readBoundedFile(source.path, LARGEST_FILE_BYTES, signal)).toString('utf8').trim()
}
