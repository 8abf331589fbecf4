/** Where the targets of a scrape configuration stand: in it, in files that it names, behind an address that it names. */
import { glob } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { configText, readConfig } from '../../prober/config/config-text.ts'
import { maskUrl } from '../../prober/config/mask-url.ts'
import type { Path, PlacedProblem, Position } from '../../prober/config/problem.ts'
import { largestBytes } from '../../prober/discovery/files/groups.ts'
import { type PrometheusFile, type ScrapeConfig, type StaticGroup, staticGroup } from './prometheus-file.ts'
import { readTexts, type TextTree } from './text-tree.ts'

/** One target, with the labels that it has before any rule. */
export interface FoundTarget {
  readonly address: string
  readonly labels: Readonly<Record<string, string>>
  readonly position: Position
  readonly path: Path
}

export interface FoundTargets {
  readonly targets: readonly FoundTarget[]
  readonly complaints: readonly PlacedProblem[]
}

/** An entry of `file_sd_configs`: whether it is copied or read by Sonde itself is not known here. */
export interface FileList {
  readonly pattern: string
  readonly isOfNone: boolean
  /** None of its files is larger than Sonde's own discovery takes. */
  readonly isSmall: boolean
  readonly path: Path
  readonly position: Position
}

/** Far more than a team has; a pattern may go astray. */
const MOST_FILES = 1000
const ANSWER_WITHIN_MS = 10_000

/** Of those that need no service of somebody's own. */
export async function findTargets(
  config: ScrapeConfig,
  at: Path,
  source: PrometheusFile,
): Promise<FoundTargets & { readonly lists: readonly FileList[] }> {
  const { tree } = source
  const place = (path: Path) => ({ path: [...at, ...path], position: tree.positionOf([...at, ...path], true) })
  const written = config.static_configs.flatMap((group, index) =>
    targetsOf(group, [...at, 'static_configs', index], tree, {}),
  )
  const files = await Promise.all(
    config.file_sd_configs.flatMap(({ files }, index) =>
      files.map((pattern, number) => fromFiles(pattern, place(['file_sd_configs', index, 'files', number]), source)),
    ),
  )
  const answers = await Promise.all(
    config.http_sd_configs.map((block, index) => fromUrl(block, place(['http_sd_configs', index]))),
  )
  const found = [...files, ...answers]
  return {
    targets: [...written, ...found.flatMap(({ targets }) => targets)],
    complaints: found.flatMap(({ complaints }) => complaints),
    lists: files.map(({ list }) => list),
  }
}

function targetsOf({ targets, labels }: StaticGroup, at: Path, tree: TextTree, meta: Record<string, string>) {
  return targets.map((address, index): FoundTarget => {
    const path = [...at, 'targets', index]
    return { address, labels: { ...labels, ...meta }, path, position: tree.positionOf(path) }
  })
}

interface Place {
  readonly path: Path
  readonly position: Position
}

async function fromFiles(pattern: string, place: Place, { file }: PrometheusFile) {
  const names = await matchingFiles(pattern, file)
  const read = await Promise.all(names.map(async (name) => [name, await readConfig(name, 'check it')] as const))
  const found = read.map(([name, file]) =>
    file.ok ? groupsOf(file.text, name, { __meta_filepath: name }) : none(place, `${name} ${file.message}`),
  )
  const isSmall = read.every(([name, file]) => file.ok && Buffer.byteLength(file.text) <= largestBytes(name))
  if (names.length === MOST_FILES) found.push(none(place, `names ${MOST_FILES} files or more, and no more are read`))
  return { ...joined(found), list: { pattern, isOfNone: names.length === 0, isSmall, ...place } }
}

/** Where its targets were taken over as they are today. */
export function copied({ isOfNone, path, position }: FileList): PlacedProblem {
  return { path, position, message: isOfNone ? 'names no file that is here; nothing is taken from it' : COPIED }
}

const COPIED =
  'is read once, now: what changes there later does not reach the written file; for a list that changes see discovery in docs/configuration.md'

/** `namedBy`: from whose folder a path starts. */
export async function matchingFiles(pattern: string, namedBy: string): Promise<string[]> {
  const names: string[] = []
  for await (const name of glob(isAbsolute(pattern) ? pattern : join(dirname(namedBy), pattern))) {
    if (names.length === MOST_FILES) break
    names.push(name)
  }
  return names.sort()
}

type HttpDiscovery = ScrapeConfig['http_sd_configs'][number]

/** What the request would have to carry. */
const CREDENTIALS = ['basic_auth', 'authorization', 'oauth2', 'tls_config', 'http_headers', 'proxy_url'] as const

async function fromUrl(block: HttpDiscovery, place: Place): Promise<FoundTargets> {
  const needed = CREDENTIALS.find((key) => block[key] !== undefined)
  const shown = maskUrl(block.url)
  if (needed !== undefined)
    return none(place, `is asked with ${needed}, which is not followed; save its answer and name the file: ${SAVED}`)
  try {
    const response = await fetch(block.url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    if (!response.ok || response.body === null)
      return none(place, `${shown} answered ${response.status}; nothing is taken from it`)
    const read = await configText(response.body, shown)
    if (!read.ok) return none(place, `the answer of ${shown} ${read.message}`)
    return joined([none(place, COPIED), groupsOf(read.text, shown, { __meta_url: block.url })])
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown
    return none(place, `${shown} gave no answer; nothing is taken from it`)
  }
}

const SAVED = 'file_sd_configs: [{files: [FILE]}]'

/** YAML, of which JSON is a part. */
function groupsOf(text: string, file: string, meta: Record<string, string>): FoundTargets {
  const read = readTexts(text, file, z.array(staticGroup))
  if (!read.ok) return { targets: [], complaints: read.problems }
  const targets = read.value.flatMap((group, index) => targetsOf(group, [index], read.tree, meta))
  return { targets, complaints: [] }
}

function none({ path, position }: Place, message: string): FoundTargets {
  return { targets: [], complaints: [{ path, position, message }] }
}

function joined(parts: readonly FoundTargets[]): FoundTargets {
  return {
    targets: parts.flatMap(({ targets }) => targets),
    complaints: parts.flatMap(({ complaints }) => complaints),
  }
}
