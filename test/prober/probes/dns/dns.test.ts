import { createAuthority } from '../../../../cli/demo/authority.ts'
import type { DnsModule } from '../../../../prober/config/schema.ts'
import type { Result } from '../../../../prober/probes/result.ts'
import { assert, describe } from '../../../harness.ts'
import {
  A_RECORD,
  type Answer,
  answerTo,
  AUTHENTICATED,
  FLAGS,
  framed,
  OPT_RECORD,
  serveUdp,
  TRUNCATED,
} from '../../../servers/dns-bytes.ts'
import { serveHttp } from '../../../servers/http.ts'
import { serveTcp, type TcpServer } from '../../../servers/tcp.ts'
import { serveTls } from '../../../servers/tls.ts'
import { NO_MATCHERS, runDns } from '../dns-module.ts'
import { regexp, sumOfPhases, trusting, verdictOf } from '../http-module.ts'

const authority = await createAuthority()
const identity = await authority.issue({ subject: 'CN=dns.test', dnsNames: ['dns.test'], ips: ['127.0.0.1'] })
const tls = trusting(authority.certPem)

const respond = (answer?: Answer) => (query: Buffer) => [answerTo(query, answer)]
const respondFramed =
  (answer?: Answer) =>
  (socket: { once(event: 'data', then: (bytes: Buffer) => void): unknown; write(bytes: Buffer): unknown }) =>
    void socket.once('data', (bytes) => socket.write(framed(answerTo(bytes.subarray(2), answer))))

/** POST only, and only what RFC 8484 asks for. */
function serveHttps(http2: boolean, path = '/dns-query') {
  return serveHttp(
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method, url, headers } = request
        const asWanted = `${method} ${url} ${headers['content-type']} ${headers.accept} ${headers['user-agent']}`
        const ok = asWanted === `POST ${path} application/dns-message application/dns-message Sonde/1.2.3`
        response.writeHead(ok ? 200 : 400, { 'content-type': 'application/dns-message' })
        response.end(answerTo(Buffer.concat(chunks)))
      })
    },
    { identity, http2 },
  )
}

function isWhole(result: Result): void {
  assert.ok(Math.abs(sumOfPhases(result) - result.durationSeconds) < 1e-9, 'phases do not add up')
}

