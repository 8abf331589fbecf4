/**
 * Writers for Prometheus' text format 0.0.4 and OpenMetrics 1.0. Written here because a registry per probe costs 13
 * times as much CPU, and because prom-client's OpenMetrics output renames its counters for good.
 */
import { type Metric, type MetricName, METRICS } from './catalogue.ts'
import type { Labels, Sample } from './samples.ts'

export const FORMATS = ['text', 'openmetrics'] as const
export type Format = (typeof FORMATS)[number]

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** What ends a whole answer. */
export const ENDINGS: Readonly<Record<Format, string>> = { text: '', openmetrics: '# EOF\n' }

/** Samples of one name must stand together. */
export type Renderer = (samples: readonly Sample[], format: Format) => string

/** As large as a usual answer several times; it grows for certificates of hundreds of names. */
const FIRST_BYTES = 32_768
/** A family's header and the longest number: all of a sample but its labels. */
const MOST_BYTES_WITHOUT_LABELS = 2048
/** Of one character in UTF-8, surrogates counted as two. */
export const MOST_BYTES_PER_CHARACTER = 3

const SPACE = 0x20
const LINE_FEED = 0x0a

/**
 * Writes into one buffer that it keeps: as strings, an answer's pieces were a third of all that a probe left to the
 * garbage collector. The whole is a string all the same, which Node.js sends in one piece with the headers.
 */
export function createRenderer(): Renderer {
  let bytes = Buffer.allocUnsafe(FIRST_BYTES)
  return (samples, format) => {
    let at = 0
    let family: MetricName | undefined
    for (const sample of samples) {
      const labels = labelText(sample.labels)
      const needed = at + MOST_BYTES_WITHOUT_LABELS + labels.length * MOST_BYTES_PER_CHARACTER
      if (needed > bytes.length) bytes = Buffer.concat([bytes.subarray(0, at)], 2 * needed)
      at += bytes.write(startOf(sample, sample.name !== family, format), at, 'latin1')
      family = sample.name
      if (labels !== '') at += bytes.write(labels, at, isAscii(labels) ? 'latin1' : 'utf8')
      bytes[at++] = SPACE
      at += bytes.write(numberText(sample.value), at, 'latin1')
      bytes[at++] = LINE_FEED
    }
    at += bytes.write(ENDINGS[format], at, 'latin1')
    return bytes.toString('utf8', 0, at)
  }
}

/** A series' name, the family's header before its first one: one write, since each costs as much as ten bytes. */
function startOf(sample: Sample, isFirst: boolean, format: Format): string {
  if (!isFirst) return seriesName(sample)
  return sample.suffix === undefined ? STARTS[format][sample.name] : HEADERS[format][sample.name] + seriesName(sample)
}

function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text)
}

/** For whoever needs it once. */
export function render(samples: readonly Sample[], format: Format): string {
  return createRenderer()(samples, format)
}

/** The family's, but for a histogram's samples. */
export function seriesName({ name, suffix }: Sample): string {
  return suffix === undefined ? name : name + suffix
}

/** Braces included; empty without labels. */
export function labelText(labels: Labels | undefined): string {
  if (labels === undefined) return ''
  let text = ''
  for (const name in labels) text += `${text === '' ? '{' : ','}${name}="${escapeLabel(labels[name] ?? '')}"`
  return text === '' ? '' : `${text}}`
}

export function sampleLine(name: string, labels: string, value: number): string {
  return `${name}${labels} ${numberText(value)}\n`
}

/**
 * OpenMetrics names a family without the suffix that its type demands of the samples: `_total` of counters, `_info` of
 * infos. The older format has no info: there it is a gauge.
 */
export function familyHeader(name: string, type: string, help: string, format: Format): string {
  if (format === 'text') return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`
  const isInfo = type === 'gauge' && name.endsWith('_info')
  const family = isInfo || type === 'counter' ? name.replace(/_(info|total)$/, '') : name
  return `# HELP ${family} ${escapeLabel(help)}\n# TYPE ${family} ${isInfo ? 'info' : type}\n`
}

const HEADERS = ofEachFamily((name, { type, help }, format) => familyHeader(name, type, help, format))
const STARTS = ofEachFamily((name, _metric, format) => HEADERS[format][name] + name)

function ofEachFamily(textOf: (name: MetricName, metric: Metric, format: Format) => string) {
  const names = Object.entries<Metric>(METRICS) as [MetricName, Metric][]
  const texts = (format: Format) =>
    Object.fromEntries(names.map(([name, metric]) => [name, textOf(name, metric, format)])) as Record<
      MetricName,
      string
    >
  return { text: texts('text'), openmetrics: texts('openmetrics') } satisfies Record<Format, Record<MetricName, string>>
}

export function headerOf(name: MetricName, format: Format): string {
  return HEADERS[format][name]
}

function escapeLabel(text: string): string {
  return /[\\\n"]/.test(text) ? text.replace(/[\\\n"]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`)) : text
}

/** The 0.0.4 format leaves quotes in help texts alone. */
function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (found) => (found === '\n' ? '\\n' : '\\\\'))
}

export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
