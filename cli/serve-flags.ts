/** blackbox_exporter's command line, by its own rules: `--name=value` or `--name value`, `--no-name` for a boolean. */
import { nearest } from '../prober/config/nearest.ts'

type Flag =
  | { readonly type: 'boolean'; readonly help: string }
  | {
      readonly type: 'text' | 'number' | 'list'
      readonly value: string
      readonly default?: string
      readonly help: string
    }
  | { readonly type: 'choice'; readonly choices: readonly string[]; readonly default: string; readonly help: string }

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

const FLAGS = {
  'config.file': {
    type: 'text',
    value: 'FILE',
    help: 'Configuration (default blackbox.yml; sonde.yml when only that exists).',
  },
  'config.check': { type: 'boolean', help: 'Say what is wrong in the configuration, then exit.' },
  'config.enable-auto-reload': { type: 'boolean', help: 'Reload when the content of the file has changed.' },
  'config.auto-reload-interval': {
    type: 'number',
    value: 'SECONDS',
    default: '30',
    help: 'How often to look for a change.',
  },
  'timeout-offset': {
    type: 'number',
    value: 'SECONDS',
    default: '0.5',
    help: "Left of Prometheus' scrape timeout for the way there and back.",
  },
  'probes.max-concurrent': {
    type: 'number',
    value: 'N',
    default: '1000',
    help: 'Scheduled probes at the same time; more wait in line. 0: no limit.',
  },
  shard: {
    type: 'text',
    value: 'I/N',
    help: 'Of N probers that share the targets this is number I, from 0; ordinal/N in a StatefulSet.',
  },
  'history.limit': { type: 'number', value: 'N', default: '100', help: 'Probes kept for /logs and the status page.' },
  'log.level': { type: 'choice', choices: LEVELS, default: 'info', help: 'Least severity to log.' },
  'log.prober': { type: 'choice', choices: LEVELS, default: 'info', help: 'The same for lines about single probes.' },
  'log.format': { type: 'choice', choices: ['logfmt', 'json'], default: 'logfmt', help: 'Form of a line.' },
  'web.listen-address': {
    type: 'list',
    value: 'ADDRESS',
    default: ':9115',
    help: 'As in :9115, 127.0.0.1:9115, [::1]:9115; repeatable.',
  },
  'web.external-url': {
    type: 'text',
    value: 'URL',
    help: 'Where a reverse proxy shows Sonde; its path becomes the route prefix.',
  },
  'web.route-prefix': {
    type: 'text',
    value: 'PATH',
    help: 'In front of every path (default: path of --web.external-url).',
  },
  'web.config.file': {
    type: 'text',
    value: 'FILE',
    help: 'Not built yet: put a reverse proxy in front for TLS and passwords.',
  },
  'web.systemd-socket': { type: 'boolean', help: 'Not built yet: use --web.listen-address.' },
  version: { type: 'boolean', help: 'Say the version, then exit.' },
  help: { type: 'boolean', help: 'This page (also -h).' },
} as const satisfies Readonly<Record<string, Flag>>

export type FlagName = keyof typeof FLAGS
const NAMES = Object.keys(FLAGS) as FlagName[]

export type ServeFlags = Readonly<Record<FlagName, readonly string[]>>

export type Parsed =
  | { readonly ok: true; readonly flags: ServeFlags }
  | { readonly ok: false; readonly message: string }

/** What was given, once unless it is a list; a boolean is `['true']` or empty. Defaults are filled in, values checked. */
export function parseServeFlags(args: readonly string[]): Parsed {
  const given = new Map<FlagName, string[]>()
  const queue = args.values()
  for (const argument of queue) {
    const read = readFlag(argument, () => queue.next().value)
    if (!read.ok) return read
    if (given.has(read.name) && !isRepeatable(read.name)) return refuse(`flag --${read.name} cannot be repeated`)
    given.set(read.name, [...(given.get(read.name) ?? []), read.value])
  }
  const flags = Object.fromEntries(NAMES.map((name) => [name, valuesOf(name, given.get(name))])) as Record<
    FlagName,
    string[]
  >
  return { ok: true, flags }
}

