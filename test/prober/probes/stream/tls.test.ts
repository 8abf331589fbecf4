import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { createAuthority, type Identity } from '../../../../cli/demo/authority.ts'
import type { QueryStep, TcpModule } from '../../../../prober/config/schema.ts'
import { samples } from '../../../../prober/metrics/samples.ts'
import { assert, describe } from '../../../harness.ts'
import { serveTcp, type TcpServer } from '../../../servers/tcp.ts'
import { serveTls } from '../../../servers/tls.ts'
import { regexp, sumOfPhases, trusting, value, verdictOf } from '../http-module.ts'
import { type RunOptions, runTcp, step } from '../stream-module.ts'

const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=a.test', dnsNames: ['a.test', 'b.test', 'c.test'] })
const DAY_MS = 86_400_000
const expired = await authority.issue({
  subject: 'CN=a.test',
  dnsNames: ['a.test'],
  notBefore: new Date(Date.now() - 9 * DAY_MS),
  notAfter: new Date(Date.now() - DAY_MS),
})
const tls = trusting(authority.certPem)
const HELLO = [step({ expect: regexp('hello') })]

function namesOf(result: Awaited<ReturnType<typeof runTcp>>): readonly string[] {
  return samples(result).map(({ name }) => name)
}

describe('a tcp probe over TLS', (test) => {
  test('shakes hands and leaves', async () => {
    await using server = await serveTls(identity)
    const result = await runTcp(`a.test:${server.port}`, { useTls: true, tls })
    assert.is(verdictOf(result), 'ok')
    assert.equal(Object.keys(result.phases), ['prepare', 'resolve', 'connect', 'tls', 'other'])
    assert.is(result.tls?.version, 'TLS 1.3')
    for (const name of ['probe_ssl_earliest_cert_expiry', 'probe_ssl_last_chain_info', 'probe_tls_version_info']) {
      assert.ok(namesOf(result).includes(name), name)
    }
    await server.allClosed()
  })

  test('goes on in a dialogue, and all that is sent arrives', async () => {
    const received = Promise.withResolvers<string>()
    await using server = await serveTls(identity, {
      onSecure(socket) {
        let text = ''
        socket.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        socket.on('close', () => received.resolve(text))
        socket.write('220 ready\r\n')
      },
    })
    const queryResponse = [step({ expect: regexp('^(220)'), send: 'QUIT now' })]
    const result = await runTcp(`a.test:${server.port}`, { useTls: true, tls, queryResponse })
    assert.is(verdictOf(result), 'ok')
    assert.equal(Object.keys(result.phases), ['prepare', 'resolve', 'connect', 'tls', 'dialogue', 'other'])
    assert.is(await received.promise, 'QUIT now\n')
  })

  test('takes its name from server_name, the hostname parameter or the target', async () => {
    const names: (string | false | null)[] = []
    await using server = await serveTls(identity, {
      onSecure(socket) {
        names.push(socket.servername)
        socket.end('hello')
      },
    })
    const target = `a.test:${server.port}`
    const ask = (module: Partial<TcpModule>, options: RunOptions = {}) =>
      runTcp(target, { useTls: true, tls, queryResponse: HELLO, ...module }, options)
    const results = [await ask({}), await ask({}, { hostname: 'b.test' })]
    results.push(await ask({ tls: { ...tls, serverName: 'c.test' } }, { hostname: 'b.test' }))
    assert.equal(results.map(verdictOf), ['ok', 'ok', 'ok'])
    assert.equal(names, ['a.test', 'b.test', 'c.test'])
  })

  test('of an expired certificate fails and still tells its dates, but not of a dialogue', async () => {
    await using server = await serveTls(expired)
    const result = await runTcp(`a.test:${server.port}`, { useTls: true, tls, queryResponse: HELLO })
    assert.is(verdictOf(result), 'tls tls_expired')
    assert.equal([result.stream.connected, result.stream.failedStep], [false, undefined])
    const names = namesOf(result)
    assert.ok(names.includes('probe_ssl_earliest_cert_expiry'))
    assert.not.ok(names.includes('probe_failed_due_to_regex'))
    await server.allClosed()
  })

  test('with insecure_skip_verify accepts that certificate', async () => {
    await using server = await serveTls(expired)
    const skipping = { ...tls, insecureSkipVerify: true }
    const result = await runTcp(`a.test:${server.port}`, { useTls: true, tls: skipping, queryResponse: HELLO })
    assert.is(verdictOf(result), 'ok')
    assert.is(result.tls?.verification.ok, false)
  })

  test('that lacks the certificate that the server wants says so, though TLS 1.3 tells it only afterwards', async () => {
    await using server = await serveTls(identity, { clientCa: authority.certPem })
    const target = `a.test:${server.port}`
    const without = await runTcp(target, { useTls: true, tls, queryResponse: HELLO })
    assert.is(verdictOf(without), 'tls tls_client_certificate', JSON.stringify(without.outcome))
    assert.is(without.stream.failedStep, 1)
    const own = await authority.issue({ subject: 'CN=prober' })
    const showing = { ...tls, cert: value(own.certPem), key: value(own.keyPem) }
    assert.is(verdictOf(await runTcp(target, { useTls: true, tls: showing, queryResponse: HELLO })), 'ok')
  })

  test('reads its files before it connects', async () => {
    await using server = await serveTcp()
    const missing = { ...tls, ca: { from: 'file', path: '/nowhere/ca.pem' } } as const
    const result = await runTcp(server.port, { useTls: true, tls: missing })
    assert.is(verdictOf(result), 'prepare file_unreadable')
    assert.is(server.accepted(), 0)
  })
})

interface MailOptions {
  readonly identity?: Identity
  /** Sent together with the consent to STARTTLS. */
  readonly injected?: string
  /** Instead of a handshake. */
  readonly insteadOfTls?: (socket: Socket) => void
}

