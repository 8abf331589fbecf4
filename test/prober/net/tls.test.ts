import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '../../../cli/demo/authority.ts'
import type { TlsConfig } from '../../../prober/config/schema.ts'
import type { SecretSource } from '../../../prober/config/secret.ts'
import { secret } from '../../../prober/config/secret.ts'
import { connectTcp } from '../../../prober/net/connect.ts'
import { createDeadline } from '../../../prober/net/deadline.ts'
import { classifyTlsError, createTlsContexts, startTls } from '../../../prober/net/tls.ts'
import type { TlsContexts } from '../../../prober/net/tls.ts'
import { createOdd, daysFromNow } from '../../certificates.ts'
import { inTurn } from '../../../prober/net/turn.ts'
import { assert, describe } from '../../harness.ts'
import { later, serveBytes, serveReset, serveSilence, serveTcp } from '../../servers/tcp.ts'
import type { TcpServer } from '../../servers/tcp.ts'
import { serveTls } from '../../servers/tls.ts'
import { failed } from './failed.ts'

const authority = await createAuthority('CN=Root')
const stranger = await createAuthority('CN=Stranger')
const intermediate = await authority.intermediate('CN=Intermediate')
const NAMES = { subject: 'CN=web,O=Sonde', dnsNames: ['web.example', '*.wild.example'], ips: ['127.0.0.1', '::1'] }
const web = await authority.issue(NAMES)
const webByIntermediate = await intermediate.issue(NAMES)
const foreign = await stranger.issue(NAMES)

const expiredParent = await createOdd({
  subject: 'CN=Old',
  authority: true,
  notBefore: daysFromNow(-9),
  notAfter: daysFromNow(-2),
})
const byExpiredParent = await createOdd({ subject: 'CN=web', issuer: expiredParent, dnsNames: ['web.example'] })
const selfSigned = await createOdd({ subject: 'CN=self', dnsNames: ['web.example'] })
const clientOnly = await createOdd({ subject: 'CN=client', dnsNames: ['web.example'], usages: ['1.3.6.1.5.5.7.3.2'] })
const expired = await authority.issue({ ...NAMES, notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) })
const future = await authority.issue({ ...NAMES, notBefore: daysFromNow(2), notAfter: daysFromNow(9) })
const expiredStranger = await stranger.issue({ ...NAMES, notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) })

const inline = (pem: string): SecretSource => ({ from: 'value', value: secret(pem) })
const CONFIG: TlsConfig = {
  insecureSkipVerify: false,
  ca: inline(authority.certPem),
  cert: undefined,
  key: undefined,
  serverName: undefined,
  minVersion: undefined,
  maxVersion: undefined,
}

interface Handshake {
  readonly config?: Partial<TlsConfig>
  readonly serverName?: string
  readonly alpn?: readonly string[]
  readonly seconds?: number
  readonly contexts?: TlsContexts
}

/** Connects, shakes hands and, when that went well, reads until the server closes. */
async function handshake(server: TcpServer, { config, serverName = 'web.example', ...options }: Handshake = {}) {
  const { alpn = [], seconds = 10, contexts = createTlsContexts() } = options
  const tls = { ...CONFIG, ...config }
  const made = await contexts(tls)
  if (!made.ok) throw new Error(made.message)
  using deadline = createDeadline(seconds)
  const connected = await connectTcp({ ip: '127.0.0.1', family: 4 }, server.port, deadline.signal)
  if (!connected.ok) throw new Error(connected.message)
  const request = { context: made.context, serverName, alpn, insecureSkipVerify: tls.insecureSkipVerify }
  const result = await startTls(connected.socket, request, deadline.signal)
  const { socket } = result.ok ? result : connected
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve).resume())
  await server.allClosed()
  return result
}

