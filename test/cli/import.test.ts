import { globSync, readFileSync } from 'node:fs'
import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { loadConfig, parseConfig } from '../../prober/config/load.ts'
import { readTree } from '../../prober/config/yaml-tree.ts'
import { assert, describe } from '../harness.ts'
import { answer, serveHttp } from '../servers/http.ts'
import { runImport } from './import/run-import.ts'

const FIXTURES = resolve(import.meta.dirname, '../fixtures')
const IMPORT = join(FIXTURES, 'import')

const ASKS = `relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {target_label: __address__, replacement: "blackbox:9115"}`

/** A job, with a target in it if not said otherwise. */
function job(keys: string, targets = 'static_configs: [{targets: ["http://shop/"]}]', asks = ASKS): string {
  return `scrape_configs:
  - job_name: probes
    metrics_path: /probe
    ${keys}
    ${targets}
    ${asks}
`
}

/** A folder with these files, and `sonde import` of all of them. */
async function imported(files: Readonly<Record<string, string>>) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
  const paths = Object.keys(files).map((name) => join(folder.path, name))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text)
  const given = paths.filter((path) => !path.includes('listed-'))
  const file = join(folder.path, 'sonde.yml')
  const { code, complaints } = await runImport(...given, '--out', file)
  const out = code === 0 ? await readFile(file, 'utf8') : ''
  return { code, out, complaints: complaints.map((line) => line.replaceAll(folder.path, '.')) }
}

async function targetsOf(text: string) {
  const loaded = await parseConfig(text, 'sonde.yml')
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return loaded.config.targets
}

const MODULES =
  'modules: {http_2xx: {prober: http, timeout: 5s}, tcp: {prober: tcp}, names: {prober: dns, dns: {query_name: a, query_type: A}}}'

/** What one target becomes. */
const TARGETS: readonly (readonly [title: string, prometheus: string, target: object])[] = [
  [
    'the interval is the job’s, or the file’s, or Prometheus’ own minute',
    job(''),
    { name: 'http://shop/', address: 'http://shop/', module: 'http_2xx', intervalSeconds: 60, labels: {} },
  ],
  ['of the file', `global: {scrape_interval: 15s}\n${job('')}`, { intervalSeconds: 15 }],
  ['of the job', `global: {scrape_interval: 15s}\n${job('scrape_interval: 1m30s')}`, { intervalSeconds: 90 }],
  [
    'labels are texts, in whatever way they were written',
    job('', 'static_configs: [{targets: ["http://shop/"], labels: {a: 1.10, b: yes, c: "", d: 007}}]'),
    { labels: { a: '1.10', b: 'yes', d: '007' } },
  ],
  [
    'a label chooses the module',
    job('', 'static_configs: [{targets: ["shop:22"], labels: {__param_module: tcp}}]'),
    { module: 'tcp', address: 'shop:22' },
  ],
  [
    'parameters that a target has, too',
    job('params: {module: [names], query_name: [b.example], query_type: [AAAA]}', 'static_configs: [{targets: [ns]}]'),
    { question: { name: 'b.example', type: 'AAAA' } },
  ],
  ['hostname', job('params: {hostname: [www.example.org]}'), { hostname: 'www.example.org' }],
  [
    'the instance is its name',
    job('', undefined, `${ASKS}\n      - {target_label: instance, replacement: the shop}`),
    { name: 'the shop', address: 'http://shop/' },
  ],
  [
    'a password in an address is in no name',
    job('', 'static_configs: [{targets: ["http://me:secret@shop/"]}]'),
    { name: 'http://me:xxxxx@shop/', address: 'http://me:secret@shop/' },
  ],
  [
    'what looks like a placeholder is none',
    job('', `static_configs: [{targets: ["http://shop/\${env:HOME}"]}]`),
    { address: `http://shop/\${env:HOME}` },
  ],
]

