import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { parseQueryType } from '../config/dns-names.ts'
import { parseDuration } from '../config/duration.ts'
import type { Parsed } from '../config/parsed.ts'
import type { Config, Module, Target } from '../config/schema.ts'
import { CONTENT_TYPES, type Format, type Renderer } from '../metrics/exposition.ts'
import { overloadedSample, type Sample, samples } from '../metrics/samples.ts'
import type { DnsQuestion, ProbeRequest } from '../probes/probe.ts'
import type { Result } from '../probes/result.ts'
import { targetRequest } from '../probes/target-request.ts'
import type { ClientGone } from './client-gone.ts'
import { debugText, type Explained } from './debug.ts'
import type { FindScheduled, Fresh } from './fresh.ts'
import { acceptsGzip, type chooseFormat } from './negotiate.ts'
import { queryOf, targetOf } from './query.ts'
import type { Shared, SharedProbes } from './shared.ts'
import { sendText } from './text.ts'
import { probeTimeout } from './timeout.ts'

export interface ProbeParts {
  readonly config: () => Config
  readonly timeoutOffsetSeconds: number
  readonly chooseFormat: typeof chooseFormat
  readonly render: Renderer
  readonly clientGone: ClientGone
  readonly run: (moduleName: string, request: ProbeRequest, signal: AbortSignal) => Promise<Result>
  readonly moduleUnknown: () => void
  readonly findScheduled: FindScheduled
  /** undefined: it has no result of that age. */
  readonly freshResult: (target: Target, maxAgeSeconds: number) => Fresh | undefined
  readonly shared: SharedProbes
  /** After the answer was written; the target as it was asked for, the module as it was then. */
  readonly remember: (target: string, explained: Explained) => void
}

/** blackbox_exporter's default. */
const DEFAULT_MODULE = 'http_2xx'
/** Compressing the 4 KiB of a usual answer costs about 40 µs, a sixth of a whole probe. */
const GZIP_FROM_CHARACTERS = 16_384

interface Asked extends ProbeRequest {
  readonly ok: true
  readonly moduleName: string
  readonly isDebug: boolean
  /** What it runs by: a reload meanwhile changes what is configured, not what was asked. */
  readonly config: Config
  /** A result of a scheduled target will do, if it is no older. */
  readonly maxAgeSeconds: number | undefined
  /** Only looked for with `maxAgeSeconds`. */
  readonly scheduled: Target | undefined
}
interface Refused {
  readonly ok: false
  readonly status: number
  readonly message: string
}

export async function answerProbe(
  parts: ProbeParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = readRequest(parts, request)
  if (!asked.ok) return sendText(response, asked.status, asked.message)
  const fresh = freshOf(parts, asked)
  if (fresh !== undefined) return sendResult(parts, asked, fresh, request, response)
  const gone = parts.clientGone(request.socket)
  const { result, isFirst } = await run(parts, asked, gone)
  if (!gone.aborted) sendResult(parts, asked, { result, ageSeconds: 0 }, request, response)
  if (isFirst) parts.remember(asked.target, explain(asked, result))
}

function freshOf({ freshResult, shared }: ProbeParts, asked: Asked): Fresh | undefined {
  const { scheduled, maxAgeSeconds = 0 } = asked
  if (scheduled === undefined) return undefined
  return freshResult(scheduled, maxAgeSeconds) ?? shared.fresh(scheduled, asked, maxAgeSeconds)
}

async function run({ run, shared }: ProbeParts, asked: Asked, gone: AbortSignal): Promise<Shared> {
  if (asked.scheduled !== undefined) return await shared.ask(asked.scheduled, asked, gone)
  return { result: await run(asked.moduleName, asked, gone), isFirst: true }
}

function explain({ moduleName, config }: Asked, result: Result): Explained {
  return { module: moduleName, moduleYaml: config.moduleYaml.get(moduleName) ?? '', result }
}

function sendResult(
  parts: ProbeParts,
  asked: Asked,
  { result, ageSeconds }: Fresh,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (asked.isDebug) {
    sendText(response, 200, debugText(explain(asked, result)))
    return
  }
  const format = parts.chooseFormat(request.headers.accept)
  const age: Sample = { name: 'probe_result_age_seconds', value: ageSeconds }
  const list = [...samples(result), overloadedSample(result)]
  if (asked.maxAgeSeconds !== undefined) list.push(age)
  sendSamples(parts.render(list, format), format, request, response)
}

