/** What promtool and amtool say of the files that are made. */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { monitoringFiles } from '../../monitoring/files.ts'
import { assert } from '../harness.ts'
import { configured, FULL } from '../monitoring/configured.ts'
import { makeFolder } from '../parity/side-by-side.ts'
import { describeWithPrograms, findProgram } from '../programs.ts'

const run = promisify(execFile)

const CONFIGURATIONS = [
  ['scheduled', FULL],
  ['pulled', `${FULL}monitoring: {mode: pull}`],
  ['discovered', `${FULL}monitoring: {mode: http_sd}`],
  ['from several places', `${FULL}monitoring: {vantage_points: [{name: a, prober_url: "https://a:9115/x"}]}`],
  ['with odd names', 'targets: [{name: "a \'b\' \\"c\\" {{ d }}", address: "http://a/"}]\nslo: [{name: a}]'],
  ['of nothing', '{modules: {web: {prober: http}}}'],
] as const

async function written(text: string, folder: string): Promise<string> {
  for (const { path, content } of monitoringFiles(await configured(text), 'plain')) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return folder
}

async function checks(folder: string): Promise<void> {
  const promtool = findProgram('promtool') ?? ''
  await run(promtool, ['check', 'config', join(folder, 'prometheus.yml')])
  const { stdout } = await run(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', join(folder, 'rules.yml')])
  assert.match(stdout, 'SUCCESS')
}

describeWithPrograms('monitoring files', ['promtool', 'amtool'], (test) => {
  for (const [title, text] of CONFIGURATIONS) {
    test(`${title}: promtool finds nothing to complain of`, async () => {
      await using folder = await makeFolder()
      await checks(await written(text, folder.path))
    })
  }

  test('those of the examples are right, too', async () => {
    const folder = resolve(import.meta.dirname, '../../monitoring/generated/plain')
    await checks(folder)
    await run(findProgram('amtool') ?? '', ['check-config', join(folder, 'alertmanager.yml')])
  })
})
