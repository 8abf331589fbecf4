import { mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Generator, generate } from '../../cli/generate.ts'
import { assert, describe } from '../harness.ts'

const GENERATORS: readonly Generator[] = [
  { path: 'a.json', content: () => '{}\n' },
  { path: 'docs/deep/b.md', content: async () => '# b\n' },
]

const REFUSED = [
  [['--chekc'], 'unknown flag --chekc; did you mean --check?'],
  [['here'], 'unexpected "here"; write "sonde generate --config FILE --out DIR"'],
  [['--config', 'sonde.yml'], '--config FILE and --out DIR go together'],
  [['--out', 'here'], '--config FILE and --out DIR go together'],
  [['--config', 'sonde.yml', '--out', ''], '--out needs a value'],
  [['--config=', '--out=here'], '--config needs a value'],
  [['--format', 'plain'], '--format goes with --config FILE and --out DIR'],
  [['--config', 'sonde.yml', '--out', 'here', '--format', 'helm'], '--format: found "helm"; write operator or plain'],
] as const

describe('cli/generate', (test) => {
  test('writes what is missing or stale, once, and --check then finds nothing', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const said: string[] = []
    const options = { generators: GENERATORS, root: folder.path, say: (line: string) => said.push(line) }
    assert.is(await generate(['--check'], options), 1)
    assert.is(await generate([], options), 0)
    assert.is(await readFile(join(folder.path, 'docs/deep/b.md'), 'utf8'), '# b\n')
    await writeFile(join(folder.path, 'a.json'), 'edited by hand')
    assert.is(await generate(['--check'], options), 1)
    assert.is(await readFile(join(folder.path, 'a.json'), 'utf8'), 'edited by hand', '--check writes nothing')
    assert.is(await generate([], options), 0)
    assert.is(await generate(['--check'], options), 0)
    assert.equal(said, [
      'a.json is missing: run "npm run generate" and commit it',
      'docs/deep/b.md is missing: run "npm run generate" and commit it',
      'wrote a.json',
      'wrote docs/deep/b.md',
      'a.json is stale: run "npm run generate" and commit it',
      'wrote a.json',
    ])
  })

  for (const [args, message] of REFUSED) {
    test(`refused: ${args.join(' ')}`, async () => {
      const said: string[] = []
      assert.is(await generate(args, { generators: [], say: (line) => said.push(line) }), 1)
      assert.equal(said, [`sonde generate: ${message}`])
    })
  }

  test('everything generated in this checkout is up to date', async () => {
    const said: string[] = []
    assert.is(await generate(['--check'], { say: (line) => said.push(line) }), 0, said.join('\n'))
  })
})

const TARGETS = 'targets: [{name: shop, address: "http://shop/"}]'

