/** `sonde check FILE…`: everything that is wrong in a configuration, without running it. */
import { configText } from '../prober/config/config-text.ts'
import { type Loaded, loadConfig, parseConfig } from '../prober/config/load.ts'
import { listed } from '../prober/config/field.ts'
import type { Config } from '../prober/config/schema.ts'
import { readArguments } from './arguments.ts'
import { counted } from './counted.ts'
import { icmpWarning } from './icmp-warning.ts'
import { moduleSummary } from './module-summary.ts'
import { type Host, printable } from './terminal.ts'

export async function check(args: readonly string[], { terminal, environment, standardInput }: Host): Promise<number> {
  const read = filesOf(args)
  if (!read.ok) {
    terminal.complain(`sonde check: ${read.message}`)
    return 1
  }
  let failures = 0
  for (const file of read.files) {
    const loaded = await (file === '-'
      ? loadFrom(standardInput(), environment)
      : loadConfig(file, 'check the path', environment))
    for (const line of messages(loaded)) terminal.complain(line)
    if (loaded.ok)
      for (const line of [`${file}: ${summary(loaded.config)}`, ...moduleLines(loaded.config)]) terminal.line(line)
    else failures += 1
  }
  return failures === 0 ? 0 : 1
}

type Files = { readonly ok: true; readonly files: readonly string[] } | { readonly ok: false; readonly message: string }

function filesOf(args: readonly string[]): Files {
  const read = readArguments(args, {})
  if (!read.ok) return read
  const isNone = read.positionals.length === 0
  return isNone
    ? { ok: false, message: 'which file? as in: sonde check sonde.yml' }
    : { ok: true, files: [...new Set(read.positionals)] }
}

async function loadFrom(input: AsyncIterable<Uint8Array>, environment: Host['environment']): Promise<Loaded> {
  const read = await configText(input, '<stdin>')
  return read.ok ? await parseConfig(read.text, '<stdin>', environment) : read
}

function messages(loaded: Loaded): readonly string[] {
  const { warnings = [] } = loaded.ok ? loaded.config : loaded
  const icmp = loaded.ok ? icmpWarning(loaded.config) : undefined
  const all = icmp === undefined ? warnings : [...warnings, icmp]
  return [...(loaded.ok ? [] : loaded.errors), ...all.map((warning) => `${warning} (warning)`)]
}

/** The hops of a path are scheduled as targets are, but who wrote the file counts them as paths. */
function summary({ modules, targets, paths, discovery }: Config): string {
  const own = targets.filter(({ hop }) => hop === undefined).length
  const counts = [counted(modules.size, 'module'), counted(own, 'target')]
  if (paths.length > 0) counts.push(counted(paths.length, 'path'))
  const kinds = foundKinds(discovery)
  if (kinds.length > 0) counts.push(`more to be found in ${listed(kinds)}`)
  return [...counts, 'ok'].join(', ')
}

function foundKinds({ files, kubernetes }: Config['discovery']): readonly string[] {
  const kinds = kubernetes.flatMap(({ resources }) => resources.map(({ resource }) => resource))
  return [...new Set([...(files.length > 0 ? ['files'] : []), ...kinds])]
}

/** Names as long as this are read anyway, and must not push all others aside. */
const MOST_NAME_CELLS = 30

function moduleLines({ modules, targets }: Config): readonly string[] {
  const cells = Math.min(MOST_NAME_CELLS, Math.max(0, ...[...modules.keys()].map((name) => name.length)))
  return [...modules].map(([name, module]) => {
    const using = targets.filter((target) => target.module === name)
    const hops = using.filter(({ hop }) => hop !== undefined).length
    const used = [counted(using.length - hops, 'target'), counted(hops, 'hop')].filter((text) => !text.startsWith('0 '))
    return printable(`  ${name.padEnd(cells)}  ${[moduleSummary(module), ...used].join(', ')}`)
  })
}