describe('startTls: a good certificate', (test) => {
  test('shows version, cipher, the chain that was sent and the one that was verified', async () => {
    await using server = await serveTls(webByIntermediate, { intermediates: [intermediate.certPem] })
    const before = performance.now()
    const result = await handshake(server)
    assert.ok(result.ok)
    assert.ok(result.atMs > before && result.atMs <= performance.now())
    const { facts } = result
    assert.is(facts.version, 'TLS 1.3')
    assert.match(facts.cipher, /^TLS_(AES|CHACHA20)_[A-Z0-9_]+_SHA(256|384)$/)
    assert.is(facts.alpn, undefined)
    assert.equal(
      facts.peerChain.map(({ subject }) => subject),
      ['CN=web,O=Sonde', 'CN=Intermediate'],
    )
    assert.equal(
      facts.verifiedChain?.map(({ subject }) => subject),
      ['CN=web,O=Sonde', 'CN=Intermediate', 'CN=Root'],
    )
    assert.equal(facts.verification, { ok: true })
  })

  test('a chain that was verified goes to a trust anchor, also past an expired cross-signature', async () => {
    const old = await createOdd({ subject: 'CN=Old root', authority: true })
    const root = await createOdd({ subject: 'CN=New root', authority: true, notAfter: daysFromNow(90) })
    const past = { notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) }
    const cross = await createOdd({ subject: 'CN=New root', authority: true, issuer: old, keysOf: root, ...past })
    const leaf = await createOdd({ subject: 'CN=leaf', issuer: root, dnsNames: ['web.example'] })
    await using server = await serveTls(leaf, { intermediates: [cross.certPem] })
    const result = await handshake(server, { config: { ca: inline(root.certPem) } })
    assert.is(result.ok ? 'ok' : result.message, 'ok')
    const chain = result.facts?.verifiedChain ?? []
    assert.equal(
      chain.map(({ subject, issuer }) => [subject, issuer]),
      [
        ['CN=leaf', 'CN=New root'],
        ['CN=New root', 'CN=New root'],
      ],
    )
  })

  test('of several verified chains the one that lasts longest counts, as for blackbox_exporter', async () => {
    const brief = await createOdd({ subject: 'CN=Brief root', authority: true, notAfter: daysFromNow(3) })
    const root = await createOdd({ subject: 'CN=Long root', authority: true, notAfter: daysFromNow(90) })
    const parent = await createOdd({ subject: 'CN=Parent', authority: true, issuer: brief })
    const again = await createOdd({ subject: 'CN=Parent', authority: true, issuer: root, keysOf: parent })
    const leaf = await createOdd({ subject: 'CN=leaf', issuer: parent, dnsNames: ['web.example'] })
    await using server = await serveTls(leaf, { intermediates: [parent.certPem, again.certPem] })
    const ca = inline(`${brief.certPem}\n${root.certPem}`)
    const result = await handshake(server, { config: { ca } })
    assert.is(result.ok ? 'ok' : result.message, 'ok')
    assert.equal(
      result.facts?.verifiedChain?.map(({ subject }) => subject),
      ['CN=leaf', 'CN=Parent', 'CN=Long root'],
    )
  })

  test('says the same the second time, when everything is remembered', async () => {
    await using server = await serveTls(webByIntermediate, { intermediates: [intermediate.certPem] })
    const contexts = createTlsContexts()
    const first = await handshake(server, { contexts })
    const second = await handshake(server, { contexts })
    assert.ok(first.ok && second.ok)
    assert.is(second.facts.verifiedChain, first.facts.verifiedChain)
    assert.equal({ ...second.facts }, { ...first.facts })
  })

  for (const [serverName, matches] of [
    ['web.example', true],
    ['WEB.Example', true],
    ['web.example.', true],
    ['a.wild.example', true],
    ['127.0.0.1', true],
    ['::1', true],
    ['[::1]', true],
    ['[0:0:0:0:0:0:0:1]', true],
    ['127.0.0.2', false],
    ['other.example', false],
    ['example', false],
    ['xweb.example', false],
    ['wild.example', false],
    ['a.b.wild.example', false],
    ['.wild.example', false],
    ['*.wild.example', true],
    ['web', false],
  ] as const) {
    test(`${matches ? 'is' : 'is not'} for ${serverName}`, async () => {
      await using server = await serveTls(web)
      const result = await handshake(server, { serverName })
      assert.is(result.ok ? 'ok' : result.reason, matches ? 'ok' : 'tls_name_mismatch')
    })
  }

  test('a common name does not count', async () => {
    await using server = await serveTls(await authority.issue({ subject: 'CN=web.example' }))
    const result = failed(await handshake(server))
    assert.is(result.reason, 'tls_name_mismatch')
    assert.match(result.message, 'subjectAltName')
  })

  test('an intermediate certificate in ca is a trust anchor, as for Go', async () => {
    await using server = await serveTls(webByIntermediate)
    const result = await handshake(server, { config: { ca: inline(intermediate.certPem) } })
    assert.ok(result.ok)
    assert.equal(
      result.facts.verifiedChain?.map(({ subject }) => subject),
      ['CN=web,O=Sonde', 'CN=Intermediate'],
    )
  })

  test('a self-signed certificate is good when it is in ca', async () => {
    const identity = await createOdd({ subject: 'CN=self', dnsNames: ['web.example'] })
    await using server = await serveTls(identity)
    const result = await handshake(server, { config: { ca: inline(identity.certPem) } })
    assert.is(result.ok ? 'ok' : result.message, 'ok')
  })

  test('an RSA key of 1024 bits is accepted, as by Go', async () => {
    const identity = await createOdd({ subject: 'CN=weak', dnsNames: ['web.example'], rsaBits: 1024 })
    await using server = await serveTls(identity, { context: { ciphers: 'DEFAULT@SECLEVEL=0' } })
    const result = await handshake(server, { config: { ca: inline(identity.certPem) } })
    assert.is(result.ok ? 'ok' : result.message, 'ok')
  })

  test('agrees on a protocol by ALPN', async () => {
    await using server = await serveTls(web, { alpn: ['h2', 'http/1.1'] })
    const result = await handshake(server, { alpn: ['h2', 'http/1.1'] })
    assert.is(result.ok && result.facts.alpn, 'h2')
  })

  test('never resumes a session', async () => {
    const reused: boolean[] = []
    await using server = await serveTls(web, {
      onSecure: (socket) => {
        reused.push(socket.isSessionReused())
        socket.end('hello')
      },
    })
    const contexts = createTlsContexts()
    for (let time = 0; time < 3; time += 1) await handshake(server, { contexts })
    assert.equal(reused, [false, false, false])
  })

  test('sends the name as SNI, and none for an IP address', async () => {
    const asked: unknown[] = []
    await using server = await serveTls(web, {
      onSecure: (socket) => {
        asked.push(socket.servername)
        socket.end('hello')
      },
    })
    await handshake(server, { serverName: 'web.example.' })
    await handshake(server, { serverName: '127.0.0.1' })
    assert.equal(asked, ['web.example', false])
  })

  for (const [title, said] of [
    ['leaves at once', ''],
    ['says a word and leaves', 'bye'],
  ] as const) {
    test(`TLS 1.2: a server that ${title} has shown its certificate all the same`, async () => {
      const context = { maxVersion: 'TLSv1.2' } as const
      await using server = await serveTls(web, { context, onSecure: (socket) => socket.end(said) })
      const result = await handshake(server)
      assert.equal([result.ok, result.facts?.version, result.facts?.peerChain.length], [true, 'TLS 1.2', 1])
    })
  }

  test('a server that resets while what comes next waits for its turn has shaken hands', async () => {
    await using server = await serveTls(web, {
      onSecure: (_socket, lower) => later(10, () => lower.resetAndDestroy()),
    })
    for (let turn = 0; turn < 3000; turn += 1) inTurn(() => undefined, undefined)
    const result = await handshake(server)
    assert.equal([result.ok, result.facts?.peerChain.length], [true, 1])
  })

  test('hands over a socket that can be read and written', async () => {
    await using server = await serveTls(web, { onSecure: (socket) => socket.pipe(socket) })
    const made = await createTlsContexts()(CONFIG)
    assert.ok(made.ok)
    using deadline = createDeadline(10)
    const connected = await connectTcp({ ip: '127.0.0.1', family: 4 }, server.port, deadline.signal)
    assert.ok(connected.ok)
    const request = { context: made.context, serverName: 'web.example', alpn: [], insecureSkipVerify: false }
    const result = await startTls(connected.socket, request, deadline.signal)
    assert.ok(result.ok)
    assert.is(result.socket.getPeerCertificate().subject?.CN, 'web')
    result.socket.end('echo')
    let echoed = ''
    for await (const chunk of result.socket) echoed += String(chunk)
    assert.is(echoed, 'echo')
  })
})

