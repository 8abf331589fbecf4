/**
 * Where Sonde differs from blackbox_exporter 0.28 on purpose: the table in docs/compatibility.md, read.
 * Its fourth column holds patterns in backticks: `only sonde: NAME`, `only blackbox: NAME`, `value: NAME`, `type: NAME`,
 * `help: NAME` or `status: SONDE, BLACKBOX`, and after the word "in" those of `module target`, if it is not everywhere.
 * `*` stands for any characters.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from './comparison.ts'

export interface Difference {
  readonly id: string
  /** Files of test/parity that see it: `http`, `dns` … */
  readonly kinds: readonly string[]
  explains(finding: Finding): boolean
}

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'compatibility.md')
const HEADING = '## Differences that the comparison sees'
const COLUMNS = 6

export async function readDifferences(kind: string): Promise<readonly Difference[]> {
  return parseDifferences(await readFile(DOCUMENT, 'utf8')).filter(({ kinds }) => kinds.includes(kind))
}

export function parseDifferences(document: string): readonly Difference[] {
  const [, section = ''] = document.split(`${HEADING}\n`)
  const rows = section.split(/\n## /)[0]?.match(/^\|.*\|$/gm) ?? []
  const differences = rows.slice(2).map(parseRow)
  if (differences.length === 0) throw new Error(`docs/compatibility.md has no table under "${HEADING}"`)
  return differences
}

function parseRow(row: string): Difference {
  const cells = row
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
  const [id = '', kinds = '', , seenAs = ''] = cells
  const [what = '', where = ''] = seenAs.split(/ in (?=`)/)
  const [whats, wheres] = [patternsOf(what), patternsOf(where)]
  const isComplete = cells.length === COLUMNS && /^`[\w-]+`$/.test(id) && kinds !== '' && whats.length > 0
  if (!isComplete)
    throw new Error(`docs/compatibility.md: not a row of ${COLUMNS} columns with id, kinds and patterns: ${row}`)
  return {
    id: id.replaceAll('`', ''),
    kinds: kinds.split(/, */),
    explains: ({ subject, module, target }) =>
      whats.some((pattern) => pattern.test(subject)) &&
      (wheres.length === 0 || wheres.some((pattern) => pattern.test(`${module} ${target}`))),
  }
}

function patternsOf(text: string): RegExp[] {
  return Array.from(text.matchAll(/`([^`]+)`/g), ([, glob = '']) => {
    const parts = glob.replaceAll('\\|', '|').split('*')
    return new RegExp(`^${parts.map((part) => RegExp.escape(part)).join('.*')}$`, 's')
  })
}
