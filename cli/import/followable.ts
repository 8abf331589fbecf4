/** Whether Sonde's own discovery in files makes the same of a job as its rules do: then its lists need not be copied. */
import { LABEL_NAME } from '../../prober/config/query-response.ts'
import { RESERVED_LABELS } from '../../prober/config/scheduled.ts'
import { MOST_TARGETS } from '../../prober/discovery/found.ts'
import type { ScrapeConfig } from './prometheus-file.ts'
import type { FileList, FoundTarget } from './target-groups.ts'

interface Found {
  readonly targets: readonly FoundTarget[]
  readonly lists: readonly FileList[]
}

export function isFollowable(config: ScrapeConfig, { targets, lists }: Found): boolean {
  const isInFilesAlone =
    config.static_configs.length === 0 &&
    Object.entries(config).every(
      ([key, value]) => !isOtherDiscovery(key) || (Array.isArray(value) && value.length === 0),
    )
  return (
    isInFilesAlone &&
    lists.length > 0 &&
    lists.every(({ pattern, isSmall }) => isSmall && isReadAlike(pattern)) &&
    targets.length <= MOST_TARGETS &&
    Object.keys(config.params).every((name) => name === 'module') &&
    hasUsualRules(config) &&
    targets.every(({ labels }) => Object.keys(labels).every(isTakenAlike))
  )
}

function isOtherDiscovery(key: string): boolean {
  return key.endsWith('_sd_configs') && key !== 'file_sd_configs'
}

/** What stands for more than a part of a name is read differently. */
function isReadAlike(pattern: string): boolean {
  return /\.(json|ya?ml)$/.test(pattern) && !/\*\*|[{}()[\]!\\]/.test(pattern)
}

/** As in the exporter's manual: the address is what is asked for, it is the instance, and the prober is asked. */
function hasUsualRules({ relabel_configs: rules }: ScrapeConfig): boolean {
  const [target, instance, prober, ...others] = rules
  if (target === undefined || instance === undefined || prober === undefined || others.length > 0) return false
  return (
    isCopy(target, '__address__', '__param_target') &&
    isCopy(instance, '__param_target', 'instance') &&
    prober.source_labels.length === 0 &&
    isPlain(prober) &&
    prober.target_label === '__address__'
  )
}

type Rule = ScrapeConfig['relabel_configs'][number]

function isCopy(rule: Rule, from: string, to: string): boolean {
  const isAll = /^\$(1|\{1\})$/.test(rule.replacement)
  return isPlain(rule) && isAll && rule.source_labels.join() === from && rule.target_label === to
}

function isPlain({ action, regex }: Rule): boolean {
  return action === 'replace' && regex === '(.*)'
}

const HOW: readonly string[] = ['__meta_filepath', '__param_module', '__param_hostname', '__scrape_interval__']

function isTakenAlike(label: string): boolean {
  if (label.startsWith('__')) return HOW.includes(label)
  return LABEL_NAME.test(label) && label !== 'instance' && label !== 'job' && !RESERVED_LABELS.has(label)
}