/** The certificate with another UTCTime (tag 23, 13 bytes) as its first or second date. */
function withDate(certPem: string, index: number, text: string): string {
  const der = Buffer.from(new X509Certificate(certPem).raw)
  const header = Buffer.from([0x17, 0x0d])
  let at = der.indexOf(header)
  for (let date = 0; date < index; date += 1) at = der.indexOf(header, at + 15)
  der.write(text, at + 2, 'latin1')
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
}

/** Certificate shown, `ca` of the module, name asked for, reason, and what the message says. */
const BAD: readonly (readonly [
  string,
  { readonly certPem: string; readonly keyPem: string },
  string,
  string,
  string,
  RegExp,
])[] = [
  ['expired', expired, authority.certPem, 'web.example', 'tls_expired', /expired on 20/],
  ['not yet valid', future, authority.certPem, 'web.example', 'tls_not_yet_valid', /not valid before 20/],
  ['signed by a stranger', foreign, authority.certPem, 'web.example', 'tls_unknown_ca', /not trusted/],
  ['self-signed', selfSigned, authority.certPem, 'web.example', 'tls_self_signed', /self-signed/],
  [
    'of an intermediate that was not sent',
    webByIntermediate,
    authority.certPem,
    'web.example',
    'tls_unknown_ca',
    /intermediate/,
  ],
  [
    'for another name',
    web,
    authority.certPem,
    'other.example',
    'tls_name_mismatch',
    /web\.example, \*\.wild\.example, 127\.0\.0\.1/,
  ],
  ['for clients only', clientOnly, clientOnly.certPem, 'web.example', 'tls_invalid', /not one for servers/],
  ['of an expired authority', byExpiredParent, expiredParent.certPem, 'web.example', 'tls_expired', /authority/i],
  ["expired and a stranger's", expiredStranger, authority.certPem, 'web.example', 'tls_expired', /expired on 20/],
  [
    'expired and for another name',
    expired,
    authority.certPem,
    'other.example',
    'tls_expired',
    /expired.*also:.*other\.example/,
  ],
  [
    "for another name and a stranger's",
    foreign,
    authority.certPem,
    'other.example',
    'tls_name_mismatch',
    /also:.*not trusted/,
  ],
]

