/** `sonde probe URL`: one probe, shown to a person or written for a script. */
import { parseDuration } from '../prober/config/duration.ts'
import { loadConfig } from '../prober/config/load.ts'
import { parseNameServer } from '../prober/config/module-base.ts'
import { ADDRESS_MODES, type AddressMode, type Module } from '../prober/config/schema.ts'
import { createResolver, resolverAt } from '../prober/net/resolve.ts'
import { createTlsContexts } from '../prober/net/tls.ts'
import { createProbe, type ProbeRequest } from '../prober/probes/probe.ts'
import type { Result } from '../prober/probes/result.ts'
import { readArguments } from './arguments.ts'
import { builtInModules } from './built-in-modules.ts'
import { nearest } from '../prober/config/nearest.ts'
import { probeJson } from './probe-json.ts'
import { probeReport } from './probe-report.ts'
import { probeUntilOk } from './probe-retry.ts'
import { type ProbeTarget, readProbeTarget } from './probe-target.ts'
import type { Host } from './terminal.ts'
import { ownVersion } from './version.ts'

const FLAGS = {
  module: { type: 'string' },
  'config.file': { type: 'string' },
  timeout: { type: 'string' },
  hostname: { type: 'string' },
  addresses: { type: 'string' },
  resolver: { type: 'string' },
  'retry-for': { type: 'string' },
  output: { type: 'string' },
  verbose: { type: 'boolean', short: 'v' },
} as const

/** When neither the flag nor the module says one; a person waits for the answer. */
const DEFAULT_TIMEOUT_SECONDS = 5
/** Node's timers hold 2^31-1 ms; no probe wants a day. */
const LONGEST_SECONDS = 86_400

interface Asked {
  readonly request: ProbeRequest
  readonly moduleName: string
  readonly retrySeconds: number
  readonly asJson: boolean
  readonly isVerbose: boolean
}
type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly messages: readonly string[] }

export async function probe(args: readonly string[], host: Host): Promise<number> {
  const { terminal, environment } = host
  const read = await readAsked(args, environment)
  if (!read.ok) {
    for (const message of read.messages) terminal.complain(message)
    return 1
  }
  const { request, moduleName, retrySeconds, asJson, isVerbose } = read.value
  const userAgent = `Sonde/${await ownVersion()}`
  const tlsContexts = createTlsContexts()
  // The machine's trust store takes 70 ms to read: that is nobody's latency.
  const { module } = request
  if ('tls' in module) await tlsContexts(module.tls)
  const run = createProbe({ resolve: createResolver(), resolverAt, tlsContexts, environment, userAgent })
  const signal = host.interrupted()
  const onFailure = ({ outcome }: Result, attempt: number) => {
    if (!outcome.ok) terminal.complain(`sonde probe: attempt ${attempt}: ${outcome.reason} in ${outcome.phase}; again`)
  }
  const retry = { forSeconds: retrySeconds, pauseSeconds: 1, signal, onFailure }
  const result = await probeUntilOk(() => run(request, signal), retry)
  const report = { columns: terminal.columns(), hasColour: terminal.hasColour, isVerbose }
  const lines = asJson ? [probeJson(result, moduleName, isVerbose)] : probeReport(result, report)
  for (const line of lines) terminal.line(line)
  return result.outcome.ok ? 0 : 1
}

async function readAsked(args: readonly string[], environment: Host['environment']): Promise<Reading<Asked>> {
  const read = readArguments(args, FLAGS)
  if (!read.ok) return refuse(read.message)
  const { values, positionals } = read
  const [target] = positionals
  if (target === undefined || target.trim() === '')
    return refuse('which target? as in: sonde probe https://example.com/')
  if (positionals.length > 1) return refuse(`one target at a time; found ${positionals.length}`)
  const output = text(values.output) ?? 'text'
  if (output !== 'text' && output !== 'json') return refuse(`--output is text or json, not ${JSON.stringify(output)}`)
  const probed = readProbeTarget(target)
  if (!probed.ok) return refuse(probed.message)
  const moduleName = text(values.module) ?? probed.module
  const module = await findModule(moduleName, text(values['config.file']), environment)
  if (!module.ok) return module
  const request = readRequest(probed, moduleName, module.value, values)
  if (!request.ok) return request
  const retry = readDuration('retry-for', text(values['retry-for']))
  if (!retry.ok) return retry
  const shown = { asJson: output === 'json', isVerbose: values.verbose === true }
  return { ok: true, value: { request: request.value, moduleName, retrySeconds: retry.value ?? 0, ...shown } }
}

