/** scripts/smoke and scripts/deploy under a plain POSIX sh; what they call is a prober, a live server, and a stand-in of helm. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from '../harness.ts'
import { ROOT } from '../k8s/manifests.ts'
import { describeWithPrograms, startProgram } from '../programs.ts'
import { serveHttp, type TestServer } from '../servers/http.ts'

interface Ran {
  readonly code: number | null
  readonly output: string
}

/** Not `spawnSync`: the server that is asked lives in this process. */
async function run(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const program = await startProgram('sh', [join(ROOT, 'scripts', script), ...args], { env, cwd: tmpdir() })
  return { code: await program.ended, output: program.output() }
}

/** Answers with each status in turn, and with the last one from then on. */
function serveStatuses(...statuses: readonly number[]): Promise<TestServer> {
  let asked = 0
  return serveHttp((_request, response) => {
    response.writeHead(statuses[asked] ?? statuses.at(-1) ?? 500, { connection: 'close' }).end('Hello World!')
    asked += 1
  })
}

describeWithPrograms('scripts/smoke', ['sh'], (test) => {
  test('a target that answers as it should: exit code 0, at once', async () => {
    await using server = await serveStatuses(200)
    const { code, output } = await run('smoke', [server.url], { SMOKE_SECONDS: '60' })
    assert.match(output, /✓ ok/)
    assert.is(code, 0)
  })

  test('a target that comes up late: exit code 0, and what was wrong until then', async () => {
    await using server = await serveStatuses(503, 200)
    const { code, output } = await run('smoke', [server.url], { SMOKE_SECONDS: '60' })
    assert.match(output, /attempt 1: http_status in \w+; again/)
    assert.is(code, 0, output)
  })

  test('a target that stays wrong: exit code 1, with the reason', async () => {
    await using server = await serveStatuses(503)
    const { code, output } = await run('smoke', [server.url], { SMOKE_SECONDS: '2' })
    assert.match(output, /✗ http_status/)
    assert.is(code, 1)
  })

  test('flags of sonde probe go along: another name, another module', async () => {
    await using server = await serveStatuses(200)
    using folder = mkdtempDisposableSync(join(tmpdir(), 'sonde-smoke-'))
    const config = join(folder.path, 'smoke.yml')
    writeFileSync(config, "modules: { s: { prober: http, http: { fail_if_body_not_matches_regexp: ['^Bye'] } } }\n")
    const flags = ['--config.file', config, '--module', 's', '--hostname', 'hello.example.com']
    const { code, output } = await run('smoke', [server.url, ...flags], { SMOKE_SECONDS: '1' })
    assert.match(output, /body_/)
    assert.is(code, 1)
  })

  test('no target, or no such flag: exit code 1, and a word on what to do', async () => {
    assert.match(
      (await run('smoke', [])).output,
      /^smoke: which target\? as in: smoke https:\/\/hello\.example\.com\/$/m,
    )
    assert.match((await run('smoke', ['http://127.0.0.1/', '--modul=x'])).output, /did you mean --module\?/)
    assert.equal([(await run('smoke', [])).code, (await run('smoke', ['x', '--modul=x'])).code], [1, 1])
  })

  for (const seconds of ['1m', 'abc', '-1'])
    test(`SMOKE_SECONDS=${seconds}: exit code 1, at once, and what to write`, async () => {
      const { code, output } = await run('smoke', ['http://127.0.0.1/'], { SMOKE_SECONDS: seconds })
      assert.is(code, 1)
      assert.is(output.trim(), `smoke: SMOKE_SECONDS: found "${seconds}"; write a whole number of seconds, as in 60`)
    })

  test('both scripts are what a POSIX sh can read', () => {
    for (const script of ['smoke', 'deploy']) {
      const { status, stderr } = spawnSync('sh', ['-n', join(ROOT, 'scripts', script)], { encoding: 'utf8' })
      assert.is(status, 0, stderr)
    }
  })
})

describeWithPrograms('scripts/deploy', ['sh'], (test) => {
  const image = `registry.example.com:5000/team/sonde@sha256:${'a'.repeat(64)}`

  async function deploy(...args: readonly string[]): Promise<Ran> {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'sonde-deploy-'))
    const helm = join(folder.path, 'helm')
    writeFileSync(helm, '#!/bin/sh\nprintf "%s\\n" "$@"\n')
    chmodSync(helm, 0o755)
    return await run('deploy', args, { PATH: `${folder.path}:${process.env.PATH}`, NAMESPACE: 'shop' })
  }

  test('the chart gets repository and digest apart, and what is not ready is taken back', async () => {
    const { code, output } = await deploy(image, '--values', 'mine.yaml')
    const args = output.trim().split('\n')
    assert.equal(args.slice(0, 2), ['upgrade', '--install'])
    assert.ok(args.includes('image.repository=registry.example.com:5000/team/sonde'))
    assert.ok(args.includes(`image.digest=sha256:${'a'.repeat(64)}`))
    assert.is(args[args.indexOf('--namespace') + 1], 'shop')
    assert.ok(args.includes('--rollback-on-failure') && args.includes('--wait'))
    assert.equal(args.slice(-2), ['--values', 'mine.yaml'])
    assert.is(code, 0)
  })

  test('a tag, which may move, is refused', async () => {
    for (const args of [[], ['registry.example.com/sonde:latest']]) {
      const { code, output } = await deploy(...args)
      assert.match(output, /^deploy: which image\?/)
      assert.is(code, 1)
    }
  })
})
