import { mkdir, mkdtempDisposable, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert, describe } from '../../harness.ts'
import { stage } from './stage.ts'

async function inFolder(files: Readonly<Record<string, string>>) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'sonde-discovery-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text)
  return {
    configFile: join(folder.path, 'sonde.yml'),
    path: (name: string) => join(folder.path, name),
    write: (name: string, text: string) => writeFile(join(folder.path, name), text),
    [Symbol.asyncDispose]: () => folder.remove(),
  }
}

const group = (...targets: readonly string[]) => JSON.stringify([{ targets }])
const CONFIG = `modules: {http_2xx: {prober: http}, tcp_connect: {prober: tcp}}
discovery: {files: [{files: ["*.json", more.yml], labels: {team: web}, interval: 1m}]}`

describe('discovery in files', (test) => {
  test('files that a pattern names are read, changed, added and removed', async () => {
    await using folder = await inFolder({ 'a.json': group('a.org'), 'more.yml': '- targets: [b.org]\n' })
    await using found = await stage(CONFIG, folder)
    await found.until(() => found.targets().length === 2)
    const [kept] = found.targets()
    assert.equal(kept, {
      module: 'http_2xx',
      intervalSeconds: 60,
      name: 'a.org',
      address: 'a.org',
      labels: { team: 'web' },
    })
    await folder.write('more.yml', '- targets: [c.org]\n  labels: {team: x}\n')
    await folder.write('b.json', group('d.org'))
    await found.clock.held()
    found.clock.pass()
    await found.until(() => found.targets().length === 3)
    assert.equal(
      found.targets().map(({ name, labels }) => [name, labels.team]),
      [
        ['a.org', 'web'],
        ['d.org', 'web'],
        ['c.org', 'x'],
      ],
    )
    assert.is(found.targets()[0], kept)
    await rm(folder.path('a.json'))
    await found.clock.held()
    found.clock.pass()
    await found.until(() => found.targets().length === 2)
    const { targets, isSynced, failures } = found.status('file') ?? {}
    assert.equal([targets, isSynced, failures?.size], [2, true, 0])
  })

  test('a file that breaks keeps its targets; both ends of that are told, once', async () => {
    await using folder = await inFolder({ 'a.json': group('a.org') })
    await using found = await stage('discovery: {files: [{files: ["*.json"]}]}', folder)
    await found.until(() => found.targets().length === 1)
    await folder.write('a.json', '[{"targets"')
    for (const round of [1, 2]) {
      await found.clock.held()
      found.clock.pass()
      await found.clock.held()
      assert.is(found.status('file')?.failures.get('file_invalid'), round)
    }
    assert.is(found.targets().length, 1)
    assert.is(found.status('file')?.isSynced, false)
    const failed = found.logged.filter((line) => line.includes('file_invalid'))
    assert.equal([failed.length, failed[0]?.includes(`where=${folder.path('a.json')}`)], [1, true])
    await folder.write('a.json', group('a.org', 'b.org'))
    found.clock.pass()
    await found.until(() => found.targets().length === 2)
    assert.is(found.logged.filter((line) => line.includes('works again')).length, 1)
    assert.ok(found.status('file')?.isSynced)
  })

  test('a mounted ConfigMap, swapped by a symbolic link, is seen', async () => {
    await using folder = await inFolder({})
    for (const [version, host] of [
      ['v1', 'a.org'],
      ['v2', 'b.org'],
    ] as const) {
      await mkdir(folder.path(version))
      await folder.write(join(version, 'x.json'), group(host))
    }
    await symlink('v1', folder.path('..data'))
    await symlink('..data/x.json', folder.path('x.json'))
    await using found = await stage(CONFIG, folder)
    await found.until(() => found.targets().length === 1)
    await symlink('v2', folder.path('..next'))
    await rename(folder.path('..next'), folder.path('..data'))
    await found.clock.held()
    found.clock.pass()
    await found.until(() => found.targets()[0]?.name === 'b.org')
  })

  test('what is too large is not read, and a file that is not there is looked for again', async () => {
    await using folder = await inFolder({ 'more.yml': '#'.repeat(257 * 1024) })
    await using found = await stage(CONFIG, folder)
    await found.until(() => found.logged.length === 2)
    assert.match(found.logged.join(''), /There is no such file.*\*\.json/)
    assert.match(found.logged.join(''), 'is larger than 262144 bytes')
    await folder.write('x.json', group('a.org'))
    await found.clock.held()
    found.clock.pass()
    await found.until(() => found.targets().length === 1)
  })

  test('all files together have a limit: those that there is room for are probed, and what was known stays', async () => {
    const filler = ' '.repeat(8 * 2 ** 20 - 100)
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
    const files = names.map((name) => [`${name}.json`, group(`${name}.org`) + (name === 'i' ? '' : filler)])
    await using folder = await inFolder(Object.fromEntries(files))
    await using found = await stage('discovery: {files: [{files: ["*.json"]}]}', folder)
    await found.until(() => found.targets().length === 9)
    await folder.write('i.json', group('i.org', 'j.org') + filler)
    await found.clock.held()
    found.clock.pass()
    await found.until(() => found.logged.some((line) => line.includes('are larger than 64 MiB; name fewer')))
    assert.equal([found.targets().length, found.status('file')?.isSynced], [9, false])
  })

  test('a reload changes how targets are probed without reading anew', async () => {
    await using folder = await inFolder({ 'a.json': group('a.org:25') })
    await using found = await stage(CONFIG, folder)
    await found.until(() => found.targets().length === 1)
    await found.reload(CONFIG.replace('interval: 1m', 'interval: 2m, module: tcp_connect'))
    assert.equal([found.targets()[0]?.module, found.targets()[0]?.intervalSeconds], ['tcp_connect', 120])
    await found.reload('targets: []')
    assert.equal(found.targets(), [])
  })
})
