/** `/targets`: what is scheduled, in the form of Prometheus' http_sd. Relabelling makes of it questions to `/probe`. */
import type { ServerResponse } from 'node:http'
import { formatDuration } from '../config/duration.ts'
import { maxAgeSeconds } from '../config/pulled.ts'
import type { Config, Target } from '../config/schema.ts'

/** One group of http_sd; all labels are texts. */
interface TargetGroup {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

/** `__meta_` labels are for relabelling, and end with it. By name: an address may hold a password. */
export function targetGroups({ targets, modules }: Pick<Config, 'targets' | 'modules'>): TargetGroup[] {
  // What is told of the hops of paths stands on /metrics.
  return targets.filter(({ hop }) => hop === undefined).map((target) => groupOf(target, modules))
}

function groupOf({ name, module, intervalSeconds, labels }: Target, modules: Config['modules']): TargetGroup {
  const maxAge = maxAgeSeconds(intervalSeconds, modules.get(module)?.timeoutSeconds ?? 0)
  const meta = { __meta_sonde_module: module, __meta_sonde_max_age: formatDuration(maxAge) }
  return { targets: [name], labels: { ...labels, ...meta } }
}

/** Prometheus takes no other type than this. */
export function answerTargets(config: Config, response: ServerResponse): void {
  const body = JSON.stringify(targetGroups(config))
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(body)
}