/** A folder with a configuration in it, and `sonde generate` from there into `out`. */
async function workplace(config: string) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
  const file = join(folder.path, 'sonde.yml')
  const out = join(folder.path, 'out')
  await writeFile(file, config)
  return {
    file,
    out,
    async run(...flags: readonly string[]) {
      const said: string[] = []
      const say = (line: string) => said.push(line.replaceAll(folder.path, '.'))
      return { code: await generate(['--config', file, '--out', out, ...flags], { say }), said }
    },
    list: async () => (await readdir(out)).sort(),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

describe('cli/generate --config', (test) => {
  test('writes objects for the Operator and the runbook; --check then finds nothing', async () => {
    await using place = await workplace(`${TARGETS}\nmonitoring: {mode: pull, labels: {release: kps}}`)
    const { code, said } = await place.run()
    assert.is(code, 0)
    assert.equal(said, [
      'wrote probe.yaml',
      'wrote prometheus-rule.yaml',
      'wrote service-monitor.yaml',
      'wrote grafana-dashboards.yaml',
      'wrote runbook.md',
    ])
    assert.equal(await place.run('--check'), { code: 0, said: [] })
    assert.equal(await place.run(), { code: 0, said: ['everything in ./out is up to date'] })
    assert.equal(await place.list(), [
      'grafana-dashboards.yaml',
      'probe.yaml',
      'prometheus-rule.yaml',
      'runbook.md',
      'service-monitor.yaml',
    ])
  })

  test('what a changed configuration no longer makes is taken away, what somebody wrote is not', async () => {
    await using place = await workplace(`${TARGETS}\nmonitoring: {mode: pull, labels: {release: kps}}`)
    await place.run()
    await writeFile(join(place.out, 'rules.yml'), 'groups: []')
    await writeFile(place.file, `${TARGETS}\nmonitoring: {labels: {release: kps}}`)
    const checked = await place.run('--check')
    assert.is(checked.code, 1)
    assert.ok(checked.said.includes('probe.yaml is not made any more: run it without --check'), checked.said.join('\n'))
    assert.ok((await place.run()).said.includes('removed probe.yaml'))
    assert.equal(await place.list(), [
      'grafana-dashboards.yaml',
      'prometheus-rule.yaml',
      'rules.yml',
      'runbook.md',
      'service-monitor.yaml',
    ])
  })

  test('what somebody wrote is not written over: told file by file, and nothing is written', async () => {
    await using place = await workplace(TARGETS)
    await mkdir(place.out)
    const theirs = { 'prometheus.yml': 'scrape_configs: []', 'runbook.md': '# Runbook\n\nCall Ann.\n' }
    const board = 'dashboards/sonde-slo.json'
    await mkdir(join(place.out, 'dashboards'))
    for (const [name, text] of Object.entries({ ...theirs, [board]: '{\n  "uid": "mine"\n}\n' }))
      await writeFile(join(place.out, name), text)
    for (const flags of [[], ['--check']]) {
      assert.equal(await place.run('--format', 'plain', ...flags), {
        code: 1,
        said: [
          ...['prometheus.yml', board, 'runbook.md'].map(
            (path) => `./out/${path} was not made by sonde generate; move it away, or give another --out`,
          ),
          'sonde generate: ./out is as it was',
        ],
      })
    }
    assert.equal(await place.list(), ['dashboards', 'prometheus.yml', 'runbook.md'])
    assert.equal(await readdir(join(place.out, 'dashboards')), ['sonde-slo.json'])
  })

  test('what one format made the other takes away, and dashboards that were edited are made anew', async () => {
    await using place = await workplace(TARGETS)
    await place.run('--format', 'plain')
    const board = join(place.out, 'dashboards/sonde-slo.json')
    const made = await readFile(board, 'utf8')
    await writeFile(board, made.replace('"graphTooltip": 1', '"graphTooltip": 2'))
    assert.equal((await place.run('--format', 'plain')).said.at(-1), 'wrote dashboards/sonde-slo.json')
    assert.is(await readFile(board, 'utf8'), made)
    assert.ok((await place.run()).said.includes('removed dashboards/sonde-slo.json'))
    assert.equal(await readdir(join(place.out, 'dashboards')), [])
  })

  test('a place that is no folder is told, and left', async () => {
    await using place = await workplace(TARGETS)
    await writeFile(place.out, 'mine')
    for (const [flag, verb] of [
      ['--format=plain', 'written'],
      ['--check', 'read'],
    ] as const) {
      const { code, said } = await place.run(flag)
      assert.is(code, 1)
      assert.is(said.at(-1), `sonde generate: ./out cannot be ${verb} (ENOTDIR); give another --out`)
    }
    assert.is(await readFile(place.out, 'utf8'), 'mine')
  })

  test('a place where no folder can be made is told', async () => {
    await using place = await workplace(TARGETS)
    const said: string[] = []
    const args = ['--config', place.file, '--out', '/proc/sonde/out', '--format', 'plain']
    assert.is(await generate(args, { say: (line) => said.push(line) }), 1)
    assert.match(
      said.at(-1) ?? '',
      /^sonde generate: \/proc\/sonde\/out cannot be written \(E[A-Z]+\); give another --out$/,
    )
  })

  test('a wrong configuration writes nothing, and leaves what was', async () => {
    await using place = await workplace(TARGETS)
    await place.run('--format', 'plain')
    const before = await place.list()
    await writeFile(place.file, `${TARGETS}\nslo: [{name: all, objective: 100}]`)
    const { code, said } = await place.run()
    assert.is(code, 1)
    assert.match(said[0] ?? '', /^\.\/sonde\.yml:2:\d+: slo\[0\]\.objective: 100 is no objective/)
    assert.is(said[1], 'sonde generate: ./out is as it was')
    assert.equal(await place.list(), before)
  })

  test('says what would fail without a word in the cluster', async () => {
    await using place = await workplace(`
targets: [{name: shop, address: "http://shop/", interval: 5m}]
monitoring: {namespace: monitoring, ingress: [{name: all}]}`)
    const warnings = [
      './sonde.yml:3:1: monitoring: names no labels, and kube-prometheus-stack’s Prometheus passes over objects without its own; add labels: {release: NAME} (warning)',
      './sonde.yml:3:1: monitoring.alerts: is 2m, and targets[0] is probed every 5m: a single bad probe fires; write for: 10m or more (warning)',
    ]
    assert.equal((await place.run()).said.slice(0, 2), warnings)
    assert.equal((await place.run('--format', 'plain')).said.slice(0, 3), [
      ...warnings,
      'monitoring.ingress: needs the Operator, and is left out (warning)',
    ])
  })

  for (const [title, config, words] of [
    [
      'objects that Prometheus will not select are told of',
      TARGETS,
      /^monitoring: names no labels, and kube-prometheus-stack’s Prometheus passes over .* \(warning\)$/,
    ],
    [
      'targets that are found are some',
      `discovery: {files: [{files: [a.json]}]}\nmonitoring: {labels: {a: b}}`,
      /^wrote /,
    ],
    ['none at all are told of', `targets: []\nmonitoring: {labels: {a: b}}`, /^targets: there are none, so only/],
    ['those with a label are not', `${TARGETS}\nmonitoring: {labels: {release: kps}}`, /^wrote /],
  ] as const) {
    test(title, async () => {
      await using place = await workplace(config)
      assert.match((await place.run()).said[0] ?? '', words)
    })
  }
})
