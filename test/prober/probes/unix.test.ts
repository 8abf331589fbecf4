import { chmodSync, linkSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { createAuthority } from '../../../cli/demo/authority.ts'
import { samples } from '../../../prober/metrics/samples.ts'
import { assert, describe } from '../../harness.ts'
import { regexp, sumOfPhases, trusting, verdictOf } from './http-module.ts'
import { runUnix, step } from './stream-module.ts'

interface PathServer extends AsyncDisposable {
  readonly folder: string
  readonly path: string
}

async function servePath(onConnection: (socket: Socket) => void, abstract = ''): Promise<PathServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-unix-'))
  const path = abstract === '' ? join(folder, 's.sock') : abstract
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    onConnection(socket)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  return {
    folder,
    path,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

const greet = (socket: Socket) => void socket.resume().end('SSH-2.0-x\r\n')
const HELLO = [step({ expect: regexp('^SSH-(.*)$'), labels: [{ name: 'version', value: '$1' }] })]

describe('a unix probe', (test) => {
  test('connects and talks, and has neither address nor lookup', async () => {
    await using server = await servePath(greet)
    const result = await runUnix(server.path, { queryResponse: HELLO })
    assert.is(verdictOf(result), 'ok')
    assert.equal(Object.keys(result.phases), ['prepare', 'connect', 'dialogue', 'other'])
    assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9)
    const names = new Set(samples(result).map(({ name }) => name))
    assert.equal(
      [...names].filter((name) => name !== 'probe_phase_duration_seconds'),
      [
        'probe_success',
        'probe_duration_seconds',
        'probe_timeout_seconds',
        'probe_unix_duration_seconds',
        'probe_failed_due_to_regex',
        'probe_failed_due_to_bytes',
        'probe_expect_info',
      ],
    )
  })

  test('of a server that stays silent ends by its deadline', async () => {
    await using server = await servePath((socket) => socket.resume())
    const result = await runUnix(server.path, { queryResponse: HELLO }, { timeoutSeconds: 0.5 })
    assert.is(verdictOf(result), 'dialogue dialogue_timeout')
  })

  const REFUSED: readonly [title: string, path: (folder: string) => string, verdict: string, said: RegExp][] = [
    ['a path where nothing is', (folder) => join(folder, 'none'), 'connect connect_not_found', /none does not exist: /],
    ['a path below a file', (folder) => join(folder, 'file', 'x'), 'connect connect_not_found', /is no folder$/],
    ['a file', (folder) => join(folder, 'file'), 'connect connect_refused', /or it is no socket$/],
    [
      'a socket whose server has gone',
      (folder) => join(folder, 'gone'),
      'connect connect_refused',
      /no process listens/,
    ],
    ['a path that is too long', (folder) => join(folder, 'x'.repeat(120)), 'prepare target_invalid', /at most 107/],
    ['a URL', (folder) => `unix://${folder}`, 'prepare target_invalid', /write the path alone/],
    ['a path with a line break', (folder) => `${folder}\n`, 'prepare target_invalid', /control character/],
    ['a path with a NUL', (folder) => `${folder}\0x`, 'prepare target_invalid', /control character/],
    ['nothing', () => '', 'prepare target_invalid', /is empty/],
  ]
  for (const [title, pathIn, verdict, said] of REFUSED) {
    test(`of ${title}: ${verdict}`, async () => {
      await using server = await servePath(greet)
      writeFileSync(join(server.folder, 'file'), '')
      await leaveSocket(join(server.folder, 'gone'))
      const result = await runUnix(pathIn(server.folder))
      assert.is(verdictOf(result), verdict, JSON.stringify(result.outcome))
      assert.match(result.outcome.ok ? '' : result.outcome.message, said)
    })
  }

  if (process.platform === 'linux') {
    test('finds a name in the abstract namespace', async () => {
      await using server = await servePath(greet, `\0sonde-${process.pid}`)
      const found = await runUnix(`@${server.path.slice(1)}`, { queryResponse: HELLO })
      assert.is(verdictOf(found), 'ok')
      const missing = await runUnix(`@${server.path.slice(1)}-not`)
      assert.is(verdictOf(missing), 'connect connect_refused')
    })
  } else {
    test.skip('finds a name in the abstract namespace', 'only Linux has one')
  }

  if (process.getuid?.() === 0) {
    test.skip('of a socket that it may not open says what to do', 'root may open everything')
  } else {
    test('of a socket that it may not open says what to do', async () => {
      await using server = await servePath(greet)
      chmodSync(server.path, 0)
      const result = await runUnix(server.path)
      assert.is(verdictOf(result), 'connect connect_failed')
      assert.match(result.outcome.ok ? '' : result.outcome.message, /may not be opened: /)
    })
  }
})

/** A name of a socket that outlives its server, as after a crash. */
async function leaveSocket(path: string): Promise<void> {
  await using server = await servePath(greet)
  linkSync(server.path, path)
}

describe('a unix probe over TLS', (test) => {
  test('needs a name to compare, from the module or the request', async () => {
    const authority = await createAuthority()
    const { certPem, keyPem } = await authority.issue({ subject: 'CN=a.test', dnsNames: ['a.test'] })
    const secureContext = createSecureContext({ cert: certPem, key: keyPem })
    await using server = await servePath((socket) => {
      const secured = new TLSSocket(socket, { isServer: true, secureContext })
      secured.on('error', () => undefined).once('secure', () => secured.end('SSH-2.0-x\r\n'))
    })
    const tls = trusting(authority.certPem)
    const module = { useTls: true, tls, queryResponse: HELLO }
    const nameless = await runUnix(server.path, module)
    assert.is(verdictOf(nameless), 'tls tls_name_mismatch')
    assert.match(nameless.outcome.ok ? '' : nameless.outcome.message, /no name to compare: set server_name$/)
    const named = await runUnix(server.path, { ...module, tls: { ...tls, serverName: 'a.test' } })
    const asked = await runUnix(server.path, module, { hostname: 'a.test' })
    const skipping = await runUnix(server.path, { ...module, tls: { ...tls, insecureSkipVerify: true } })
    assert.equal([named, asked, skipping].map(verdictOf), ['ok', 'ok', 'ok'])
  })
})