describe('startTls: a bad certificate', (test) => {
  for (const [title, identity, ca, serverName, reason, message] of BAD) {
    test(`${title}: ${reason}, and its facts are there`, async () => {
      await using server = await serveTls(identity)
      const result = failed(await handshake(server, { serverName, config: { ca: inline(ca) } }))
      assert.is(result.reason, reason)
      assert.is(result.phase, 'tls')
      assert.match(result.message, message)
      assert.is(result.facts?.verification.ok, false)
      assert.is(result.facts?.verifiedChain, undefined)
      assert.is(result.facts?.peerChain.length, 1)
      assert.is(result.facts?.version, 'TLS 1.3')
    })

    test(`${title}: insecure_skip_verify goes on and still tells`, async () => {
      await using server = await serveTls(identity)
      const result = await handshake(server, { serverName, config: { ca: inline(ca), insecureSkipVerify: true } })
      assert.ok(result.ok)
      const { verification, verifiedChain } = result.facts
      assert.is(verification.ok ? 'ok' : verification.reason, reason)
      assert.is(verifiedChain, undefined)
    })
  }

  test('names that would write to a terminal are shown harmless and short', async () => {
    const identity = await createOdd({ subject: `CN=\u001b[31m${'x'.repeat(60)}`, dnsNames: [] })
    await using server = await serveTls(identity)
    const { message } = failed(await handshake(server, { serverName: '\u001b[32m.example' }))
    assert.not.match(message, '\u001b')
    assert.match(message, 'common name in "CN=?[31mx')
  })

  for (const [title, text] of [
    ['letters', 'xxxxxxxxxxxxx'],
    ['a 99th month', '269999999999Z'],
    ['zeros', '\0'.repeat(13)],
    ['no time zone', '2601010000001'],
  ] as const) {
    for (const [which, index] of [
      ['begins', 0],
      ['ends', 1],
    ] as const) {
      test(`${which} on a date of ${title}: tls_invalid, and the process lives`, async () => {
        const identity = { ...selfSigned, certPem: withDate(selfSigned.certPem, index, text) }
        await using server = await serveTls(identity)
        const result = failed(await handshake(server))
        assert.is(result.reason, 'tls_invalid')
        assert.match(result.message, `${which} on a date that cannot be read`)
        const [leaf] = result.facts?.peerChain ?? []
        assert.is(String(index === 0 ? leaf?.notBeforeSeconds : leaf?.notAfterSeconds), 'NaN')
      })
    }
  }

  test('a bug of ours ends the handshake, not the process', async () => {
    await using server = await serveTls(web)
    const made = await createTlsContexts()(CONFIG)
    assert.ok(made.ok)
    using deadline = createDeadline(10)
    const connected = await connectTcp({ ip: '127.0.0.1', family: 4 }, server.port, deadline.signal)
    assert.ok(connected.ok)
    const read = () => {
      throw new Error('a bug')
    }
    const request = { context: { ...made.context, read }, serverName: 'x', alpn: [], insecureSkipVerify: false }
    const thrown = await startTls(connected.socket, request, deadline.signal).catch((bug: Error) => bug.message)
    assert.is(thrown, 'a bug')
    await server.allClosed()
  })

  test("without ca the machine's own trust store counts", async () => {
    await using server = await serveTls(web)
    assert.is(failed(await handshake(server, { config: { ca: undefined } })).reason, 'tls_unknown_ca')
  })
})

