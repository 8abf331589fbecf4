import { execFileSync } from 'node:child_process'
import { mkdtempDisposable, symlink, writeFile } from 'node:fs/promises'
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
    await rejects(readSecret({ from: 'file', path: folder.path }), /EISDIR/)
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
