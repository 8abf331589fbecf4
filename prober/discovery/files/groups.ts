/**
 * Files of Prometheus' `file_sd` → targets; pure. https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config
 */
import { parse, YAMLParseError } from 'yaml'
import { z } from 'zod'
import { maskUrl } from '../../config/mask-url.ts'
import type { Parsed } from '../../config/parsed.ts'
import type { TargetDefaults } from '../../config/schema.ts'
import { type Found, foundOf, MOST_TARGETS } from '../found.ts'
import { labelName, type Modules, targetOf } from '../target.ts'

const label = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const groups = z
  .array(
    z.object({
      targets: z.array(z.string()),
      labels: z
        .record(z.string(), label)
        .nullish()
        .transform((labels) => labels ?? {}),
    }),
  )
  .nullish()
  .transform((all) => all ?? [])

/** Reading holds probes up: so much takes 50 ms as JSON, and YAML takes thirty times as long. */
const LARGEST_JSON_BYTES = 8 * 2 ** 20
const LARGEST_YAML_BYTES = 256 * 2 ** 10

/** By the file's name, as Prometheus tells them apart. */
export function isJsonFile(file: string): boolean {
  return file.toLowerCase().endsWith('.json')
}

export function largestBytes(file: string): number {
  return isJsonFile(file) ? LARGEST_JSON_BYTES : LARGEST_YAML_BYTES
}

export type Group = z.output<typeof groups>[number]

export function readGroups(text: string, isJson: boolean): Parsed<readonly Group[]> {
  const read = parsed(text, isJson)
  if (!read.ok) return read
  if (sizeOf(read.value) > MOST_TARGETS)
    return { ok: false, message: `has more than ${MOST_TARGETS} targets, more than are probed; name fewer` }
  const checked = groups.safeParse(read.value)
  if (checked.success) return { ok: true, value: checked.data }
  const [issue] = checked.error.issues
  const place = issue?.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  return { ok: false, message: `is no list of {targets, labels}: ${place || 'file'}: ${issue?.message}` }
}

/** Of targets, and of groups without any; before all else, since a file of a million holds probes up for seconds. */
function sizeOf(all: unknown): number {
  if (!Array.isArray(all)) return 0
  return all.reduce<number>((sum, group) => {
    const targets: unknown = group?.targets
    return sum + (Array.isArray(targets) ? Math.max(1, targets.length) : 1)
  }, 0)
}

function parsed(text: string, isJson: boolean): Parsed<unknown> {
  try {
    return { ok: true, value: isJson ? JSON.parse(text) : parse(text) }
  } catch (thrown) {
    // JSON's message quotes the file, in which an address may hold a password.
    const where = thrown instanceof YAMLParseError ? ` (line ${thrown.linePos?.[0].line ?? 1})` : ''
    return { ok: false, message: `cannot be read as ${isJson ? 'JSON' : 'YAML'}${where}` }
  }
}

export function groupTargets({ targets, labels }: Group, defaults: TargetDefaults, modules: Modules): Found {
  const { __param_module: module, __param_hostname: hostname, __scrape_interval__: interval, instance = '' } = labels
  const how = { labels: ownLabels(labels), module, hostname, interval }
  return foundOf(
    targets.map((address) => {
      const name = instance === '' ? maskUrl(address) : instance
      return targetOf({ name, address: () => address, ...how }, defaults, modules)
    }),
  )
}

/** What begins with two underscores is for Prometheus' relabelling, and ends with it. */
function ownLabels(labels: Group['labels']): Record<string, string> {
  const kept = Object.entries(labels).filter(([name]) => name !== 'instance' && !name.startsWith('__'))
  return Object.fromEntries(kept.map(([name, value]) => [labelName(name), value]))
}