describe('startTls: a handshake that fails', (test) => {
  for (const [title, serve, reason] of [
    ['HTTP', () => serveBytes('HTTP/1.1 400 Bad Request\r\n\r\n'), 'tls_not_tls'],
    ['SSH', () => serveTcp((socket) => socket.resume().end('SSH-2.0-OpenSSH_9.9\r\n')), 'tls_not_tls'],
    ['zeros', () => serveBytes(Buffer.alloc(100)), 'tls_not_tls'],
    ['a flood of garbage', () => serveBytes(Buffer.alloc(1_000_000, 0x5a)), 'tls_not_tls'],
    [
      'a record of garbage',
      () => serveBytes(Buffer.concat([Buffer.from([22, 3, 3, 0, 50]), Buffer.alloc(50, 7)])),
      'tls_handshake',
    ],
    ['a reset', serveReset, 'tls_reset'],
    ['a close', () => serveBytes(''), 'tls_reset'],
    ['a close after one byte', () => serveBytes('\x16'), 'tls_reset'],
    ['alert internal_error', () => serveBytes(alert(80)), 'tls_handshake'],
    ['alert unrecognized_name', () => serveBytes(alert(112)), 'tls_handshake'],
    ['alert handshake_failure before any certificate', () => serveBytes(alert(40)), 'tls_handshake'],
    ['alert protocol_version', () => serveBytes(alert(70)), 'tls_version'],
    ['alert access_denied', () => serveBytes(alert(49)), 'tls_client_certificate'],
  ] as const) {
    test(`${title}: ${reason}`, async () => {
      await using server = await serve()
      const result = failed(await handshake(server))
      assert.is(result.reason, reason)
      assert.is(result.phase, 'tls')
      assert.is(result.facts, undefined)
    })
  }

  test('silence ends at the deadline', async () => {
    await using server = await serveSilence()
    assert.is(failed(await handshake(server, { seconds: 0.1 })).reason, 'tls_timeout')
  })

  test('a socket that has ended before is a reset, not a wait', async () => {
    await using server = await serveTcp((socket) => socket.end())
    using deadline = createDeadline(10)
    const connected = await connectTcp({ ip: '127.0.0.1', family: 4 }, server.port, deadline.signal)
    const made = await createTlsContexts()(CONFIG)
    assert.ok(connected.ok && made.ok)
    await new Promise((resolve) => connected.socket.once('end', resolve).resume())
    const request = { context: made.context, serverName: 'web.example', alpn: [], insecureSkipVerify: false }
    assert.is(failed(await startTls(connected.socket, request, deadline.signal)).reason, 'tls_reset')
    await server.allClosed()
  })

  test('a signal that has fired ends the socket too', async () => {
    await using server = await serveSilence()
    const connected = await connectTcp({ ip: '127.0.0.1', family: 4 }, server.port, new AbortController().signal)
    const made = await createTlsContexts()(CONFIG)
    assert.ok(connected.ok && made.ok)
    const request = { context: made.context, serverName: 'web.example', alpn: [], insecureSkipVerify: false }
    const result = failed(await startTls(connected.socket, request, AbortSignal.abort()))
    assert.is(result.reason, 'cancelled')
    await server.allClosed()
  })

  for (const [title, context, config, reason] of [
    ['the server stops at 1.2, we start at 1.3', { maxVersion: 'TLSv1.2' }, { minVersion: 'TLS13' }, 'tls_version'],
    ['the server starts at 1.3, we stop at 1.2', { minVersion: 'TLSv1.3' }, { maxVersion: 'TLS12' }, 'tls_version'],
    [
      'the server has 1.0 only',
      { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
      {},
      'tls_version',
    ],
    ['no cipher in common', { maxVersion: 'TLSv1.2', ciphers: 'AES256-SHA' }, {}, 'tls_handshake'],
  ] as const) {
    test(`${title}: ${reason}`, async () => {
      await using server = await serveTls(web, { context })
      assert.is(failed(await handshake(server, { config })).reason, reason)
    })
  }

  for (const [title, context, config, version] of [
    [
      '1.0 when asked for',
      { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
      { minVersion: 'TLS10' },
      'TLS 1.0',
    ],
    [
      '1.1 when asked for',
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      { minVersion: 'TLS10' },
      'TLS 1.1',
    ],
    ['1.2', { maxVersion: 'TLSv1.2' }, {}, 'TLS 1.2'],
    ['1.2 when no more is wanted', {}, { maxVersion: 'TLS12' }, 'TLS 1.2'],
    ['a server that has P-256 only', { ecdhCurve: 'P-256' }, {}, 'TLS 1.3'],
    ['a server that has P-521 only', { ecdhCurve: 'P-521' }, {}, 'TLS 1.3'],
  ] as const) {
    test(`speaks with ${title}`, async () => {
      await using server = await serveTls(web, { context })
      const result = await handshake(server, { config })
      assert.is(result.ok ? result.facts.version : result.message, version)
    })
  }

  test('TLS 1.2 has a cipher by its IANA name', async () => {
    await using server = await serveTls(web, {
      context: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    })
    const result = await handshake(server)
    assert.is(result.ok && result.facts.cipher, 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256')
  })
})

/** A fatal alert, RFC 8446 §6, in a record of its own. */
function alert(description: number): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, description])
}