describe('a DNS probe', (test) => {
  test('asks over UDP and tells what came', async () => {
    await using server = await serveUdp(
      respond({ flags: FLAGS | AUTHENTICATED, authority: [A_RECORD], additional: [OPT_RECORD, A_RECORD] }),
    )
    const result = await runDns(`127.0.0.1:${server.port}`)
    assert.is(verdictOf(result), 'ok')
    isWhole(result)
    const { records, ...facts } = result.dns
    assert.equal(facts, {
      queryName: 'www.example',
      queryType: 'A',
      transport: 'udp',
      querySucceeded: true,
      rcode: 'NOERROR',
      answerCount: 1,
      authorityCount: 1,
      additionalCount: 2,
      serial: undefined,
      authenticated: true,
      truncated: false,
    })
    assert.is(records[0], 'www.example.\t60\tIN\tA\t192.0.2.1')
    assert.match(records[2] ?? '', /^\n;; OPT PSEUDOSECTION/)
    assert.equal(Object.keys(result.phases), ['prepare', 'resolve', 'connect', 'processing', 'check', 'other'])
    assert.is(server.queries.length, 1)
    assert.is(server.queries[0]?.subarray(2).toString('hex'), '0100000100000000000003777777076578616d706c650000010001')
  })

  test('asks over TCP, one byte at a time too', async () => {
    await using server = await serveTcp((socket) =>
      socket.once('data', async (bytes: Buffer) => {
        for (const byte of framed(answerTo(bytes.subarray(2)))) {
          socket.write(Buffer.of(byte))
          await new Promise(setImmediate)
        }
      }),
    )
    const result = await runDns(`127.0.0.1:${server.port}`, { transport: 'tcp' })
    assert.is(verdictOf(result), 'ok')
    assert.is(result.dns.transport, 'tcp')
    assert.ok('transfer' in result.phases)
    isWhole(result)
    await server.allClosed()
  })

  test('asks over TLS, and shows the certificate', async () => {
    await using server = await serveTls(identity, { onSecure: respondFramed() })
    const result = await runDns(`dns.test:${server.port}`, { transport: 'tls', tls })
    assert.is(verdictOf(result), 'ok')
    assert.is(result.dns.transport, 'tls')
    assert.is(result.tls?.peerChain[0]?.subject, 'CN=dns.test')
    assert.is(result.tls?.serverName, 'dns.test')
    assert.ok('tls' in result.phases)
    isWhole(result)
    await server.allClosed()
  })

  for (const [http2, target, path] of [
    [false, (port: number) => `127.0.0.1:${port}`, '/dns-query'],
    [true, (port: number) => `https://127.0.0.1:${port}`, '/dns-query'],
    [true, (port: number) => `https://127.0.0.1:${port}/own{?dns}`, '/own'],
  ] as const) {
    test(`asks over HTTPS, ${http2 ? 'HTTP/2' : 'HTTP/1.1'}, ${path}`, async () => {
      await using server = await serveHttps(http2, path)
      const result = await runDns(target(server.port), { transport: 'https', tls })
      assert.is(verdictOf(result), 'ok', result.outcome.ok ? '' : result.outcome.message)
      assert.is(result.dns.transport, 'https')
      assert.is(result.tls?.alpn, http2 ? 'h2' : 'http/1.1')
      assert.is(result.dns.answerCount, 1)
      isWhole(result)
    })
  }

  test('of a server whose certificate is not trusted says so and shows it', async () => {
    await using server = await serveTls(identity, { onSecure: respondFramed() })
    const result = await runDns(`elsewhere.test:${server.port}`, { transport: 'tls', tls })
    assert.is(verdictOf(result), 'tls tls_name_mismatch')
    assert.is(result.tls?.peerChain[0]?.subject, 'CN=dns.test')
    assert.is(result.dns.transport, 'tls')
    await server.allClosed()
  })

  test('asks what the request asks for', async () => {
    await using server = await serveUdp(respond({ answer: [] }))
    const question = { name: 'other.example', type: 'AAAA' }
    const { dns } = await runDns(`127.0.0.1:${server.port}`, {}, { question })
    assert.equal([dns.queryName, dns.queryType], ['other.example', 'AAAA'])
    assert.match(server.queries[0]?.toString('hex') ?? '', /056f74686572076578616d706c6500001c0001$/)
  })

  test('asks without recursion, for a number of a type, in another class, with EDNS', async () => {
    await using server = await serveUdp(respond({ answer: [] }))
    const edns = { udpPayloadBytes: 1400, dnssecOk: true }
    const odd = { queryName: '.', queryType: 'TYPE65280', queryClass: 'CH', recursionDesired: false, edns }
    const result = await runDns(`127.0.0.1:${server.port}`, odd)
    assert.is(verdictOf(result), 'ok')
    const query = server.queries[0]?.subarray(2).toString('hex')
    assert.is(query, '0000000100000000000100ff00000300002905780000800000000000'.replace(/0000$/, ''))
  })

  for (const [address, host] of [
    ['127.0.0.1', '127.0.0.2'],
    ['::1', '::1'],
  ] as const) {
    test(`asks ${address} from ${host}`, async () => {
      await using server = await serveUdp(respond(), address)
      const target = address.includes(':') ? `[${address}]:${server.port}` : `${address}:${server.port}`
      assert.is(verdictOf(await runDns(target, { sourceIp: host })), 'ok')
    })
  }

  for (const [sourceIp, verdict] of [
    ['192.0.2.1', 'connect connect_no_source'],
    ['::1', 'connect connect_no_source'],
  ] as const) {
    test(`from ${sourceIp}, which cannot be: ${verdict}`, async () => {
      assert.is(verdictOf(await runDns('127.0.0.1:53', { sourceIp })), verdict)
      assert.is(verdictOf(await runDns('127.0.0.1:53', { sourceIp, transport: 'tcp' })), verdict)
    })
  }

  test('has the serial of the zone, 0 where the answer has none, and none for other types', async () => {
    const soa = Buffer.from(
      `c00c00060001000000000016${'0000'}000000070000000000000000000000000000000000000000`.slice(0, 68),
      'hex',
    )
    await using server = await serveUdp(respond({ answer: [soa] }))
    await using without = await serveUdp(respond())
    const serial = async (port: number, queryType: string) =>
      (await runDns(`127.0.0.1:${port}`, { queryType })).dns.serial
    assert.equal([await serial(server.port, 'SOA'), await serial(without.port, 'SOA')], [7, 0])
    assert.is(await serial(server.port, 'A'), undefined)
  })
})

