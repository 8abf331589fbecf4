import type { ServerResponse } from 'node:http'
import type { Config } from '../config/schema.ts'
import type { History } from '../sinks/history.ts'
import type { Latest } from '../sinks/latest.ts'
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

/** `?id=`, `?target=[&module=]` as blackbox_exporter; `?instance=` for the last run of a scheduled target. */
export function answerLogs(parts: LogParts, url: string, response: ServerResponse): void {
  const found = find(parts, queryOf(url))
  if (found.ok) sendText(response, 200, debugText(found.entry))
  else sendText(response, found.status, found.message)
}

function find(parts: LogParts, query: URLSearchParams): Found {
  const [id, target, instance] = ['id', 'target', 'instance'].map((name) => query.get(name) ?? '')
  if (id && target) return refuse(400, "Probe id and target can't be defined at the same time")
  if (id && /^\d+$/.test(id)) return found(parts.history.byId(Number(id)), 'Probe id not found')
  if (target) return found(parts.history.newest(target, query.get('module') || undefined), 'Probe target not found')
  if (instance) return found(scheduled(parts, instance), 'No scheduled target of this name has run')
  return refuse(400, 'Probe id or target must be defined as http query parameters')
}

function scheduled({ config, latest }: LogParts, name: string): Explained | undefined {
  const run = latest.of(name)
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