/** What is told, and not taken over. */
const COMPLAINTS: readonly (readonly [title: string, prometheus: string, complaint: RegExp])[] = [
  [
    'discovery of a cloud',
    job('', 'ec2_sd_configs: [{region: eu}]'),
    /:5:5: scrape_configs\[0\]\.ec2_sd_configs: is not read; write what/,
  ],
  [
    'discovery of Kubernetes',
    job('', 'kubernetes_sd_configs: [{role: service}]'),
    /kubernetes_sd_configs: is not read; Sonde itself finds/,
  ],
  [
    'a module that nobody defines',
    job('params: {module: [ssh]}'),
    /:2:5: scrape_configs\[0\]: asks for the module "ssh", which is in none of the files/,
  ],
  [
    'changes of samples',
    `${job('')}    metric_relabel_configs: [{regex: a, action: labeldrop}]`,
    /metric_relabel_configs: changes samples/,
  ],
  [
    'a rule that is none',
    job('', undefined, `${ASKS}\n      - {action: repalce}`),
    /:\d+:\d+: scrape_configs\[0\]\.relabel_configs\[3\]: has the action "repalce"/,
  ],
  [
    'rules that make no question of it',
    job('', undefined, ASKS.replace('[__address__]', '[nothing]')),
    /targets\[0\]: comes out of the rules without __param_target/,
  ],
  [
    'a prober that nobody names',
    job('', undefined, ASKS.replace(/\n.*target_label: __address__.*/, '')),
    /:\d+:5: scrape_configs\[0\]\.relabel_configs: no rule sets __address__ to that of the prober/,
  ],
  [
    'a prober that is asked for nothing',
    `${job('')}  - {job_name: other, metrics_path: /probe, relabel_config: []}\n`,
    /:\d+:\d+: scrape_configs\[1\]\.metrics_path: asks a prober, and no rule in relabel_configs sets __param_target/,
  ],
  [
    'a prober with a scheme',
    job('', undefined, ASKS.replace('blackbox:9115', 'http://me:secret@blackbox:9115')),
    /relabel_configs\[2\]: "http:\/\/me:xxxxx@blackbox:9115" has a scheme, and Prometheus drops/,
  ],
  [
    'an address that its prober cannot take',
    job('params: {module: [tcp]}'),
    /targets\[0\]: is left out, since it is a URL, and this prober takes none/,
  ],
  [
    'a label of the metrics themselves',
    job('', 'static_configs: [{targets: ["http://shop/"], labels: {phase: a}}]'),
    /its label phase is one that the metrics themselves have/,
  ],
  [
    'a label of other characters',
    job('', 'static_configs: [{targets: ["http://shop/"], labels: {"a.b": a}}]'),
    /its label "a\.b" has other characters/,
  ],
  [
    'a parameter of no use',
    job('params: {query_type: [A]}'),
    /its parameter query_type means nothing to the prober http/,
  ],
  [
    'an interval under the module’s timeout',
    job('scrape_interval: 2s'),
    /its interval of 2s becomes 5s, the timeout of the module "http_2xx"/,
  ],
  [
    'an interval under all',
    job('scrape_interval: 500ms\n    params: {module: [tcp]}', 'static_configs: [{targets: ["shop:22"]}]'),
    /its interval of 500ms becomes 1s, the nearest that there is/,
  ],
  [
    'a timeout that cut probes short',
    job('scrape_timeout: 3s'),
    /its scrape_timeout ended probes after 2\.5s; write timeout: 2\.5s into the module "http_2xx"/,
  ],
  [
    'the same question twice',
    job('', 'static_configs: [{targets: ["http://shop/", "http://shop/"]}]'),
    /targets\[1\]: is probed already, by the job "probes"; left out/,
  ],
  [
    'two targets of one name',
    job(
      '',
      'static_configs: [{targets: ["http://shop/"]}, {targets: ["http://shop/"], labels: {__param_hostname: a}}]',
    ),
    /its name, and label instance, is "http:\/\/shop\/ \(http_2xx\)"/,
  ],
  [
    'a file that is not there',
    job('', 'file_sd_configs: [{files: [nothing-*.json]}]'),
    /files\[0\]: names no file that is here/,
  ],
  [
    'discovery with credentials',
    job('', 'http_sd_configs: [{url: "http://127.0.0.1:1/", basic_auth: {username: a, password: secret}}]'),
    /http_sd_configs\[0\]: is asked with basic_auth, which is not followed/,
  ],
  [
    'discovery that does not answer',
    job('', 'http_sd_configs: [{url: "http://me:secret@127.0.0.1:1/"}]'),
    /http_sd_configs\[0\]: http:\/\/me:xxxxx@127\.0\.0\.1:1\/ gave no answer/,
  ],
]