/** UDP and TCP on one port; TCP answers with two records. */
async function servingBoth(udp: (query: Buffer) => readonly Buffer[]) {
  for (;;) {
    const over = await serveUdp(udp)
    const tcp: TcpServer | undefined = await serveTcp(
      respondFramed({ answer: [A_RECORD, A_RECORD] }),
      '127.0.0.1',
      over.port,
    ).catch(() => undefined)
    if (tcp === undefined) {
      await over[Symbol.asyncDispose]()
      continue
    }
    return {
      target: `127.0.0.1:${over.port}`,
      accepted: tcp.accepted,
      async [Symbol.asyncDispose]() {
        await over[Symbol.asyncDispose]()
        await tcp[Symbol.asyncDispose]()
      },
    }
  }
}

const cut = respond({ flags: FLAGS | TRUNCATED, answer: [A_RECORD.subarray(0, 11)] })
const short = respond({ flags: FLAGS | TRUNCATED })
const large = respond({ answer: Array.from({ length: 40 }, () => A_RECORD) })
const retry = { retryTruncatedOverTcp: true }
const edns = { udpPayloadBytes: 700, dnssecOk: false }

describe('a truncated DNS answer', (test) => {
  for (const [title, udp, module, verdict, records, transport] of [
    ['counts as it is', short, {}, 'ok', 1, 'udp'],
    ['is asked for again over TCP', short, retry, 'ok', 2, 'tcp'],
    ['cut in a record cannot be judged', cut, {}, 'check dns_truncated', 0, 'udp'],
    ['cut in a record is asked for again over TCP', cut, retry, 'ok', 2, 'tcp'],
    ['too large for a datagram is none', large, {}, 'check dns_truncated', 0, 'udp'],
    ['too large for a datagram is asked for again over TCP', large, retry, 'ok', 2, 'tcp'],
    ['is not truncated when EDNS allows its size', large, { edns }, 'ok', 40, 'udp'],
  ] as const) {
    test(`${title}: ${verdict}`, async () => {
      await using server = await servingBoth(udp)
      const result = await runDns(server.target, module)
      assert.is(verdictOf(result), verdict)
      assert.equal([result.dns.answerCount, result.dns.transport], [records, transport])
      assert.is(server.accepted(), transport === 'tcp' ? 1 : 0)
      isWhole(result)
    })
  }
})