type Values = Readonly<Partial<Record<keyof typeof FLAGS, string | true>>>

function readRequest(
  { target, prober, question }: ProbeTarget,
  moduleName: string,
  named: Module,
  values: Values,
): Reading<ProbeRequest> {
  if (prober !== undefined && prober !== named.prober) {
    return refuse(`a target of ${prober} needs a module of ${prober}, and ${moduleName} is one of ${named.prober}`)
  }
  const module = withResolver(named, text(values.resolver))
  if (!module.ok) return module
  const timeout = readTimeout(text(values.timeout), named)
  if (!timeout.ok) return timeout
  const addresses = readAddresses(text(values.addresses))
  if (!addresses.ok) return addresses
  const hostname = text(values.hostname)
  const request: ProbeRequest = {
    target,
    module: module.value,
    timeoutSeconds: timeout.value,
    ...(hostname === undefined ? {} : { hostname }),
    ...(question === undefined ? {} : { question }),
    ...(addresses.value === undefined ? {} : { addresses: addresses.value }),
  }
  return { ok: true, value: request }
}

function withResolver(module: Module, flag: string | undefined): Reading<Module> {
  if (flag === undefined) return { ok: true, value: module }
  const parsed = parseNameServer(flag)
  return parsed.ok
    ? { ok: true, value: { ...module, resolver: parsed.value } }
    : refuse(`--resolver: ${JSON.stringify(flag)} ${parsed.message}`)
}

function readAddresses(flag: string | undefined): Reading<AddressMode | undefined> {
  const mode = ADDRESS_MODES.find((known) => known === flag)
  if (flag === undefined || mode !== undefined) return { ok: true, value: mode }
  return refuse(`--addresses is one, any or all, not ${JSON.stringify(flag)}`)
}

async function findModule(
  name: string,
  file: string | undefined,
  environment: Host['environment'],
): Promise<Reading<Module>> {
  if (file === undefined) return fromBuiltIn(name)
  const loaded = await loadConfig(file, undefined, environment)
  if (!loaded.ok) return { ok: false, messages: loaded.errors }
  const { modules } = loaded.config
  const module = modules.get(name)
  return module === undefined
    ? refuse(`${file} has no module ${JSON.stringify(name)}; ${hint(name, modules, 'it has')}`)
    : { ok: true, value: module }
}

async function fromBuiltIn(name: string): Promise<Reading<Module>> {
  const modules = await builtInModules()
  const module = modules.get(name)
  if (module !== undefined) return { ok: true, value: module }
  const message = `--module ${name} needs a --config.file that has it; ${hint(name, modules, 'built in are')}`
  return refuse(message)
}

function hint(name: string, modules: ReadonlyMap<string, Module>, otherwise: string): string {
  const known = [...modules.keys()]
  const guess = nearest(name, known)
  return guess === undefined ? `${otherwise} ${known.join(', ')}` : `did you mean ${guess}?`
}

/** The shorter of the flag's and the module's, as a scrape timeout and a module's timeout combine. */
function readTimeout(flag: string | undefined, module: Module): Reading<number> {
  const own = module.timeoutSeconds > 0 ? module.timeoutSeconds : undefined
  const asked = readDuration('timeout', flag)
  if (!asked.ok) return asked
  const { value = own ?? DEFAULT_TIMEOUT_SECONDS } = asked
  return { ok: true, value: Math.min(value, own ?? value) }
}

function readDuration(name: keyof typeof FLAGS, flag: string | undefined): Reading<number | undefined> {
  if (flag === undefined) return { ok: true, value: undefined }
  const parsed = parseDuration(flag)
  if (!parsed.ok) return refuse(`--${name}: ${parsed.message}`)
  if (parsed.value <= 0 || parsed.value > LONGEST_SECONDS) {
    return refuse(`--${name}: found ${flag}; write one above 0 and up to 24h, as in 5s`)
  }
  return parsed
}

function text(value: string | true | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function refuse(message: string): { readonly ok: false; readonly messages: readonly string[] } {
  return { ok: false, messages: [`sonde probe: ${message}`] }
}