/** As much of SMTP as STARTTLS needs. */
function serveMail({ identity: own = identity, injected = '', insteadOfTls }: MailOptions = {}): Promise<TcpServer> {
  return serveTcp((socket) => {
    socket.write('220 mail ESMTP\r\n')
    const onData = (chunk: Buffer) => {
      if (chunk.toString().startsWith('EHLO')) socket.write('250-mail\r\n250-STARTTLS\r\n250 HELP\r\n')
      if (!chunk.toString().startsWith('STARTTLS')) return
      socket.off('data', onData)
      socket.write(`220 go ahead\r\n${injected}`)
      if (insteadOfTls !== undefined) insteadOfTls(socket)
      else mailOverTls(socket, own)
    }
    socket.on('data', onData)
  })
}

function mailOverTls(socket: Socket, { certPem, keyPem }: Identity): void {
  const secured = new TLSSocket(socket, {
    isServer: true,
    secureContext: createSecureContext({ cert: certPem, key: keyPem }),
  })
  secured.on('error', () => undefined)
  secured.on('data', (chunk: Buffer) => {
    if (chunk.toString().startsWith('EHLO')) secured.write('250 over TLS\r\n')
    if (chunk.toString().startsWith('QUIT')) secured.end('221 bye\r\n')
  })
}

const STARTTLS: readonly Partial<QueryStep>[] = [
  { expect: regexp('^220 .*ESMTP'), send: 'EHLO prober\r' },
  { expect: regexp('^250-STARTTLS'), send: 'STARTTLS\r' },
  { expect: regexp('^220'), startTls: true },
  { send: 'EHLO prober\r' },
  { expect: regexp('^250 over TLS'), send: 'QUIT\r' },
  { expect: regexp('^221'), labels: [{ name: 'said', value: 'bye' }] },
]

function runMail(port: number, module: Partial<TcpModule> = {}, options: RunOptions = {}) {
  return runTcp(`a.test:${port}`, { tls, queryResponse: STARTTLS.map(step), ...module }, options)
}

describe('STARTTLS', (test) => {
  test('goes on over TLS, and both phases are there', async () => {
    await using server = await serveMail()
    const result = await runMail(server.port)
    assert.is(verdictOf(result), 'ok', result.outcome.ok ? '' : result.outcome.message)
    assert.equal(Object.keys(result.phases).sort(), ['connect', 'dialogue', 'other', 'prepare', 'resolve', 'tls'])
    assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9)
    assert.is(result.tls?.serverName, 'a.test')
    assert.equal(result.stream.expectInfo, { said: 'bye' })
    await server.allClosed()
  })

  test('to an expired certificate fails in its step and tells the dates', async () => {
    await using server = await serveMail({ identity: expired })
    const result = await runMail(server.port)
    assert.is(verdictOf(result), 'tls tls_expired')
    assert.match(result.outcome.ok ? '' : result.outcome.message, /^Step 3 of query_response could not start TLS: /)
    assert.equal([result.stream.connected, result.stream.failedStep], [true, 3])
    assert.ok(namesOf(result).includes('probe_ssl_earliest_cert_expiry'))
    await server.allClosed()
  })

  test('does not take what was said in the clear for what came over TLS', async () => {
    await using server = await serveMail({ injected: '250 over TLS\r\n' })
    const queryResponse = [...STARTTLS.slice(0, 3), { expect: regexp('^250 over TLS') }].map(step)
    const result = await runMail(server.port, { queryResponse }, { timeoutSeconds: 1 })
    // What came before the handshake is dropped; a byte that comes during it is no TLS.
    assert.ok(['dialogue dialogue_timeout', 'tls tls_not_tls'].includes(verdictOf(result)), verdictOf(result))
  })

  const BAD: readonly [title: string, insteadOfTls: (socket: Socket) => void, verdict: string][] = [
    ['falls silent', (socket) => void socket.resume(), 'tls tls_timeout'],
    ['closes', (socket) => void socket.end(), 'tls tls_reset'],
    ['resets', (socket) => void socket.once('data', () => socket.resetAndDestroy()), 'tls tls_reset'],
    [
      'goes on in the clear',
      (socket) => void socket.once('data', () => socket.write('500 what?\r\n')),
      'tls tls_not_tls',
    ],
  ]
  for (const [title, insteadOfTls, verdict] of BAD) {
    test(`with a server that ${title}: ${verdict}`, async () => {
      await using server = await serveMail({ insteadOfTls })
      const result = await runMail(server.port, {}, { timeoutSeconds: verdict === 'tls tls_timeout' ? 1 : 30 })
      assert.is(verdictOf(result), verdict)
      assert.is(result.stream.failedStep, 3)
      await server.allClosed()
    })
  }

  test('over TLS from the first byte is TLS in TLS', async () => {
    const inner = createSecureContext({ cert: identity.certPem, key: identity.keyPem })
    await using server = await serveTls(identity, {
      onSecure(outer) {
        outer.write('ready\n')
        outer.once('data', () => {
          const secured = new TLSSocket(outer, { isServer: true, secureContext: inner })
          secured.on('error', () => undefined)
          secured.write('inside\n')
        })
      },
    })
    const queryResponse = [
      { expect: regexp('ready'), send: 'starttls', startTls: true },
      { expect: regexp('inside') },
    ].map(step)
    const result = await runTcp(`a.test:${server.port}`, { useTls: true, tls, queryResponse })
    assert.is(verdictOf(result), 'ok', result.outcome.ok ? '' : result.outcome.message)
    const names = namesOf(result)
    assert.is(names.filter((name) => name === 'probe_tls_version_info').length, 1)
    await server.allClosed()
  })
})
