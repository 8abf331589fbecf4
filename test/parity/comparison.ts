/** What two probers answered about one target, compared; and what of it docs/compatibility.md does not explain. */
import type { Difference } from './differences.ts'
import { type Answer, nameOf } from './exposition.ts'

export interface Finding {
  readonly module: string
  /** As it stands in the list of cases: with names instead of ports. */
  readonly target: string
  /** What a row of docs/compatibility.md must match: `only sonde: probe_failure_info`, `value: probe_success` … */
  readonly subject: string
  /** For whoever reads the failing test. */
  readonly detail: string
}

/** How long things took is nobody's to agree on. */
const TIMES = /_(duration|lookup_time)_seconds$/

export function compare(sonde: Answer, blackbox: Answer): readonly Pick<Finding, 'subject' | 'detail'>[] {
  const found: Pick<Finding, 'subject' | 'detail'>[] = []
  const add = (subject: string, detail = '') => found.push({ subject, detail })
  if (sonde.status !== blackbox.status) add(`status: ${sonde.status}, ${blackbox.status}`)
  for (const [id, value] of sonde.values) {
    const other = blackbox.values.get(id)
    if (other === undefined) add(`only sonde: ${nameOf(id)}`, `${id} ${value}`)
    else if (other !== value && !TIMES.test(nameOf(id))) {
      add(`value: ${nameOf(id)}`, `${id} sonde ${value}, blackbox ${other}`)
    }
  }
  for (const [id, value] of blackbox.values) {
    if (!sonde.values.has(id)) add(`only blackbox: ${nameOf(id)}`, `${id} ${value}`)
  }
  for (const aspect of ['types', 'helps'] as const) {
    for (const [name, text] of sonde[aspect]) {
      const other = blackbox[aspect].get(name)
      if (other !== undefined && other !== text)
        add(`${aspect.slice(0, -1)}: ${name}`, `sonde ${text}, blackbox ${other}`)
    }
  }
  return found
}

/** Fails on a difference that is not listed, and on a listed one that was not seen. */
export function expectExplained(
  found: readonly Finding[],
  differences: readonly Difference[],
  { allSeen = true }: { readonly allSeen?: boolean } = {},
): void {
  const unexplained = found.filter((finding) => !differences.some((difference) => difference.explains(finding)))
  const lines = unexplained.map(
    ({ module, target, subject, detail }) => `${module} ${target}: ${subject}${detail === '' ? '' : ` (${detail})`}`,
  )
  if (lines.length > 0) throw new Error(`${lines.length} differences that are not listed:\n${lines.join('\n')}`)
  if (!allSeen) return
  const unseen = differences.filter((difference) => !found.some((finding) => difference.explains(finding)))
  if (unseen.length > 0) {
    throw new Error(`listed in docs/compatibility.md, but not seen: ${unseen.map(({ id }) => id).join(', ')}`)
  }
}
