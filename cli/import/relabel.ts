/** Prometheus' relabelling of targets: what its rules make of a set of labels. */
import { compileRegexp, type Regexp } from '../../prober/config/go-regexp.ts'

/** As the file has it, defaults filled in. */
export interface RelabelRule {
  readonly source_labels: readonly string[]
  readonly separator: string
  readonly regex: string
  readonly target_label: string
  readonly replacement: string
  readonly action: string
}

export type Labels = ReadonlyMap<string, string>
/** undefined: the target is dropped. */
type Step = (labels: Labels) => Labels | undefined

/** A rule that is not followed, by its place in the list. */
export interface Unfollowed {
  readonly index: number
  readonly message: string
}

export interface Relabeling {
  readonly apply: Step
  readonly unfollowed: readonly Unfollowed[]
}

const SHARING =
  'shares the targets out among several Prometheus, and is passed over: all of them are taken; to share them out again, run sonde serve --shard=I/N'

export function relabeling(rules: readonly RelabelRule[]): Relabeling {
  const steps: Step[] = []
  const unfollowed: Unfollowed[] = []
  /** Labels whose value comes from a hash, and rules that read them go with it. */
  const unknown = new Set<string>()
  for (const [index, rule] of rules.entries()) {
    if (rule.action === 'hashmod' || rule.source_labels.some((name) => unknown.has(name))) {
      if (rule.target_label !== '') unknown.add(rule.target_label)
      if (rule.action === 'hashmod') unfollowed.push({ index, message: SHARING })
      continue
    }
    const step = stepOf(rule)
    if (typeof step === 'string') unfollowed.push({ index, message: step })
    else steps.push(step)
  }
  const apply: Step = (labels) => steps.reduce<Labels | undefined>((now, step) => now && step(now), labels)
  return { apply, unfollowed }
}

/** A text: why it is not followed. */
function stepOf(rule: RelabelRule): Step | string {
  // Prometheus anchors it, and lets the dot match line ends.
  const compiled = compileRegexp(`^(?s:${rule.regex})$`)
  if (!compiled.ok) return `is passed over: ${compiled.message}`
  const regexp = compiled.value
  const sourceOf = (labels: Labels) => rule.source_labels.map((name) => labels.get(name) ?? '').join(rule.separator)
  const target = rule.target_label
  switch (rule.action) {
    case 'replace':
      return (labels) => replace(labels, regexp, sourceOf(labels), rule)
    case 'lowercase':
      return (labels) => set(labels, target, sourceOf(labels).toLowerCase())
    case 'uppercase':
      return (labels) => set(labels, target, sourceOf(labels).toUpperCase())
    case 'keep':
      return (labels) => (regexp.test(sourceOf(labels)) ? labels : undefined)
    case 'drop':
      return (labels) => (regexp.test(sourceOf(labels)) ? undefined : labels)
    case 'keepequal':
      return (labels) => ((labels.get(target) ?? '') === sourceOf(labels) ? labels : undefined)
    case 'dropequal':
      return (labels) => ((labels.get(target) ?? '') === sourceOf(labels) ? undefined : labels)
    case 'labelmap':
      return (labels) => mapNames(labels, regexp, rule.replacement)
    case 'labeldrop':
      return (labels) => new Map([...labels].filter(([name]) => !regexp.test(name)))
    case 'labelkeep':
      return (labels) => new Map([...labels].filter(([name]) => regexp.test(name)))
    default:
      return `has the action ${JSON.stringify(rule.action)}, which Prometheus does not know; it is passed over`
  }
}

function replace(labels: Labels, regexp: Regexp, source: string, rule: RelabelRule): Labels {
  const match = regexp.match(source)
  return match === undefined ? labels : set(labels, match.expand(rule.target_label), match.expand(rule.replacement))
}

/** An empty label is none. */
function set(labels: Labels, name: string, value: string): Labels {
  const changed = new Map(labels)
  if (value === '') changed.delete(name)
  else changed.set(name, value)
  return changed
}

function mapNames(labels: Labels, regexp: Regexp, replacement: string): Labels {
  const mapped = new Map(labels)
  for (const [name, value] of labels) {
    const match = regexp.match(name)
    if (match !== undefined) mapped.set(match.expand(replacement), value)
  }
  return mapped
}
