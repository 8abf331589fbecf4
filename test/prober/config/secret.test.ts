import { execFileSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdtempDisposable, open, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { readSecret, secret } from '../../../prober/config/secret.ts'
import { assert, describe } from '../../harness.ts'

describe('prober/config/secret', (test) => {
  test('a secret shows itself only when asked by name', async () => {
    const hidden = secret('hunter2')
    for (const shown of [`${hidden}`, JSON.stringify({ hidden }), inspect(hidden, { depth: 9, showHidden: true })]) {
      assert.not.match(shown, /hunter2/)
    }
    assert.is(hidden.reveal(), 'hunter2')
    assert.is(await readSecret({ from: 'value', value: secret(' kept as it is \n') }), ' kept as it is \n')
  })

  test('a file loses white space at its ends and is read anew each time', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const path = join(folder.path, 'token')
    await writeFile(path, '\n two words \r\n\n')
    assert.is(await readSecret({ from: 'file', path }), 'two words')
    await writeFile(path, 'rotated')
    assert.is(await readSecret({ from: 'file', path }), 'rotated')
  })

  test('a file that cannot be read fails with its path', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    await rejects(readSecret({ from: 'file', path: join(folder.path, 'none') }), /ENOENT.*none/)
    await rejects(readSecret({ from: 'file', path: folder.path }), new RegExp(`EISDIR.*${folder.path}`))
  })

  test('a file without end is given up', async () => {
    await rejects(readSecret({ from: 'file', path: '/dev/zero' }), /larger than 1048576 bytes/)
  })

  test('a pipe that nobody writes to does not hang the probe', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const path = join(folder.path, 'pipe')
    execFileSync('mkfifo', [path])
    await symlink(path, join(folder.path, 'link'))
    assert.is(await readSecret({ from: 'file', path: join(folder.path, 'link') }), '')
  })

  test('a disk that hangs does not hold the probe beyond its deadline', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const pipe = join(folder.path, 'pipe')
    const path = join(folder.path, 'token')
    execFileSync('mkfifo', [pipe])
    await writeFile(path, 'x')
    // As many blocking opens as libuv has threads, unless the environment gives it more.
    const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4)
    const stuck = Array.from({ length: threads }, () => open(pipe, 'r'))
    const controller = new AbortController()
    const reading = readSecret({ from: 'file', path }, controller.signal)
    setTimeout(() => controller.abort(new Error('over')), 20)
    await rejects(reading, /over/)
    assert.is(getEventListeners(controller.signal, 'abort').length, 0)
    // A writer lets them all go.
    const writer = openSync(pipe, 'r+')
    for (const file of await Promise.all(stuck)) await file.close()
    closeSync(writer)
  })

  test('an aborted probe reads nothing', async () => {
    const source = { from: 'value', value: secret('x') } as const
    await rejects(readSecret(source, AbortSignal.abort(new Error('over'))), /over/)
  })
})

async function rejects(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const outcome = await promise.then(
    () => 'resolved',
    (error: Error) => error.message,
  )
  assert.match(outcome, message)
}
