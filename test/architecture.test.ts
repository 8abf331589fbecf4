/** Imports run one way (architecture.md): a file may import from its own room or one that stands before it. */
import { globSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { assert, describe } from './harness.ts'

const ROOMS = [
  'prober/wire',
  'prober/config',
  'prober/net',
  'prober/probes',
  'prober/paths',
  'prober/metrics',
  'prober/sinks',
  'prober/schedule',
  'prober/discovery',
  'prober/server',
  'monitoring',
  'dashboards',
  'cli',
] as const
/** Stand apart: they import nothing of ours, and nobody imports them. */
const APART = ['service', 'bench'] as const
/** Nothing imports these; they import everything. */
const OUTSIDE = ['test', 'bench'] as const
/** Rooms that may see less than all that stands before them. */
const NARROW: Readonly<Record<string, readonly string[]>> = {
  monitoring: ['prober/config', 'prober/metrics'],
  dashboards: ['monitoring', 'prober/config', 'prober/metrics'],
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'"\n;]*(?:\n[^'"\n;]*)*?from\s*['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]\s*\)|import\s+['"](\.[^'"]+)['"]/g

function roomOf(path: string): string {
  return [...ROOMS, ...APART, ...OUTSIDE].find((room) => path === room || path.startsWith(`${room}/`)) ?? '?'
}

function wrongImports(root: string): string[] {
  const files = globSync('{prober,service,monitoring,dashboards,cli}/**/*.ts', { cwd: root })
  return files.sort().flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const imported = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
    return imported.flatMap((specifier) => {
      const to = relative(root, resolve(root, dirname(file), specifier)).replaceAll('\\', '/')
      return mayImport(roomOf(file.replaceAll('\\', '/')), roomOf(to)) ? [] : [`${file} imports ${to}`]
    })
  })
}

function mayImport(from: string, to: string): boolean {
  if (from === to) return true
  const own = ROOMS.indexOf(from as (typeof ROOMS)[number])
  const other = ROOMS.indexOf(to as (typeof ROOMS)[number])
  if (own < 0 || other < 0) return false
  return other < own && (NARROW[from]?.includes(to) ?? true)
}

function plant(files: Readonly<Record<string, string>>): { readonly root: string } & Disposable {
  const root = mkdtempSync(join(tmpdir(), 'sonde-architecture-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true }) }
}

describe('the order of the rooms', (test) => {
  test('is kept by every file', () => {
    assert.equal(wrongImports(resolve(import.meta.dirname, '..')), [])
  })

  const planted = [
    ['a room that imports a later one', 'prober/net/x.ts', "import { a } from '../metrics/catalogue.ts'"],
    ['a type import counts too', 'prober/config/x.ts', "import type { A } from '../net/tls.ts'"],
    ['so does an import over several lines', 'prober/wire/x.ts', "import {\n  a,\n  b,\n} from '../net/tls.ts'"],
    ['and a lazy one', 'prober/probes/x.ts', "const x = await import('../server/app.ts')"],
    ['and one for its effect', 'prober/net/x.ts', "import '../server/app.ts'"],
    ['and a re-export', 'prober/net/x.ts', "export { a } from '../server/app.ts'"],
    ['the service imports nothing of ours', 'service/app.ts', "import { a } from '../prober/wire/x.ts'"],
    ['nobody imports the service', 'cli/x.ts', "import { a } from '../service/app.ts'"],
    ['nobody imports tests', 'cli/x.ts', "import { a } from '../test/harness.ts'"],
    ['monitoring sees only config and metrics', 'monitoring/x.ts', "import { a } from '../prober/net/tls.ts'"],
  ] as const
  for (const [what, file, text] of planted) {
    test(`is seen to be broken: ${what}`, () => {
      using tree = plant({ [file]: text })
      assert.is(wrongImports(tree.root).length, 1, text)
    })
  }

  test('lets a room import itself and what stands before it', () => {
    using tree = plant({
      'prober/net/x.ts': "import { a } from './y.ts'\nimport { b } from '../config/schema.ts'",
      'dashboards/x.ts': "import { METRICS } from '../prober/metrics/catalogue.ts'",
    })
    assert.equal(wrongImports(tree.root), [])
  })
})
