import { mkdir, mkdtempDisposable, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Loaded, loadConfig, parseConfig } from '../../../prober/config/load.ts'
import { openConfigStore } from '../../../prober/config/reload.ts'
import { assert, describe } from '../../harness.ts'

interface Folder extends AsyncDisposable {
  readonly main: string
  at(name: string): string
  write(files: Readonly<Record<string, string>>): Promise<void>
  load(): Promise<Loaded>
}

/** `sonde.yml` and what it names. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<Folder> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
  const at = (name: string) => join(folder.path, name)
  const write = async (contents: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(contents)) {
      await mkdir(dirname(at(name)), { recursive: true })
      await writeFile(at(name), text)
    }
  }
  await write(files)
  const main = at('sonde.yml')
  return { main, at, write, load: () => loadConfig(main), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

function names(loaded: Loaded): readonly string[] {
  return loaded.ok ? [...loaded.config.modules.keys()] : loaded.errors
}

const A = 'modules: {a: {prober: http}}\n'
const B = 'modules: {b: {prober: tcp}}\n'
const C = 'modules: {c: {prober: icmp}}\n'

const LISTS: readonly (readonly [list: string, modules: readonly string[]])[] = [
  ['[one.yml]', ['own', 'a']],
  ['[two/b.yml, one.yml]', ['own', 'b', 'a']],
  ['["two/*.yml"]', ['own', 'b']],
  ['["two/*"]', ['own', 'c', 'b']],
  ['["**/*.yml"]', ['own', 'a', 'b']],
  ['["{one,sonde}.yml"]', ['own', 'a']],
  ['[two]', ['own', 'b', 'c']],
  ['[two, "two/*.yml", two/b.yml]', ['own', 'b', 'c']],
  ['[two/../one.yml]', ['own', 'a']],
  ['[]', ['own']],
]

/** What is wrong in which file, after `FOLDER/`. */
const BAD: readonly (readonly [title: string, files: Readonly<Record<string, string>>, errors: readonly string[]])[] = [
  [
    'a path that is not there',
    { 'sonde.yml': 'module_files: [none.yml]' },
    [
      'sonde.yml:1:16: module_files[0]: FOLDER/none.yml does not exist; check the path, which starts from this file’s folder',
    ],
  ],
  [
    'a name that two files have',
    { 'sonde.yml': 'modules: {a: {prober: http}}\nmodule_files: [x.yml]', 'x.yml': A },
    ['x.yml:1:11: modules.a: is already a module at FOLDER/sonde.yml:1:11; keep one, or write another name'],
  ],
  [
    'more than modules',
    { 'sonde.yml': 'module_files: [x.yml]', 'x.yml': 'targets: []\nmodules: {}' },
    ['x.yml:1:1: targets: unknown key; known here: modules'],
  ],
  [
    'an empty file',
    { 'sonde.yml': 'module_files: [x.yml]', 'x.yml': '# nothing\n' },
    ['x.yml:1:1: file: is empty; write "modules: {NAME: {prober: http}}"'],
  ],
  [
    'a list of modules',
    { 'sonde.yml': 'module_files: [x.yml]', 'x.yml': 'modules: []' },
    ['x.yml:1:1: modules: a list where a map is wanted; write it as in modules: {http_2xx: {prober: http}}'],
  ],
  [
    'errors in several files, in the order of the files',
    {
      'sonde.yml': 'module_files: [x.yml, y.yml]\nmodules: {m: {prober: htp}}',
      'x.yml': 'modules:\n  x: {prober: tcp, tcp: {tsl: true}}',
      'y.yml': 'modules:\n\ty: 1',
    },
    [
      'sonde.yml:2:23: modules.m.prober: "htp" is no prober; write "http"',
      'x.yml:2:26: modules.x.tcp.tsl: unknown key; write tls',
      'y.yml:2:1: file: a tab indents this line; use spaces',
    ],
  ],
  [
    'a target whose module may be in the broken file is no second error',
    { 'sonde.yml': 'module_files: [x.yml]\ntargets: [{address: a, module: x}]', 'x.yml': 'modules: {x: {prober: htp}' },
    [
      'x.yml:1:27: file: the indentation is wrong, or a ] or } is missing before this place; align keys of one block in one column, close what was opened',
    ],
  ],
  [
    'entries that are no texts',
    { 'sonde.yml': 'module_files: [{a: 1}, ""]' },
    [
      'sonde.yml:1:16: module_files[0]: a map where a text is wanted; write a text',
      'sonde.yml:1:24: module_files[1]: is empty; write a path as in "modules/*.yml"',
    ],
  ],
  [
    'a file that is no text',
    { 'sonde.yml': 'module_files: [x.yml]', 'x.yml': 'a\0b' },
    ['x.yml:1:1: file: is not a text file (UTF-8); save it as one, or give another'],
  ],
]

