/** What a prometheus.yml says of the questions that Prometheus asks a blackbox_exporter; all else in it is passed over. */
import { z } from 'zod'
import { parsedText } from '../../prober/config/field.ts'
import type { PlacedProblem } from '../../prober/config/problem.ts'
import { parsePromDuration } from '../../prober/config/prom-duration.ts'
import { readTexts, type TextTree } from './text-tree.ts'

const texts = z.array(z.string())
const duration = parsedText(parsePromDuration)

/** Strict: Prometheus refuses a misspelt key, and a rule without it would say something else. */
const relabelRule = z.strictObject({
  source_labels: texts.default([]),
  separator: z.string().default(';'),
  regex: z.string().default('(.*)'),
  target_label: z.string().default(''),
  replacement: z.string().default('$1'),
  action: z.string().default('replace'),
  modulus: z.string().optional(),
})

/** Of `static_configs`, and of the files and answers that discovery reads. */
export const staticGroup = z.looseObject({
  targets: texts.default([]),
  labels: z.record(z.string(), z.string()).default({}),
})

const scrapeConfig = z.looseObject({
  job_name: z.string(),
  metrics_path: z.string().default('/metrics'),
  params: z.record(z.string(), texts).default({}),
  scrape_interval: duration.optional(),
  scrape_timeout: duration.optional(),
  static_configs: z.array(staticGroup).default([]),
  file_sd_configs: z.array(z.looseObject({ files: texts.default([]) })).default([]),
  http_sd_configs: z.array(z.looseObject({ url: z.string() })).default([]),
  relabel_configs: z.array(relabelRule).prefault([]),
})

const times = z.looseObject({ scrape_interval: duration.optional(), scrape_timeout: duration.optional() })

const prometheusFile = z.looseObject({
  global: times.optional(),
  scrape_configs: z.array(scrapeConfig).prefault([]),
  scrape_config_files: texts.default([]),
})

export type ScrapeConfig = z.output<typeof scrapeConfig>
export type StaticGroup = z.output<typeof staticGroup>
export type Times = z.output<typeof times>

export interface PrometheusFile {
  readonly file: string
  /** undefined: it is one that another names under `scrape_config_files`. */
  readonly global: Times | undefined
  readonly scrapeConfigs: readonly ScrapeConfig[]
  readonly scrapeConfigFiles: readonly string[]
  readonly tree: TextTree
}

export type ReadPrometheusFile =
  | { readonly ok: true; readonly file: PrometheusFile }
  | { readonly ok: false; readonly problems: readonly PlacedProblem[] }

export function readPrometheusFile(text: string, file: string): ReadPrometheusFile {
  const read = readTexts(text, file, prometheusFile)
  if (!read.ok) return read
  const { global, scrape_configs: scrapeConfigs, scrape_config_files: scrapeConfigFiles } = read.value
  return { ok: true, file: { file, global, scrapeConfigs, scrapeConfigFiles, tree: read.tree } }
}
