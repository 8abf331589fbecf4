import { spawnSync } from 'node:child_process'
import { type PathRow, pathFamilies } from '../../../prober/metrics/path-table.ts'
import { assert, describe } from '../../harness.ts'
import { findProgram } from '../../programs.ts'
import { createBeats, path, type Told } from '../paths/runs.ts'

function row(
  beats: readonly (readonly Told[])[],
  name = 'shop',
  labels: Readonly<Record<string, string>> = {},
): PathRow {
  const { beat, watch } = createBeats()
  for (const told of beats) beat(told)
  return { path: path(name, labels), watch }
}

async function textOf(rows: readonly PathRow[]): Promise<string> {
  return (await pathFamilies(rows, 'text')).join('')
}

function assertLines(text: string, lines: readonly string[]): void {
  for (const line of lines) assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`)
}

const FAILS = ['http_status', 'connect_refused', 0.25, 0.125] as const

describe('metrics of paths', (test) => {
  test('tell who is to blame and what each hop adds, labelled by the path', async () => {
    const text = await textOf([row([[0.5, 0.375, 0.25, 0.125], FAILS], 'shop', { team: 'x' })])
    assertLines(text, [
      'probe_path_success{path="shop",team="x"} 0',
      'probe_path_hop_success{path="shop",team="x",hop="edge"} 0',
      'probe_path_hop_success{path="shop",team="x",hop="service"} 1',
      'probe_path_blame_info{path="shop",team="x",hop="gateway",reason="connect_refused"} 1',
      'probe_path_hop_overhead_seconds{path="shop",team="x",hop="edge"} 0.125',
      'probe_path_hop_overhead_spread_seconds{path="shop",team="x",hop="pod"} 0',
      'probe_path_overhead_seconds{path="shop",team="x",hop="gateway",phase="processing"} 0.125',
      'probe_path_overhead_spread_seconds{path="shop",team="x",hop="gateway",phase="connect"} 0',
    ])
  })

  test('blame nobody while all is well', async () => {
    const text = await textOf([row([[1, 1, 1, 1]])])
    assertLines(text, ['probe_path_success{path="shop"} 1'])
    assert.not.match(text, 'blame')
  })

  test('say nothing of a hop that is missing', async () => {
    const text = await textOf([row([['http_status', undefined, 1, 1], [1]])])
    assertLines(text, ['probe_path_success{path="shop"} 0', 'probe_path_hop_success{path="shop",hop="pod"} 1'])
    assert.not.match(text, /hop="gateway"|blame/)
    assert.not.match(await textOf([row([[undefined, 1, 1, 1], [1]])]), 'probe_path_success')
  })

  test('of a path that has not run yet, or is quiet, there are none', async () => {
    const quiet = row([[1, 1, 1, 1]])
    quiet.watch.forget()
    assert.is(await textOf([row([]), quiet]), '')
  })

  test('families are whole, however many paths there are', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `p${index}`)
    const text = await textOf(names.map((name) => row([FAILS], name)))
    assert.is([...text.matchAll(/^# TYPE probe_path_success gauge$/gm)].length, 1)
    assert.is([...text.matchAll(/^probe_path_success\{/gm)].length, 25)
    const families = [...text.matchAll(/^(probe_path\w+)\{/gm)].map(([, name]) => name)
    assert.equal(new Set(families).size, families.filter((name, index) => name !== families[index - 1]).length)
  })

  const promtool = findProgram('promtool')
  if (promtool === undefined) test.skip('promtool finds nothing to complain about', 'promtool is not in PATH')
  else
    test('promtool finds nothing to complain about', async () => {
      const input = await textOf([row([[0.5, 0.375, 0.25, 0.125], FAILS], 'shop', { team: '"\\\n' })])
      const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8' })
      assert.is(`${stdout}${stderr}`, '')
      assert.is(status, 0)
    })
})