/** Nothing is written. */
const REFUSED: readonly (readonly [title: string, files: Readonly<Record<string, string>>, error: RegExp])[] = [
  ['a file that is neither', { 'a.yml': 'groups: []' }, /^\.\/a\.yml:1:1: file: is neither a blackbox\.yml/],
  [
    'a wrong blackbox.yml',
    { 'a.yml': 'modules: {web: {prober: http, timeout: 5}}' },
    /^\.\/a\.yml:1:40: modules\.web\.timeout: duration "5" has no unit/,
  ],
  [
    'a sonde.yml',
    { 'a.yml': 'modules: {web: {prober: http}}\ntargets: []' },
    /^\.\/a\.yml:2:1: targets: makes it a sonde\.yml already/,
  ],
  [
    'a module in two files',
    { 'a.yml': 'modules: {web: {prober: http}}', 'b.yml': 'modules: {web: {prober: tcp}}' },
    /^\.\/b\.yml:1:11: modules\.web: is in \.\/a\.yml, too/,
  ],
  ['no YAML', { 'a.yml': 'scrape_configs: [' }, /^\.\/a\.yml:1:\d+: file: /],
  [
    'a prometheus.yml of another shape',
    { 'a.yml': 'scrape_configs: {job_name: a}' },
    /^\.\/a\.yml:1:1: scrape_configs: a map where a list is wanted/,
  ],
  [
    'a key of a rule that is none',
    { 'a.yml': job('', undefined, `${ASKS}\n      - {action: labeldrop, regx: a}`) },
    /^\.\/a\.yml:\d+:\d+: scrape_configs\[0\]\.relabel_configs\[3\]\.regx: unknown key; write regex/,
  ],
  [
    'an interval that is none',
    { 'a.yml': 'global: {scrape_interval: 5}\nscrape_configs: []' },
    /^\.\/a\.yml:1:27: global\.scrape_interval: duration "5" has no unit/,
  ],
  [
    'jobs of other kinds alone',
    { 'a.yml': 'scrape_configs: [{job_name: node}]' },
    /^sonde import: no job of these files asks/,
  ],
]

const WRONG_ARGUMENTS: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [[], /^sonde import: which files\? as in: sonde import blackbox\.yml/],
  [['a.yml', '--force'], /^sonde import: --force goes with --out FILE$/],
  [['a.yml', '--out', '', '--force'], /^sonde import: --out needs a value$/],
  [['a.yml', '--uot', 'b'], /^sonde import: unknown flag --uot; did you mean --out\?$/],
  [['no-such-file.yml'], /^no-such-file\.yml:1:1: file: .* does not exist; check the path$/],
]

describe('cli/import: a whole set-up', (test) => {
  test('becomes one file that loads, and what does not is told line by line', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const out = join(folder.path, 'sonde.yml')
    const {
      code,
      out: said,
      complaints,
    } = await runImport(
      ...['blackbox.yml', 'traps.yml', 'prometheus.yml'].map((name) => join(IMPORT, name)),
      ...['--out', out],
    )
    const own = (text: string) => text.replaceAll(relative(folder.path, IMPORT), 'import').replaceAll(`${IMPORT}/`, '')
    assert.is(`${complaints.map(own).join('\n')}\n`, await readFile(join(IMPORT, 'expected.warnings'), 'utf8'))
    assert.is(own(await readFile(out, 'utf8')), await readFile(join(IMPORT, 'expected.yml'), 'utf8'))
    assert.is(said, `wrote ${out}: 7 modules, 8 targets; 2 other jobs left to Prometheus\n`)
    assert.is(code, 0)
    assert.equal(await readdir(folder.path), ['sonde.yml'], 'and nothing else')
    assert.ok((await loadConfig(out)).ok)
  })
})

/** Configurations of other tests with modules and nothing else. */
const BLACKBOX_FILES = globSync('config/valid-*.yml', { cwd: FIXTURES })
  .sort()
  .map((file) => [file, readFileSync(join(FIXTURES, file), 'utf8')] as const)
  .filter(([, text]) => Object.keys(Object(plainValue(text))).join() === 'modules')

function plainValue(text: string): unknown {
  const read = readTree(text, 'blackbox.yml')
  return read.ok ? read.tree.value : read.problems
}