describe('startTls: client certificates', (test) => {
  const clientCa = stranger.certPem

  test('TLS 1.2: a server that demands one ends the handshake, its own facts are there', async () => {
    await using server = await serveTls(web, { clientCa, context: { maxVersion: 'TLSv1.2' } })
    const result = failed(await handshake(server))
    assert.is(result.reason, 'tls_client_certificate')
    assert.match(result.message, 'set cert_file and key_file')
    assert.is(result.facts?.peerChain[0]?.subject, 'CN=web,O=Sonde')
  })

  test('TLS 1.3: the demand comes after the handshake and can be classified', async () => {
    await using server = await serveTls(web, { clientCa })
    const made = await createTlsContexts()(CONFIG)
    assert.ok(made.ok)
    using deadline = createDeadline(10)
    const connected = await connectTcp({ ip: '127.0.0.1', family: 4 }, server.port, deadline.signal)
    assert.ok(connected.ok)
    const request = { context: made.context, serverName: 'web.example', alpn: [], insecureSkipVerify: false }
    const result = await startTls(connected.socket, request, deadline.signal)
    assert.ok(result.ok)
    const error = await new Promise<Error>((resolve) => result.socket.once('error', resolve).resume())
    const found = classifyTlsError(error)
    assert.is(found?.reason, 'tls_client_certificate')
    assert.match(found?.message ?? '', 'set cert_file and key_file')
    await server.allClosed()
  })

  test('one that the server trusts is shown', async () => {
    await using server = await serveTls(web, { clientCa, context: { maxVersion: 'TLSv1.2' } })
    const config = { cert: inline(foreign.certPem), key: inline(foreign.keyPem) }
    const result = await handshake(server, { config })
    assert.is(result.ok ? 'ok' : result.message, 'ok')
  })

  test('one that the server does not trust is refused in other words', async () => {
    await using server = await serveBytes(alert(48))
    const result = failed(await handshake(server, { config: { cert: inline(web.certPem), key: inline(web.keyPem) } }))
    assert.is(result.reason, 'tls_client_certificate')
    assert.match(result.message, 'does not accept our client certificate: unknown_ca (alert 48)')
  })

  test('an error that is none of TLS is not classified', () => {
    assert.is(classifyTlsError(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })), undefined)
    assert.is(classifyTlsError(Object.assign(new Error('x'), { code: 'ERR_SSL_BAD_RECORD' }))?.reason, 'tls_handshake')
  })
})