describe('prober/config/module-files', (test) => {
  for (const [list, expected] of LISTS) {
    test(`module_files: ${list} gives the modules ${expected.join(', ')}`, async () => {
      await using folder = await folderWith({
        'sonde.yml': `module_files: ${list}\nmodules: {own: {prober: http}}`,
        'one.yml': A,
        'two/b.yml': B,
        'two/.hidden.yml': A,
        'two/c.yaml': C,
      })
      assert.equal([...names(await folder.load())].sort(), [...expected].sort())
    })
  }

  test('a file under several names, by symbolic links, counts once, as in a mounted ConfigMap', async () => {
    await using folder = await folderWith({ 'sonde.yml': 'module_files: [d, "d/**/*.yml", two.yml]', 'd/..1/a.yml': A })
    await symlink('..1', folder.at('d/..data'))
    await symlink('..data/a.yml', folder.at('d/a.yml'))
    await symlink('d/a.yml', folder.at('two.yml'))
    assert.equal(names(await folder.load()), ['a'])
  })

  for (const list of ['[d]', '["d/*.yml"]', '["d/*"]']) {
    test(`module_files: ${list}: a symbolic link that leads nowhere is an error with its name`, async () => {
      await using folder = await folderWith({ 'sonde.yml': `module_files: ${list}`, 'd/a.yml': A })
      await symlink('gone.yml', folder.at('d/b.yml'))
      assert.match(
        names(await folder.load()).join(),
        /^[^,]*d\/b\.yml:1:1: file: [^,]*d\/b\.yml does not exist; [^,]*$/,
      )
    })
  }

  for (const [title, files, errors] of BAD) {
    test(`${title}: each error with its file and place`, async () => {
      await using folder = await folderWith(files)
      const found = names(await folder.load()).map((line) => line.replaceAll(folder.at(''), 'FOLDER'))
      assert.equal(
        found.map((line) => line.replace("this file's", 'this file’s').replace(/^FOLDER\//, '')),
        errors,
      )
    })
  }

  test('a pattern that matches nothing is a warning, and there is no http_2xx of its own then', async () => {
    await using folder = await folderWith({ 'sonde.yml': 'module_files: ["conf.d/*.yml"]' })
    const loaded = await folder.load()
    assert.equal(names(loaded), [])
    assert.match(
      loaded.ok ? loaded.config.warnings.join() : '',
      /sonde.yml:1:16: module_files\[0\]: names no file today; check/,
    )
  })

  test('paths in a module file start from its own folder, and targets know its modules', async () => {
    await using folder = await folderWith({
      'sonde.yml': 'module_files: [sub]\ntargets: [{address: "h:25", module: mail}]',
      'sub/mail.yml': 'modules: {mail: {prober: tcp, tcp: {tls: true, tls_config: {ca_file: ca.pem}}}}',
    })
    const loaded = await folder.load()
    const mail = loaded.ok ? loaded.config.modules.get('mail') : undefined
    const ca = mail?.prober === 'tcp' ? mail.tls.ca : undefined
    assert.is(ca?.from === 'file' ? ca.path : loaded, folder.at('sub/ca.pem'))
  })

  test('what is shown is one file with the modules of all, secrets masked, that loads again', async () => {
    await using folder = await folderWith({
      'sonde.yml': 'module_files: [x.yml]',
      'x.yml': 'modules: {x: {prober: tcp, tcp: {query_response: [{send: hunter2}]}}}',
    })
    const loaded = await folder.load()
    const yaml = loaded.ok ? loaded.config.yaml : ''
    assert.not.match(yaml, /hunter2|module_files/)
    assert.equal(names(await parseConfig(yaml, 'f')), ['x'])
  })

  test('advice names the module file', async () => {
    await using folder = await folderWith({
      'sonde.yml': 'module_files: [x.yml]',
      'x.yml': 'modules:\n  x: {prober: http, http: {bearer_token: t}}',
    })
    const loaded = await folder.load()
    assert.match(
      loaded.ok ? (loaded.config.warnings[0] ?? '') : '',
      /x\.yml:2:28: modules\.x\.http\.bearer_token: is deprecated/,
    )
  })

  test('a reload takes in a changed, a new and a removed file, and nothing else', async () => {
    await using folder = await folderWith({ 'sonde.yml': 'module_files: [d]', 'd/a.yml': A })
    const opened = await openConfigStore(folder.main)
    assert.ok(opened.ok)
    if (!opened.ok) return
    const { store } = opened
    const first = store.current()
    assert.ok((await store.reload()).ok && store.current() === first, 'unchanged')
    const after = async () => names(await store.reload())
    await folder.write({ 'd/a.yml': A.replace('a:', 'z:') })
    assert.equal(await after(), ['z'])
    await folder.write({ 'd/b.yml': B })
    assert.equal(await after(), ['z', 'b'])
    await rm(folder.at('d/a.yml'))
    assert.equal(await after(), ['b'])
    await folder.write({ 'd/c.yml': B })
    assert.match((await after()).join(), /is already a module/)
    assert.equal([...store.current().modules.keys()], ['b'])
  })

  test('watching sees a folder swapped by a symbolic link, as Kubernetes updates a ConfigMap', async () => {
    await using folder = await folderWith({ 'sonde.yml': 'module_files: [d]', 'v1/m.yml': A, 'v2/m.yml': B })
    await symlink('v1', folder.at('d'))
    const opened = await openConfigStore(folder.main)
    if (!opened.ok) throw new Error(opened.errors.join())
    const { promise, resolve } = Promise.withResolvers<Loaded>()
    using _watching = opened.store.watch(0.01, resolve)
    await rm(folder.at('d'))
    await symlink('v2', folder.at('d'))
    const timer = setInterval(() => undefined, 1000)
    await promise
    clearInterval(timer)
    assert.ok((await opened.store.reload()).ok)
    assert.equal([...opened.store.current().modules.keys()], ['b'])
  })
})
