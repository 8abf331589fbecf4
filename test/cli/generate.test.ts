import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Generator, generate } from '../../cli/generate.ts'
import { assert, describe } from '../harness.ts'

const GENERATORS: readonly Generator[] = [
  { path: 'a.json', content: () => '{}\n' },
  { path: 'docs/deep/b.md', content: async () => '# b\n' },
]

describe('cli/generate', (test) => {
  test('writes what is missing or stale, once, and --check then finds nothing', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const said: string[] = []
    const options = { generators: GENERATORS, root: folder.path, say: (line: string) => said.push(line) }
    assert.is(await generate([], options), 0)
    assert.is(await readFile(join(folder.path, 'docs/deep/b.md'), 'utf8'), '# b\n')
    await writeFile(join(folder.path, 'a.json'), 'edited by hand')
    assert.is(await generate(['--check'], options), 1)
    assert.is(await readFile(join(folder.path, 'a.json'), 'utf8'), 'edited by hand', '--check writes nothing')
    assert.is(await generate([], options), 0)
    assert.is(await generate(['--check'], options), 0)
    assert.equal(said, [
      'wrote a.json',
      'wrote docs/deep/b.md',
      'a.json is stale: run "npm run generate" and commit it',
      'wrote a.json',
    ])
  })

  test('an argument that it does not know is refused', async () => {
    const said: string[] = []
    assert.is(await generate(['--chekc'], { generators: [], say: (line) => said.push(line) }), 1)
    assert.match(said.join(), /unknown argument "--chekc"/)
  })

  test('everything generated in this checkout is up to date', async () => {
    const said: string[] = []
    assert.is(await generate(['--check'], { say: (line) => said.push(line) }), 0, said.join('\n'))
  })
})
