/** `sonde COMMAND`. The only file that touches `process`; run it through cli/sonde.js, which minds Node.js' age. */
import { COMMANDS, type Command, helpOf } from './help.ts'
import { nearest } from '../prober/config/nearest.ts'
import type { Host, Terminal } from './terminal.ts'
import { versionText } from './version.ts'

// `npm run sonde` starts us in the package's folder, while paths on the command line are meant from where the person is.
if (process.env.npm_lifecycle_event === 'sonde' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)

const interruption = createInterruption()
const host: Host = {
  terminal: createTerminal(),
  environment: process.env,
  standardInput: () => process.stdin,
  interrupted: interruption.listen,
  onLogError,
  onHangup(listener) {
    process.on('SIGHUP', listener)
    return { [Symbol.dispose]: () => void process.off('SIGHUP', listener) }
  },
}
process.exitCode = await run(process.argv.slice(2))

async function run(args: readonly string[]): Promise<number> {
  const [word, ...rest] = args
  if (word === '--help' || word === '-h') return dispatch('help', rest)
  if (word === undefined || word.startsWith('-')) return dispatch('serve', args)
  const command = COMMANDS.find((known) => known === word)
  if (command === undefined) return refuse(word)
  const wantsHelp = command !== 'serve' && rest.some((argument) => argument === '--help' || argument === '-h')
  return wantsHelp ? dispatch('help', [command]) : dispatch(command, rest)
}

/** Each command is loaded when it is asked for: `sonde help` pays for no HTTP stack. */
async function dispatch(command: Command, args: readonly string[]): Promise<number> {
  switch (command) {
    case 'serve':
      return (await import('./serve.ts')).serve(args, host)
    case 'probe':
      return (await import('./probe.ts')).probe(args, host)
    case 'check':
      return (await import('./check.ts')).check(args, host)
    case 'generate':
      return (await import('./generate.ts')).generate(args, {
        environment: host.environment,
        say: host.terminal.line,
        complain: host.terminal.complain,
      })
    case 'import':
      return (await import('./import.ts')).importFiles(args, host)
    case 'demo':
      return (await import('./demo.ts')).demo(args, host)
    case 'service':
      return refuseServiceArgument(args[0])
    case 'version':
      return version()
    case 'help':
      return help(args[0])
  }
}

async function help(word: string | undefined): Promise<number> {
  const command = COMMANDS.find((known) => known === word)
  if (word !== undefined && command === undefined) return refuse(word)
  if (command === 'serve') return dispatch('serve', ['--help'])
  host.terminal.line(helpOf(command))
  return 0
}

async function version(): Promise<number> {
  host.terminal.line(`sonde ${await versionText()}`)
  return 0
}

/** Without an argument cli/sonde.js has started the service instead of us. */
function refuseServiceArgument(argument: string | undefined): number {
  host.terminal.complain(
    `sonde service: unexpected ${JSON.stringify(argument)}; it is told everything by its environment, as in: PORT=8080 sonde service`,
  )
  return 1
}

function refuse(word: string): number {
  const guess = nearest(word, COMMANDS)
  const hint = guess === undefined ? `the commands are ${COMMANDS.join(', ')}` : `did you mean "sonde ${guess}"?`
  host.terminal.complain(`sonde: unknown command ${JSON.stringify(word)}; ${hint}`)
  return 1
}

function createTerminal(): Terminal {
  const { stdout, stderr, env } = process
  // `sonde probe … | head -1`: whoever reads may leave early, a terminal may be closed; then there is no one to tell.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      onLogError(error)
      // A full disk under the log is no reason to stop probing; under an answer it is one to say so.
      if (stream === stdout && !isReaderGone(error)) {
        stderr.write(`sonde: standard output cannot be written (${error.code ?? error.message}): is the disk full?\n`)
        process.exit(1)
      }
    })
  }
  const isInteractive = stdout.isTTY === true && env.TERM !== 'dumb'
  return {
    write: (text) => void stdout.write(text),
    line: (text) => void stdout.write(`${text}\n`),
    complain: (text) => void stderr.write(`${text}\n`),
    isInteractive,
    // https://no-color.org: any value but the empty one.
    hasColour: isInteractive && !env.NO_COLOR,
    columns: () => stdout.columns || 80,
    rows: () => stdout.rows || 24,
    onResize(listener) {
      stdout.on('resize', listener)
      return { [Symbol.dispose]: () => void stdout.off('resize', listener) }
    },
  }
}

function onLogError(error: NodeJS.ErrnoException): void {
  if (isReaderGone(error)) interruption.because('nobody reads')
}

function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'EIO'
}

/** Ends the process at once, unless a command listens: then it is asked to end by itself. */
function createInterruption(): { listen(): AbortSignal; because(reason: string): void } {
  const controller = new AbortController()
  let isHeard = false
  const onSignal = (name: NodeJS.Signals) => {
    // Asked twice, a person means it: 128 + SIGINT.
    if (controller.signal.aborted) process.exit(130)
    controller.abort(name)
  }
  const start = () => {
    isHeard = true
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal)
    if (process.env.npm_lifecycle_event !== undefined) whenOrphaned(() => controller.abort('the end of npm'))
  }
  return {
    listen() {
      if (!isHeard) start()
      return controller.signal
    },
    because(reason) {
      if (!isHeard) process.exit()
      controller.abort(reason)
    },
  }
}

/** `npm start` runs us under a shell that takes a SIGTERM for itself and leaves us behind: seen by our parent's change. */
function whenOrphaned(listener: () => void): void {
  const startedBy = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === startedBy) return
    clearInterval(timer)
    listener()
  }, 500)
  timer.unref()
}
