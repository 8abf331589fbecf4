/** The real blackbox_exporter and Sonde, started in one folder with one blackbox.yml, and asked the same. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { describeWithPrograms, findProgram, freePort, startProgram } from '../programs.ts'
import { compare, expectExplained, type Finding } from './comparison.ts'
import { readDifferences } from './differences.ts'
import { type Answer, parseExposition } from './exposition.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** blackbox_exporter's gRPC prober knows no deadline: some questions it never answers. */
const ANSWER_TIMEOUT_MS = 8_000
const AT_ONCE = 6

/** `{name}` in a target or parameter stands for the world's value of that name, mostly a port. */
export interface Case {
  readonly module: string
  readonly target: string
  /** What blackbox_exporter says of it: a case that fails against all expectation proves nothing. undefined: no word. */
  readonly succeeds: boolean | undefined
  readonly parameters?: Readonly<Record<string, string>>
}

/** Servers and files that the cases need. */
export interface World extends AsyncDisposable {
  readonly names: Readonly<Record<string, string | number>>
  /** Beside those of the fixture. */
  readonly modules?: Readonly<Record<string, unknown>>
}

export interface Both extends AsyncDisposable {
  /** `127.0.0.1:port` of each. */
  readonly sonde: string
  readonly blackbox: string
  /** The end of what both have logged. */
  lastWords(): string
}

export interface Folder extends AsyncDisposable {
  readonly path: string
}

export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'sonde-parity-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

/** Writes the fixture, with names filled in, to where both read it. */
export async function writeModules(
  fixture: string,
  folder: string,
  { names, modules = {} }: Omit<World, keyof AsyncDisposable>,
): Promise<void> {
  const text = fillIn(await readFile(join(ROOT, 'test/fixtures/parity', fixture), 'utf8'), names)
  const added = Object.keys(modules).length === 0 ? '' : stringify(modules).replace(/^(?=.)/gm, '  ')
  await writeFile(join(folder, 'blackbox.yml'), `${text}${added}`)
}

export function fillIn(text: string, names: World['names']): string {
  return text.replace(/\{([a-z]\w*)\}/g, (whole, name: string) => String(names[name] ?? whole))
}

export async function startBoth(folder: string): Promise<Both> {
  const stack = new AsyncDisposableStack()
  const config = `--config.file=${join(folder, 'blackbox.yml')}`
  const blackboxPort = await freePort()
  try {
    const blackbox = stack.use(
      await startProgram(
        findProgram('blackbox_exporter') ?? '',
        [config, `--web.listen-address=127.0.0.1:${blackboxPort}`],
        { cwd: folder, ready: /Listening on/ },
      ),
    )
    const sonde = stack.use(
      await startProgram(process.execPath, [join(ROOT, 'cli/sonde.js'), config, '--web.listen-address=127.0.0.1:0'], {
        cwd: folder,
        ready: /127\.0\.0\.1:\d+/,
      }),
    )
    const sondePort = /127\.0\.0\.1:([1-9]\d*)/.exec(sonde.output())?.[1] ?? ''
    return {
      sonde: `127.0.0.1:${sondePort}`,
      blackbox: `127.0.0.1:${blackboxPort}`,
      lastWords: () => `sonde: ${sonde.output().slice(-2000)}\nblackbox_exporter: ${blackbox.output().slice(-2000)}`,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

export async function ask(
  prober: string,
  parameters: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  try {
    const response = await fetch(`http://${prober}/probe?${new URLSearchParams(parameters)}`, { signal, headers })
    const text = await response.text()
    return parseExposition(response.status, response.ok ? text : '')
  } catch (error) {
    if (signal.aborted || error instanceof TypeError) return parseExposition(0, '')
    throw error
  }
}

/** Containers are often without: what needs `::1` is then left out, and a difference that only it shows may be unseen. */
export const HAS_IPV6 = Object.values(networkInterfaces()).some((own) => own?.some(({ address }) => address === '::1'))

/** One test over all cases of one kind: both answer the same, but for what docs/compatibility.md lists for it. */
export function describeParity(
  kind: string,
  cases: readonly Case[],
  prepareWorld: (folder: string) => Promise<World>,
): void {
  describeWithPrograms(`${kind} beside blackbox_exporter`, ['blackbox_exporter'], (test) => {
    test(`${cases.length} module/target cases give the same answers, but for the listed differences`, async () => {
      await using folder = await makeFolder()
      await using world = await prepareWorld(folder.path)
      await writeModules(`${kind}.yml`, folder.path, world)
      await using both = await startBoth(folder.path)
      const queue = cases.filter(({ target }) => HAS_IPV6 || !target.includes('::'))
      const found: Finding[] = []
      const worker = async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          found.push(...(await compareCase(both, next, world.names)))
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, worker))
      expectExplained(found, await readDifferences(kind), { allSeen: HAS_IPV6 })
    })
  })
}

async function compareCase(
  both: Both,
  { module, target, parameters, succeeds }: Case,
  names: World['names'],
): Promise<Finding[]> {
  const filled = Object.entries({ module, target, ...parameters }).map(([key, value]) => [key, fillIn(value, names)])
  const question = Object.fromEntries(filled) as Record<string, string>
  const [sonde, blackbox] = await Promise.all([ask(both.sonde, question), ask(both.blackbox, question)])
  const found = compare(sonde, blackbox).map((finding) => ({ module, target, ...finding }))
  const success = blackbox.values.get('probe_success{}')
  if (success === (succeeds === undefined ? undefined : Number(succeeds))) return found
  return [
    ...found,
    { module, target, subject: `wrong case: blackbox_exporter's probe_success is ${success}`, detail: '' },
  ]
}