describe('createTlsContexts', (test) => {
  test('makes one context for a configuration, and one for the same content', async () => {
    const contexts = createTlsContexts()
    const first = await contexts(CONFIG)
    const again = await contexts(CONFIG)
    const alike = await contexts({
      ...CONFIG,
      ca: inline(authority.certPem),
      serverName: 'x',
      insecureSkipVerify: true,
    })
    const other = await contexts({ ...CONFIG, minVersion: 'TLS13' })
    assert.ok(first.ok && again.ok && alike.ok && other.ok)
    assert.is(again.context, first.context)
    assert.is(alike.context, first.context)
    assert.is.not(other.context, first.context)
  })

  test('reads files again and builds anew only when they have changed', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'ca.pem')
    const contexts = createTlsContexts(0)
    const config = { ...CONFIG, ca: { from: 'file', path } } as const
    await using server = await serveTls(web)
    writeFileSync(path, authority.certPem)
    const one = await contexts(config)
    assert.ok((await handshake(server, { config, contexts })).ok)
    writeFileSync(path, stranger.certPem)
    assert.is(failed(await handshake(server, { config, contexts })).reason, 'tls_unknown_ca')
    writeFileSync(path, authority.certPem)
    const two = await contexts(config)
    assert.ok(one.ok && two.ok)
    assert.is(two.context, one.context)
  })

  test('a deadline that passed while files are read is told as one', async () => {
    using deadline = createDeadline(0)
    const config = { ...CONFIG, ca: { from: 'file', path: '/dev/null' } } as const
    assert.is(failed(await createTlsContexts()(config, deadline.signal)).reason, 'prepare_timeout')
  })

  test('does not read files again while what they said is fresh', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'ca.pem')
    const contexts = createTlsContexts(3_600_000)
    const config = { ...CONFIG, ca: { from: 'file', path } } as const
    writeFileSync(path, authority.certPem)
    const one = await contexts(config)
    writeFileSync(path, stranger.certPem)
    const two = await contexts(config)
    assert.ok(one.ok && two.ok)
    assert.is(two.context, one.context)
  })

  for (const [title, config, message] of [
    ['a ca_file that is missing', { ca: { from: 'file', path: '/nonexistent/ca.pem' } }, /\/nonexistent\/ca\.pem/],
    [
      'a ca_file without a certificate',
      { ca: { from: 'file', path: '/dev/null' } },
      /ca_file \/dev\/null holds no certificate/,
    ],
    [
      'a ca that is no certificate',
      { ca: inline('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----') },
      /ca holds no certificate/,
    ],
    ['a cert that is none', { cert: inline('hello'), key: inline(web.keyPem) }, /cert, key/],
    ['a key of another certificate', { cert: inline(web.certPem), key: inline(foreign.keyPem) }, /mismatch/],
    ['a key that is none', { cert: inline(web.certPem), key: inline('s3cret') }, /cert, key/],
  ] as const) {
    test(`${title}: file_unreadable before anything is sent`, async () => {
      const result = failed(await createTlsContexts()({ ...CONFIG, ...config }))
      assert.is(result.phase, 'prepare')
      assert.is(result.reason, 'file_unreadable')
      assert.match(result.message, message)
      assert.not.match(result.message, 's3cret')
    })
  }

  test('one readable certificate among garbage is enough, as for Go', async () => {
    const ca = inline(`# comment\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${authority.certPem}\n`)
    assert.ok((await createTlsContexts()({ ...CONFIG, ca })).ok)
  })
})

function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'sonde-tls-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
