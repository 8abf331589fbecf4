/** `discovery.files:`: files of targets, and what all sources of targets have in common. */
import { z } from 'zod'
import { formatDuration } from './duration.ts'
import { length, required, rules, seconds, withDefault } from './field.ts'
import { toQuietWindow } from './quiet.ts'
import { toRetry } from './retry.ts'
import { checkLabels, RESERVED_LABELS, SCHEDULED } from './scheduled.ts'
import type { Target } from './targets.ts'

/** What a target has that its source says nothing of. */
export type TargetDefaults = Pick<Target, 'module' | 'intervalSeconds' | 'labels' | 'retry' | 'quiet'>

export interface FileSource {
  /** Paths, patterns or folders; relative ones start from the folder of `configFile`. */
  readonly files: readonly string[]
  readonly configFile: string
  readonly refreshSeconds: number
  readonly defaults: TargetDefaults
}

const MOST_FILES = 100
const SHORTEST_REFRESH_SECONDS = 1
const LONGEST_REFRESH_SECONDS = 86_400

const refresh = seconds.superRefine((value, context) => {
  if (value >= SHORTEST_REFRESH_SECONDS && value <= LONGEST_REFRESH_SECONDS) return
  const message = `${formatDuration(value)} is out of range; write one from 1s to 24h`
  context.addIssue({ code: 'custom', message })
})

export const SCHEDULED_DEFAULTS = {
  interval: SCHEDULED.interval,
  retry: SCHEDULED.retry,
  quiet: SCHEDULED.quiet,
  labels: SCHEDULED.labels,
}

export const fileSourceBlock = rules(
  z.strictObject({
    files: required(
      z
        .array(z.string().min(1, length('is empty; write a path as in "targets/*.json"')))
        .min(1, length('is empty; write a path as in "targets/*.json"'))
        .max(MOST_FILES, length(`has more than ${MOST_FILES} entries; write patterns`)),
      'Files of targets; paths, patterns (`*`, `?`, `**`, `{a,b}`) or folders (their `*.yml` and `*.yaml`), relative to the configuration file’s folder.',
      { examples: [['targets/*.json']] },
    ),
    refresh_interval: withDefault(refresh, '30s', 'How often to look whether they changed, from `1s` to `24h`.', {
      examples: ['30s'],
    }),
    module: SCHEDULED.module,
    ...SCHEDULED_DEFAULTS,
  }),
  ({ labels }, report) => checkLabels(labels, RESERVED_LABELS, report),
).meta({ id: 'file_source' })

export function toDefaults(
  { interval, retry, quiet = [], labels }: z.output<z.ZodObject<typeof SCHEDULED_DEFAULTS>>,
  module: string,
): TargetDefaults {
  return {
    module,
    intervalSeconds: interval,
    ...(retry === undefined ? {} : { retry: toRetry(retry) }),
    ...(quiet.length === 0 ? {} : { quiet: quiet.map(toQuietWindow) }),
    labels,
  }
}

export function toFileSource(source: z.output<typeof fileSourceBlock>, configFile: string): FileSource {
  return {
    files: source.files,
    configFile,
    refreshSeconds: source.refresh_interval,
    defaults: toDefaults(source, source.module),
  }
}
