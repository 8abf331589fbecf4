import type { ServerResponse } from 'node:http'
import type { Config } from '../config/schema.ts'
import type { History } from '../sinks/history.ts'
import type { Latest, LatestRun } from '../sinks/latest.ts'
import { debugText, type Explained } from './debug.ts'
import { queryOf } from './query.ts'
import { sendText } from './text.ts'

export interface LogParts {
  readonly config: () => Config
  readonly history: History
  readonly latest: Latest
}

type Found =
  | { readonly ok: true; readonly entry: Explained }
  | { readonly ok: false; readonly status: number; readonly message: string }

/**
 * `?id=`, `?target=[&module=]` as blackbox_exporter, where nobody has asked for it that of our own schedule;
 * `?instance=` for the last run of a scheduled target.
 */
export function answerLogs(parts: LogParts, url: string, response: ServerResponse): void {
  const found = find(parts, queryOf(url))
  if (found.ok) sendText(response, 200, debugText(found.entry))
  else sendText(response, found.status, found.message)
}

function find(parts: LogParts, query: URLSearchParams): Found {
  const [id, target, instance] = ['id', 'target', 'instance'].map((name) => query.get(name) ?? '')
  if (id && target) return refuse(400, "Probe id and target can't be defined at the same time")
  if (id && /^\d+$/.test(id)) return found(parts.history.byId(Number(id)), 'Probe id not found')
  const module = query.get('module') || undefined
  if (target) {
    const entry = parts.history.newest(target, module) ?? scheduledAt(parts, target, module)
    return found(entry, 'Probe target not found')
  }
  if (instance) return found(explained(parts, parts.latest.of(instance)), 'No scheduled target of this name has run')
  return refuse(400, 'Probe id or target must be defined as http query parameters')
}

function scheduledAt(parts: LogParts, address: string, module: string | undefined): Explained | undefined {
  const isMeant = ({ target }: LatestRun) =>
    target.address === address && (module === undefined || target.module === module)
  return explained(parts, parts.latest.list().find(isMeant))
}

function explained({ config }: LogParts, run: LatestRun | undefined): Explained | undefined {
  if (run === undefined) return undefined
  const { module } = run.target
  return { module, moduleYaml: config().moduleYaml.get(module) ?? '', result: run.result }
}

function found(entry: Explained | undefined, complaint: string): Found {
  return entry === undefined ? refuse(404, complaint) : { ok: true, entry }
}

function refuse(status: number, message: string): Found {
  return { ok: false, status, message }
}