describe('checks of a DNS answer', (test) => {
  const matchers = (changes: Partial<DnsModule['answer']>) => ({ ...NO_MATCHERS, ...changes })
  const [v1, v2, tabs] = [
    regexp('192\\.0\\.2\\.1$'),
    regexp('192\\.0\\.2\\.2$'),
    regexp('^www\\.example\\.\\t60\\tIN\\tA\\t'),
  ]
  const two = respond({ answer: [A_RECORD, Buffer.from('c00c000100010000003c0004c0000202', 'hex')] })
  const none = respond({ answer: [] })
  const nothing = respond({ flags: FLAGS | 3, answer: [], authority: [A_RECORD], additional: [A_RECORD] })
  const of = (block: 'answer' | 'authority' | 'additional', changes: Partial<DnsModule['answer']>) => ({
    [block]: matchers(changes),
  })

  for (const [title, server, module, verdict, message] of [
    [
      'one matches',
      two,
      of('answer', { failIfMatches: [v2] }),
      'check dns_answer',
      /^validate_answer_rrs: fail_if_matches_regexp: "www\.example\. 60 IN A 192\.0\.2\.2" matches "192/,
    ],
    ['none matches', two, of('answer', { failIfMatches: [regexp('AAAA')] }), 'ok', undefined],
    [
      'not every one matches every one',
      two,
      of('answer', { failIfNotMatches: [tabs, v1] }),
      'check dns_answer',
      /fail_if_not_matches_regexp: .*2\.2" does not match "192/,
    ],
    ['every one matches', two, of('answer', { failIfNotMatches: [tabs] }), 'ok', undefined],
    [
      'there are none to match',
      none,
      of('answer', { failIfNotMatches: [tabs] }),
      'check dns_answer',
      /there are no records/,
    ],
    [
      'none of none matches',
      none,
      of('answer', { failIfNoneMatches: [tabs] }),
      'check dns_answer',
      /there are no records/,
    ],
    ['some one matches', two, of('answer', { failIfNoneMatches: [regexp('nothing'), v2] }), 'ok', undefined],
    [
      'not one matches',
      two,
      of('answer', { failIfNoneMatches: [regexp('no')] }),
      'check dns_answer',
      /"no" matches not any of 2 records/,
    ],
    ['all match: no failure, against the name', two, of('answer', { failIfAllMatch: [tabs] }), 'ok', undefined],
    [
      'not all match: a failure, against the name',
      two,
      of('answer', { failIfAllMatch: [v1] }),
      'check dns_answer',
      /fail_if_all_match_regexp: .*blackbox_exporter and Sonde fail here/,
    ],
    ['all of none match', none, of('answer', { failIfAllMatch: [v1] }), 'ok', undefined],
    ['the code is another', nothing, {}, 'check dns_rcode', /is NXDOMAIN, valid_rcodes has NOERROR/],
    ['the code is wanted', nothing, { validRcodes: ['NOERROR', 'NXDOMAIN'] }, 'ok', undefined],
    ['no code is wanted', two, { validRcodes: [] }, 'check dns_rcode', /valid_rcodes is empty/],
    [
      'the authority matches',
      nothing,
      { validRcodes: ['NXDOMAIN'], ...of('authority', { failIfMatches: [v1] }) },
      'check dns_authority',
      /^validate_authority_rrs: /,
    ],
    [
      'the additional matches',
      nothing,
      { validRcodes: ['NXDOMAIN'], ...of('additional', { failIfMatches: [v1] }) },
      'check dns_additional',
      /^validate_additional_rrs: /,
    ],
  ] as const) {
    test(`${title}: ${verdict}`, async () => {
      await using udp = await serveUdp(server)
      const result = await runDns(`127.0.0.1:${udp.port}`, module)
      assert.is(verdictOf(result), verdict)
      assert.ok(result.dns.querySucceeded)
      if (!result.outcome.ok) assert.match(result.outcome.message, message ?? /never/)
    })
  }
})

describe('a DNS probe that cannot ask', (test) => {
  for (const [target, module, message] of [
    ['', {}, /is empty/],
    ['a:b:c', {}, /more than one colon/],
    ['127.0.0.1:0', {}, /a port that is none/],
    ['https://127.0.0.1', {}, /begins with https:\/\//],
    ['http://127.0.0.1', { transport: 'https' }, /begins with https:\/\//],
    ['https://127.0.0.1/a b', { transport: 'https' }, /a space/],
    ['127.0.0.1', { queryType: 'NONSENSE' }, /type "NONSENSE" is none/],
    ['127.0.0.1', { queryClass: 'NONSENSE' }, /class "NONSENSE" is none/],
    ['127.0.0.1', { queryName: 'a..b' }, /name "a\.\.b" has an empty part/],
  ] as const) {
    test(`${target} ${JSON.stringify(module)}`, async () => {
      const result = await runDns(target, module)
      assert.is(verdictOf(result), 'prepare target_invalid')
      assert.match(result.outcome.ok ? '' : result.outcome.message, message)
      assert.equal([result.dns.transport, result.lookupSeconds], [undefined, undefined])
    })
  }

  test('credentials of a URL are not shown', async () => {
    const result = await runDns('https://me:secret@127.0.0.1/', { transport: 'https' })
    assert.is(verdictOf(result), 'prepare target_invalid')
    assert.not.match(JSON.stringify(result), /secret/)
  })

  test('a name of unfit characters is shown without them, and cut', async () => {
    const name = `\n"\\${'x'.repeat(400)}`
    const { dns } = await runDns('127.0.0.1', { queryName: name })
    assert.is(dns.queryName, `\u{fffd}"\\${'x'.repeat(252)}…`)
  })

  test('the name of the server does not exist', async () => {
    const result = await runDns('nowhere.test')
    assert.is(verdictOf(result), 'resolve dns_nxdomain')
    assert.is(result.dns.transport, undefined)
  })

  test('every probe has its own ID', async () => {
    await using server = await serveUdp(respond())
    for (let run = 0; run < 5; run += 1) await runDns(`127.0.0.1:${server.port}`)
    assert.ok(new Set(server.queries.map((query) => query.readUInt16BE(0))).size > 1)
  })
})
