/** Flags of the commands that are ours alone; `serve` has blackbox_exporter's own rules. */
import { parseArgs } from 'node:util'
import { nearest } from '../prober/config/nearest.ts'

export interface Flag {
  readonly type: 'string' | 'boolean'
  readonly short?: string
}

export type Arguments<Name extends string> =
  | {
      readonly ok: true
      /** What was given: a string flag's value, or `true`. */
      readonly values: Readonly<Partial<Record<Name, string | true>>>
      readonly positionals: readonly string[]
    }
  | { readonly ok: false; readonly message: string }

export function readArguments<Name extends string>(
  args: readonly string[],
  flags: Readonly<Record<Name, Flag>>,
): Arguments<Name> {
  const known = Object.keys(flags) as Name[]
  const { tokens } = parseArgs({ args: [...args], options: flags, strict: false, allowPositionals: true, tokens: true })
  const values: Partial<Record<Name, string | true>> = {}
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const name = known.find((candidate) => candidate === token.name)
    if (name === undefined) return refuse(unknownFlag(token.rawName, known))
    const value = flagValue(flags[name], token)
    if (!value.ok) return value
    // `-v -v` says nothing twice; of two values one would be lost.
    if (typeof values[name] === 'string') return refuse(`flag --${name} cannot be repeated`)
    values[name] = value.value
  }
  return { ok: true, values, positionals }
}

interface OptionToken {
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function flagValue({ type }: Flag, token: OptionToken): { ok: true; value: string | true } | Refusal {
  if (type === 'boolean') {
    return token.inlineValue ? refuse(`${token.rawName} takes no value`) : { ok: true, value: true }
  }
  // `--timeout -v`: a flag is no value, unless it is glued on by `=`.
  const isFlag = token.inlineValue !== true && /^-./.test(token.value ?? '')
  if (token.value === undefined || isFlag) return refuse(`${token.rawName} needs a value`)
  return { ok: true, value: token.value }
}

interface Refusal {
  readonly ok: false
  readonly message: string
}

function refuse(message: string): Refusal {
  return { ok: false, message }
}

function unknownFlag(rawName: string, known: readonly string[]): string {
  const guess = nearest(rawName.replace(/^-+/, ''), known)
  return `unknown flag ${rawName}; ${guess === undefined ? '--help lists those there are' : `did you mean --${guess}?`}`
}
