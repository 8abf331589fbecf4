/** The bytes of a configuration, of a file or of standard input, as text: bounded, and only when they are text. */
import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'

/** A hundred thousand targets; far below where strings and parsers give up. */
const LARGEST_MIB = 16

export type ConfigText =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false
      /** Without its place. */
      readonly message: string
      readonly errors: readonly string[]
    }

const OTHER_FILE = 'give another with --config.file'

/** `remedy`: what to do about a file that cannot be read. */
export async function readConfig(file: string, remedy = OTHER_FILE): Promise<ConfigText> {
  try {
    return await configText(createReadStream(file), file)
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    if (code === undefined) throw thrown
    const found = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    return refuse(file, `${resolve(file)} ${found}; ${remedy}`)
  }
}

/** Reads no further than it must; `file` only names the place in messages. */
export async function configText(source: AsyncIterable<Uint8Array>, file: string): Promise<ConfigText> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of source) {
    length += chunk.length
    if (length > LARGEST_MIB * 2 ** 20) {
      return refuse(file, `is larger than ${LARGEST_MIB} MiB, the most that is read; is it the right one?`)
    }
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  return isUtf8(bytes) && !bytes.includes(0)
    ? { ok: true, text: bytes.toString('utf8') }
    : refuse(file, 'is not a text file (UTF-8); save it as one, or give another')
}

function refuse(file: string, message: string): ConfigText {
  return { ok: false, message, errors: [`${file}:1:1: file: ${message}`] }
}
