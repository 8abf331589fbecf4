/** `sonde check FILE…`: everything that is wrong in a configuration, without running it. */
import { text } from 'node:stream/consumers'
import { type Loaded, loadConfig, parseConfig } from '../prober/config/load.ts'
import { readArguments } from './arguments.ts'
import type { Host } from './terminal.ts'

export async function check(args: readonly string[], { terminal, standardInput }: Host): Promise<number> {
  const read = readArguments(args, {})
  const message = !read.ok
    ? read.message
    : read.positionals.length === 0
      ? 'which file? as in: sonde check sonde.yml'
      : ''
  if (!read.ok || message !== '') {
    terminal.complain(`sonde check: ${message}`)
    return 1
  }
  let failures = 0
  for (const file of read.positionals) {
    const loaded = file === '-' ? await parseConfig(await text(standardInput()), '<stdin>') : await loadConfig(file)
    for (const line of messages(loaded)) terminal.complain(line)
    if (loaded.ok) terminal.line(`${file}: ${summary(loaded.config)}`)
    else failures += 1
  }
  return failures === 0 ? 0 : 1
}

function messages(loaded: Loaded): readonly string[] {
  return loaded.ok ? loaded.config.warnings.map((warning) => `${warning} (warning)`) : loaded.errors
}

function summary(config: { readonly modules: { size: number }; readonly targets: { length: number } }): string {
  return `${counted(config.modules.size, 'module')}, ${counted(config.targets.length, 'target')}, ok`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
