/** What the README promises a stranger: clone, one command, real HTTPS endpoints probed, with whatever Node there is. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { assert } from '../harness.ts'
import { describeWithPrograms, eventually, findProgram, startProgram } from '../programs.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const OURS = join('node_modules', '.bin')

/** The caller's PATH without what npm put in front: the machine's own node and npm. */
function strangersEnvironment(): Record<string, string | undefined> {
  const path = (process.env.PATH ?? '')
    .split(':')
    .filter((folder) => !folder.endsWith(OURS) && !folder.includes('node-gyp-bin'))
  const kept = Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_') && name !== 'NODE')
  return { ...Object.fromEntries(kept), PATH: path.join(':') }
}

function clone(): { readonly folder: string } & Disposable {
  const parent = mkdtempSync(join(tmpdir(), 'sonde-clone-'))
  const folder = join(parent, 'sonde')
  const { status, stderr } = spawnSync('git', ['clone', '--quiet', `file://${ROOT}`, folder], { encoding: 'utf8' })
  assert.is(status, 0, stderr)
  return { folder, [Symbol.dispose]: () => rmSync(parent, { recursive: true, force: true }) }
}

describeWithPrograms('the first minute', ['git', 'npm', 'curl'], (test) => {
  test('npm ci && npm start in a fresh clone probes the edge over HTTPS, names a broken layer, and ends clean', async () => {
    using checkout = clone()
    const env = strangersEnvironment()
    const installed = spawnSync('npm', ['ci'], { cwd: checkout.folder, env, encoding: 'utf8' })
    assert.is(installed.status, 0, installed.stderr)
    assert.is(installed.stderr, '', 'npm ci says nothing that a user must act on')
    const npm = findProgram('npm') ?? ''
    await using demo = await startProgram(npm, ['start'], {
      cwd: checkout.folder,
      env: { ...env, PATH: `${dirname(npm)}:${env.PATH}` },
      ready: /edge.*\bok\b/i,
      timeoutMs: 30_000,
      asGroup: true,
    })
    const expire = /curl -X POST \S+\/expire/.exec(demo.output())?.[0]
    assert.ok(expire, `the demo offers something to try:\n${demo.output()}`)
    const [command = '', ...args] = (expire ?? '').split(' ')
    assert.is(spawnSync(command, ['-sS', ...args]).status, 0)
    await eventually(
      async () => (/tls_expired/.test(demo.output()) ? true : undefined),
      'the reason appears in the terminal',
    )
    demo.kill('SIGINT')
    await demo.ended
    assert.match(demo.output(), 'nothing is left behind')
  })
})