/** As blackbox_exporter has it, where `--config.check --no-config.check` is refused, too. */
function isRepeatable(name: FlagName): boolean {
  const flag: Flag = FLAGS[name]
  return flag.type === 'list' || name === 'help'
}

function valuesOf(name: FlagName, given: readonly string[] | undefined): readonly string[] {
  const flag: Flag = FLAGS[name]
  if (flag.type === 'boolean') return given?.at(-1) === 'true' ? ['true'] : []
  return given ?? (flag.default === undefined ? [] : [flag.default])
}

type Read = { readonly ok: true; readonly name: FlagName; readonly value: string } | Refused
interface Refused {
  readonly ok: false
  readonly message: string
}

function readFlag(argument: string, next: () => string | undefined): Read {
  if (argument === '-h') return { ok: true, name: 'help', value: 'true' }
  const [, word = '', glued] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argument) ?? []
  if (word === '')
    return refuse(argument.startsWith('-') ? unknown(argument, '') : `unexpected ${JSON.stringify(argument)}`)
  const isNo = word.startsWith('no-')
  const name = NAMES.find((known) => known === (isNo ? word.slice(3) : word))
  const flag: Flag | undefined = name === undefined ? undefined : FLAGS[name]
  if (name === undefined || flag === undefined || (isNo && flag.type !== 'boolean'))
    return refuse(unknown(`--${word}`, word))
  if (flag.type === 'boolean') return readBoolean(name, isNo, glued)
  const value = glued ?? next()
  if (value === undefined) return refuse(`--${name} needs a value, as in --${name}=${example(flag)}`)
  const complaint = complaintAbout(flag, value)
  return complaint === undefined
    ? { ok: true, name, value }
    : refuse(`--${name}: ${JSON.stringify(value)} ${complaint}`)
}

function readBoolean(name: FlagName, isNo: boolean, glued: string | undefined): Read {
  if (glued === undefined) return { ok: true, name, value: String(!isNo) }
  const isWord = !isNo && (glued === 'true' || glued === 'false')
  return isWord ? { ok: true, name, value: glued } : refuse(`--${name} takes no value: write --${name} or --no-${name}`)
}

function complaintAbout(flag: Flag, value: string): string | undefined {
  if (flag.type === 'choice' && !flag.choices.includes(value)) return `is none of ${flag.choices.join(', ')}`
  if (flag.type === 'number' && !/^\d+(\.\d+)?$/.test(value)) return 'is not a number of 0 or more'
  return undefined
}

function example(flag: Flag): string {
  if (flag.type === 'choice') return flag.default
  return flag.type === 'boolean' ? 'true' : (flag.default ?? flag.value)
}

function unknown(shown: string, word: string): string {
  const guess = nearest(word, NAMES)
  return `unknown flag ${shown}; ${guess === undefined ? '--help lists those there are' : `did you mean --${guess}?`}`
}

function refuse(message: string): Refused {
  return { ok: false, message }
}

export function serveHelp(): string {
  const lines = NAMES.map((name) => {
    const flag: Flag = FLAGS[name]
    const shown = flag.type === 'boolean' ? `--[no-]${name}` : `--${name}=${example(flag)}`
    const choices = flag.type === 'choice' ? ` One of ${flag.choices.join(', ')}.` : ''
    return `  ${shown.padEnd(35)}  ${flag.help}${choices}`
  })
  return `sonde serve [flags]    run the exporter; the flags are blackbox_exporter's

${lines.join('\n')}

Signals: SIGHUP reloads the configuration; SIGTERM and SIGINT let running probes end, then exit with 0.
Exit code 1: bad flags, a bad configuration at the start, or an address that cannot be listened on.
`
}