describe('cli/import: modules', (test) => {
  for (const [file, text] of BLACKBOX_FILES) {
    test(`${file}: each is what it was`, async () => {
      const { code, out, complaints } = await imported({ 'blackbox.yml': text })
      assert.is(code, 0, complaints.join('\n'))
      assert.equal(plainValue(out), plainValue(text))
    })
  }

  test('of several files stand in one, each with its own anchors', async () => {
    const file = (name: string, code: number) =>
      `modules:\n  ${name}_a: &a {prober: http, http: {valid_status_codes: [${code}]}}\n  ${name}_b: *a # ${name}\n`
    const { out } = await imported({ 'a.yml': file('one', 200), 'b.yml': file('two', 204) })
    const loaded = await parseConfig(out, 'sonde.yml')
    const codes =
      loaded.ok &&
      [...loaded.config.modules.values()].map((module) => 'validStatusCodes' in module && module.validStatusCodes)
    assert.equal(codes, [[200], [200], [204], [204]])
    assert.match(out, '# two')
  })
})

describe('cli/import: targets', (test) => {
  for (const [title, prometheus, expected] of TARGETS) {
    test(title, async () => {
      const { out, code, complaints } = await imported({ 'blackbox.yml': MODULES, 'prometheus.yml': prometheus })
      assert.equal(complaints, [])
      assert.is(code, 0)
      const [target] = await targetsOf(out)
      assert.equal({ ...target, ...expected }, { ...target })
    })
  }

  for (const [title, prometheus, complaint] of COMPLAINTS) {
    test(`told: ${title}`, async () => {
      const { code, complaints } = await imported({ 'blackbox.yml': MODULES, 'prometheus.yml': prometheus })
      assert.is(code, 0, complaints.join('\n'))
      assert.is(complaints.length, 1, complaints.join('\n'))
      assert.match(complaints[0] ?? '', /^\.\/prometheus\.yml:\d+:\d+: /)
      assert.match(complaints[0] ?? '', complaint)
      assert.not.match(complaints.join('\n'), /secret@|: secret/)
    })
  }

  test('without a blackbox.yml there is http_2xx', async () => {
    const { out, complaints } = await imported({ 'prometheus.yml': job('') })
    assert.equal(complaints, [])
    assert.not.match(out, 'modules')
    assert.is((await targetsOf(out))[0]?.module, 'http_2xx')
  })

  test('lists in files and behind addresses are read, with the labels that they give', async () => {
    const list = JSON.stringify([{ targets: ['http://b/'], labels: { from: 'answer' } }])
    await using server = await serveHttp(answer(200, list))
    const sources = `file_sd_configs: [{files: ["listed-*.json"]}]\n    http_sd_configs: [{url: "${server.url}"}]`
    const { out, complaints } = await imported({
      'prometheus.yml': job('', sources),
      'listed-a.json': '[{"targets": ["http://a/"], "labels": {"from": "file"}}]',
      'listed-b.json': '[{"targets": "http://a/"}]',
    })
    assert.equal(
      (await targetsOf(out)).map(({ address, labels }) => [address, labels.from]),
      [
        ['http://a/', 'file'],
        ['http://b/', 'answer'],
      ],
    )
    assert.equal(complaints.filter((line) => line.includes('is read once, now')).length, 2)
    assert.ok(
      complaints.some((line) => line.startsWith('./listed-b.json:1:14: [0].targets: a text where a list is wanted')),
      complaints.join('\n'),
    )
  })
})

const LISTED = 'file_sd_configs: [{files: ["listed-*.json"]}]'
const listed = (...targets: readonly string[]) => JSON.stringify([{ targets, labels: { team: 'web' } }])

/** Why lists are copied instead. */
const COPIED: readonly (readonly [title: string, prometheus: string, list?: string])[] = [
  ['another rule', job('', LISTED, `${ASKS}\n      - {regex: team, action: labeldrop}`)],
  ['a rule that changes the name', job('', LISTED, ASKS.replace('instance}', 'instance, regex: "(.*)/"}'))],
  ['a parameter for all', job('params: {hostname: [a.example]}', LISTED)],
  ['targets of its own', job('static_configs: [{targets: ["http://b/"]}]', LISTED)],
  ['discovery of another kind', job('dns_sd_configs: [{names: [a]}]', LISTED)],
  ['a pattern that is read differently', job('', 'file_sd_configs: [{files: ["listed-[a].json"]}]')],
  ['an instance', job('', LISTED), '[{"targets": ["http://a/"], "labels": {"instance": "x"}}]'],
  ['a label of the metrics themselves', job('', LISTED), '[{"targets": ["http://a/"], "labels": {"phase": "x"}}]'],
  ['a target that is there twice', job('', LISTED), listed('http://a/', 'http://a/')],
  [
    'a target of another job',
    `${job('', LISTED)}  - job_name: other
    metrics_path: /probe
    static_configs: [{targets: ["http://a/"]}]
    ${ASKS}
`,
  ],
  ['a list that is larger than is read', job('', LISTED), listed('http://a/') + ' '.repeat(8 * 2 ** 20)],
]

