/** `sonde import` in this process, and what it said. */
import { importFiles } from '../../../cli/import.ts'

export interface Imported {
  readonly code: number
  readonly out: string
  readonly complaints: readonly string[]
}

export async function runImport(...args: readonly string[]): Promise<Imported> {
  const complaints: string[] = []
  const out: string[] = []
  const terminal = {
    write: (text: string) => void out.push(text),
    line: (text: string) => void out.push(`${text}\n`),
    complain: (text: string) => void complaints.push(text),
  }
  return { code: await importFiles(args, { terminal, environment: {} }), out: out.join(''), complaints }
}
