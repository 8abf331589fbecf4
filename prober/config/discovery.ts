/** `discovery:`: targets that are written elsewhere: in files of Prometheus’ `file_sd` form, and in Kubernetes. */
import { z } from 'zod'
import { type Report, withDefault } from './field.ts'
import type { ResolvePath } from './file-paths.ts'
import { type FileSource, fileSourceBlock, toFileSource } from './file-source.ts'
import { entriesOf } from './headers.ts'
import {
  DEFAULT_MODULES,
  type KubernetesSource,
  kubernetesSourceBlock,
  RESOURCES,
  toKubernetesSource,
} from './kubernetes-source.ts'
import { checkModule, checkTime, type Values } from './scheduled.ts'

export interface Discovery {
  readonly files: readonly FileSource[]
  readonly kubernetes: readonly KubernetesSource[]
}

export const discoveryBlock = z
  .strictObject({
    files: withDefault(z.array(fileSourceBlock), [], 'Files in the form of Prometheus’ `file_sd`.'),
    kubernetes: withDefault(z.array(kubernetesSourceBlock), [], 'Objects of a Kubernetes cluster.'),
  })
  .meta({ id: 'discovery' })

/** Rules over the whole file: modules exist and suit, and a probe ends before the next begins. */
export function checkDiscovery(discovery: unknown, modules: Values, report: Report): void {
  const { files, kubernetes } = Object.fromEntries(entriesOf(discovery))
  for (const [index, source] of blocksOf(files)) {
    const at = ['discovery', 'files', index]
    if (typeof source.module !== 'string') continue
    if (checkModule(source.module, at, modules, report)) checkTime(source, source.module, at, modules, report)
  }
  for (const [index, source] of blocksOf(kubernetes)) checkModules(source, index, modules, report)
}

function blocksOf(list: unknown): (readonly [number, Values])[] {
  const items = Array.isArray(list) ? [...list.entries()] : []
  return items.filter(([, item]) => typeof item === 'object' && item !== null)
}

function checkModules(source: Values, index: number, modules: Values, report: Report): void {
  const at = ['discovery', 'kubernetes', index]
  const resources = RESOURCES.filter((name) => Array.isArray(source.resources) && source.resources.includes(name))
  const names = resources.map((resource) =>
    typeof source.module === 'string' ? source.module : DEFAULT_MODULES[resource],
  )
  for (const name of new Set(names)) {
    if (!checkModule(name, at, modules, report)) continue
    checkTime(source, name, at, modules, report)
    const prober = new Map(entriesOf(modules[name])).get('prober')
    if (prober === 'dns' || prober === 'unix')
      report(
        [...at, 'module'],
        `${JSON.stringify(name)} has the prober ${prober}, which cannot ask a host of Kubernetes; write another`,
      )
  }
}

/** `configFile`: as it is named in messages. */
export function toDiscovery(
  block: z.output<typeof discoveryBlock> | undefined,
  configFile: string,
  resolvePath: ResolvePath,
): Discovery {
  return {
    files: (block?.files ?? []).map((source) => toFileSource(source, configFile)),
    kubernetes: (block?.kubernetes ?? []).map((source) => toKubernetesSource(source, resolvePath)),
  }
}