describe('cli/import: lists in files', (test) => {
  test('of a job as manuals have it are read by Sonde from now on', async () => {
    const prometheus = job('scrape_interval: 20s\n    params: {module: [tcp]}', LISTED)
    const { out, complaints } = await imported({
      ...{ 'blackbox.yml': MODULES, 'prometheus.yml': prometheus },
      'listed-a.json': '[{"targets": ["a:25"], "labels": {"team": "web", "__param_module": "tcp"}}]',
    })
    assert.equal(complaints, [])
    const loaded = await parseConfig(out, 'sonde.yml')
    assert.equal(loaded.ok && [loaded.config.targets, loaded.config.discovery.files], [
      [],
      [
        {
          files: ['listed-*.json'],
          configFile: 'sonde.yml',
          refreshSeconds: 30,
          defaults: { module: 'tcp', intervalSeconds: 20, labels: {} },
        },
      ],
    ])
    assert.match(out, '# job "probes"')
  })

  test('that are not here are looked for where Sonde runs', async () => {
    const { out, complaints } = await imported({ 'prometheus.yml': job('', 'file_sd_configs: [{files: [/x/*.yml]}]') })
    assert.equal(complaints, [
      './prometheus.yml:5:32: scrape_configs[0].file_sd_configs[0].files[0]: names no file that is here; Sonde looks for it where it runs (warning)',
    ])
    assert.match(out, /files:\n {8}- \/x\/\*\.yml\n/)
  })

  test('are read up to a limit, which is told', async () => {
    const lists = Array.from({ length: 1001 }, (_, index) => [`listed-${index}.json`, listed(`http://a-${index}/`)])
    const { out, complaints } = await imported({ 'prometheus.yml': job('', LISTED), ...Object.fromEntries(lists) })
    assert.match(complaints.join('\n'), 'files[0]: names 1000 files or more, and no more are read')
    assert.is((await targetsOf(out)).length, 1000)
  })

  for (const [title, prometheus, list = listed('http://a/')] of COPIED) {
    test(`are copied: ${title}`, async () => {
      const { out, complaints } = await imported({ 'prometheus.yml': prometheus, 'listed-a.json': list })
      assert.not.match(out, 'discovery')
      assert.ok(
        (await targetsOf(out)).some(({ address }) => address === 'http://a/'),
        out,
      )
      assert.match(complaints.join('\n'), 'is read once, now')
    })
  }
})

describe('cli/import: what is refused', (test) => {
  for (const [title, files, error] of REFUSED) {
    test(title, async () => {
      const { code, out, complaints } = await imported(files)
      assert.match(complaints[0] ?? '', error)
      assert.is(complaints.at(-1), 'sonde import: ./sonde.yml was not written')
      assert.is(out, '')
      assert.is(code, 1)
    })
  }

  for (const [args, message] of WRONG_ARGUMENTS) {
    test(JSON.stringify(args), async () => {
      const { code, complaints } = await runImport(...args)
      assert.match(complaints[0] ?? '', message)
      assert.is(code, 1)
    })
  }

  test('a place where nothing can be written', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const file = join(folder.path, 'file')
    await writeFile(file, '')
    const { code, complaints } = await runImport(join(IMPORT, 'blackbox.yml'), '--out', join(file, 'sonde.yml'))
    assert.match(
      complaints.join(),
      /^sonde import: \S+\/file\/sonde\.yml cannot be written \(E[A-Z]+\); give another --out$/,
    )
    assert.is(code, 1)
  })

  test('a file that is there is replaced only by force', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const out = join(folder.path, 'sonde.yml')
    await writeFile(out, 'mine')
    const file = join(IMPORT, 'blackbox.yml')
    const { code, complaints } = await runImport(file, '--out', out)
    assert.is(code, 1)
    assert.equal(complaints, [`sonde import: ${out} is there already; give another --out, or --force to replace it`])
    assert.is(await readFile(out, 'utf8'), 'mine')
    assert.is((await runImport(file, '--out', out, '--force')).code, 0)
    assert.match(await readFile(out, 'utf8'), 'http_post_2xx')
  })
})
