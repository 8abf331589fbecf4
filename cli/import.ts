/** `sonde import FILE…`: what blackbox_exporter and Prometheus were told, as one sonde.yml. */
import { access } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { parseConfig } from '../prober/config/load.ts'
import { formatProblems } from '../prober/config/problem.ts'
import type { Config } from '../prober/config/schema.ts'
import { readArguments } from './arguments.ts'
import { builtInModules } from './built-in-modules.ts'
import { counted } from './counted.ts'
import { writeDifference } from './generated-folder.ts'
import { importedTargets } from './import/imported-targets.ts'
import { questionsOf } from './import/probing-jobs.ts'
import { sondeFile } from './import/sonde-file.ts'
import { readImported, type Sources } from './import/sources.ts'
import type { Host, Terminal } from './terminal.ts'

const FLAGS = { out: { type: 'string' }, force: { type: 'boolean' } } as const

interface Order {
  readonly files: readonly string[]
  /** undefined: standard output. */
  readonly out: string | undefined
  readonly isForced: boolean
}

/** What it needs of the world outside. */
export interface ImportHost {
  readonly terminal: Pick<Terminal, 'write' | 'line' | 'complain'>
  readonly environment: Host['environment']
}

export async function importFiles(args: readonly string[], { terminal, environment }: ImportHost): Promise<number> {
  const read = await orderOf(args)
  if (!read.ok) {
    terminal.complain(`sonde import: ${read.message}`)
    return 1
  }
  const { files, out } = read.order
  const sources = await readImported(files, environment)
  const made = sources.errors.length > 0 ? { errors: sources.errors } : await make(sources, out, environment)
  for (const warning of sources.warnings) terminal.complain(`${warning} (warning)`)
  if ('errors' in made) {
    for (const error of made.errors) terminal.complain(error)
    terminal.complain(`sonde import: ${out === undefined ? 'nothing was written' : `${out} was not written`}`)
    return 1
  }
  for (const line of made.complaints) terminal.complain(`${line} (warning)`)
  return await give(made, out, terminal)
}

type Read = { readonly ok: true; readonly order: Order } | { readonly ok: false; readonly message: string }

async function orderOf(args: readonly string[]): Promise<Read> {
  const read = readArguments(args, FLAGS)
  if (!read.ok) return read
  const { out, force } = read.values
  const order = {
    files: [...new Set(read.positionals)],
    out: out === undefined ? undefined : String(out),
    isForced: force === true,
  }
  const message = await complaintAbout(order)
  return message === undefined ? { ok: true, order } : { ok: false, message }
}

async function complaintAbout({ files, out, isForced }: Order): Promise<string | undefined> {
  if (files.length === 0) return 'which files? as in: sonde import blackbox.yml prometheus.yml --out sonde.yml'
  if (out === '') return '--out needs a value'
  if (out === undefined) return isForced ? '--force goes with --out FILE' : undefined
  if (!isForced && (await isThere(out))) return `${out} is there already; give another --out, or --force to replace it`
  return undefined
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  )
}

interface Made {
  readonly text: string
  readonly complaints: readonly string[]
  /** In one line. */
  readonly summary: string
}

/** Errors: it would not load, which is ours to have seen before. */
async function make(
  { modulesFiles, modules, prometheusFiles }: Sources,
  out: string | undefined,
  environment: Host['environment'],
): Promise<Made | { readonly errors: readonly string[] }> {
  const global = prometheusFiles.find((file) => file.global !== undefined)?.global ?? {}
  const found = await Promise.all(prometheusFiles.map((file) => questionsOf(file, file.global ?? global)))
  const known = modulesFiles.length > 0 ? modules : await defaultModules()
  const { jobs, lists, complaints } = importedTargets(
    found.flatMap((part) => part.jobs),
    found.flatMap(({ questions }) => questions),
    known,
  )
  const all = [...found.flatMap((part) => part.complaints), ...complaints]
  const lines = formatProblems(
    prometheusFiles.map(({ file }) => file),
    all,
  )
  if (modulesFiles.length === 0 && jobs.length + lists.length === 0) return { errors: [...lines, NOTHING] }
  const text = sondeFile(modulesFiles, jobs, lists, dirname(out ?? 'sonde.yml'))
  const loaded = await parseConfig(text, out ?? 'sonde.yml', environment)
  if (!loaded.ok) return loaded
  const others = found.reduce((sum, { otherJobs }) => sum + otherJobs, 0)
  return {
    text,
    complaints: lines,
    summary: summaryOf(loaded.config, others),
  }
}

const NOTHING = 'sonde import: no job of these files asks a blackbox_exporter, and there are no modules'

/** Without a blackbox.yml, what a file without modules has. */
async function defaultModules() {
  const modules = await builtInModules()
  return new Map([...modules].filter(([name]) => name === 'http_2xx'))
}

function summaryOf({ modules, targets, discovery }: Config, otherJobs: number): string {
  const lists = discovery.files.length
  const parts = [
    counted(modules.size, 'module'),
    counted(targets.length, 'target'),
    ...(lists === 0 ? [] : [`${counted(lists, 'job')} of targets in files`]),
  ]
  return otherJobs === 0
    ? parts.join(', ')
    : `${parts.join(', ')}; ${counted(otherJobs, 'other job')} left to Prometheus`
}

/** Returns the exit code. */
async function give(
  { text, summary }: Made,
  out: string | undefined,
  terminal: ImportHost['terminal'],
): Promise<number> {
  if (out === undefined) {
    terminal.write(text)
    return 0
  }
  try {
    await writeDifference(dirname(out), { stale: [{ path: basename(out), content: text }], leftover: [] })
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown)) throw thrown
    terminal.complain(`sonde import: ${out} cannot be written (${thrown.code}); give another --out`)
    return 1
  }
  terminal.line(`wrote ${out}: ${summary}`)
  return 0
}