/** In blackbox_exporter's order: of two faults, the same one is told. */
function readRequest(parts: ProbeParts, { url = '', headers }: IncomingMessage): Asked | Refused {
  const query = queryOf(url)
  const config = parts.config()
  const moduleName = query.get('module') || DEFAULT_MODULE
  const module = config.modules.get(moduleName)
  if (module === undefined) {
    parts.moduleUnknown()
    return refuse(400, `Unknown module ${JSON.stringify(moduleName)}`)
  }
  const header = headers['x-prometheus-scrape-timeout-seconds']?.toString()
  const timeout = probeTimeout(header, module.timeoutSeconds, parts.timeoutOffsetSeconds)
  if (!timeout.ok) return refuse(500, `Failed to parse timeout from Prometheus header: ${timeout.message}`)
  const given = query.get('target')
  if (!given) return refuse(400, 'Target parameter is missing')
  const target = targetOf(given)
  if (!target.ok) return refuse(400, `Target parameter cannot be decoded: ${target.message}`)
  const hostname = query.get('hostname') ?? ''
  const conflict = hostname === '' ? undefined : hostConflict(module, hostname)
  if (conflict !== undefined) return refuse(400, conflict)
  const asksFor = questionOf(module, query)
  if (!asksFor.ok) return refuse(400, asksFor.message)
  const maxAge = maxAgeOf(query)
  if (!maxAge.ok) return refuse(400, `max_age: ${maxAge.message}`)
  const asked = {
    target: target.text,
    module,
    ...(hostname === '' ? {} : { hostname }),
    ...(asksFor.question === undefined ? {} : { question: asksFor.question }),
  }
  const question = { ...asked, moduleName }
  const scheduled = maxAge.value === undefined ? undefined : parts.findScheduled(config.targets, question)
  return {
    ok: true,
    ...(scheduled === undefined ? asked : targetRequest(scheduled, module)),
    moduleName,
    timeoutSeconds: timeout.timeoutSeconds,
    isDebug: query.get('debug') === 'true',
    config,
    maxAgeSeconds: maxAge.value,
    scheduled,
  }
}

function maxAgeOf(query: URLSearchParams): Parsed<number | undefined> {
  const given = query.get('max_age') ?? ''
  return given === '' ? { ok: true, value: undefined } : parseDuration(given)
}

type AsksFor =
  | { readonly ok: true; readonly question: DnsQuestion | undefined }
  | { readonly ok: false; readonly message: string }

/** One dns module for many names (#1104). Other kinds ignore both, as blackbox_exporter ignores what it does not know. */
function questionOf(module: Module, query: URLSearchParams): AsksFor {
  const [name, given] = [query.get('query_name') ?? '', query.get('query_type') ?? '']
  if (module.prober !== 'dns' || (name === '' && given === '')) return { ok: true, question: undefined }
  const type = given === '' ? undefined : parseQueryType(given)
  if (type !== undefined && !type.ok) return { ok: false, message: `query_type: ${type.message}` }
  return {
    ok: true,
    question: { ...(name === '' ? {} : { name }), ...(type === undefined ? {} : { type: type.value }) },
  }
}

function refuse(status: number, message: string): Refused {
  return { ok: false, status, message }
}

function hostConflict(module: Module, hostname: string): string | undefined {
  if (module.prober !== 'http') return undefined
  const host = Object.entries(module.headers).find(([name]) => name.toLowerCase() === 'host')?.[1]
  if (host === undefined || host === hostname) return undefined
  return `host header defined both in module configuration (${host}) and with URL-parameter 'hostname' (${hostname})`
}

function sendSamples(text: string, format: Format, { headers }: IncomingMessage, response: ServerResponse): void {
  const type = CONTENT_TYPES[format]
  if (text.length >= GZIP_FROM_CHARACTERS && acceptsGzip(headers['accept-encoding']?.toString())) {
    response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip', vary: 'Accept, Accept-Encoding' })
    response.end(gzipSync(text, { level: 1 }))
  } else {
    response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
  }
}
