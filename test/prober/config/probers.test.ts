/** What the blocks of each prober become. http stands in load.test.ts. */
import { loadConfig, parseConfig } from '../../../prober/config/load.ts'
import type { Config, Module } from '../../../prober/config/schema.ts'
import type { SecretSource } from '../../../prober/config/secret.ts'
import { assert, describe } from '../../harness.ts'

const EVERY = `${import.meta.dirname}/../../fixtures/config/valid-every-prober.yml`

async function configOf(text: string): Promise<Config> {
  const loaded = await parseConfig(text, '/etc/sonde/sonde.yml')
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return loaded.config
}

/** With regexps as their source, without TLS options, which load.test.ts looks at. */
function plain(module: Module | undefined): unknown {
  return JSON.parse(JSON.stringify(module, (key, value) => (key === 'tls' ? undefined : (value?.source ?? value))))
}

async function moduleOf(text: string): Promise<unknown> {
  return plain((await configOf(`modules: {m: {${text}}}`)).modules.get('m'))
}

const BASE = { timeoutSeconds: 0, addresses: 'one', ip: { preferred: 6, fallback: true } }
const NO_MATCHERS = { failIfMatches: [], failIfAllMatch: [], failIfNotMatches: [], failIfNoneMatches: [] }
const DNS = {
  ...BASE,
  prober: 'dns',
  queryName: 'a',
  queryType: 'ANY',
  queryClass: 'IN',
  recursionDesired: true,
  transport: 'udp',
  httpsPath: '/dns-query',
  retryTruncatedOverTcp: false,
  validRcodes: ['NOERROR'],
  answer: NO_MATCHERS,
  authority: NO_MATCHERS,
  additional: NO_MATCHERS,
}
const ICMP = {
  ...BASE,
  prober: 'icmp',
  payloadBytes: 0,
  dontFragment: false,
  ttl: 64,
  packetCount: 1,
  packetIntervalSeconds: 0.2,
  maxLossRatio: 0.5,
}
const GRPC = { ...BASE, prober: 'grpc', service: '', useTls: false, metadata: [] }
const STEP = { labels: [], startTls: false }
const NO_FALLBACK = { preferred: 6, fallback: false }

const MODULES: readonly (readonly [module: string, becomes: unknown])[] = [
  ['prober: tcp', { ...BASE, prober: 'tcp', useTls: false, queryResponse: [] }],
  ['prober: unix', { timeoutSeconds: 0, addresses: 'one', prober: 'unix', useTls: false, queryResponse: [] }],
  ['prober: icmp', ICMP],
  ['prober: icmp, icmp: {ttl: 0, payload_size: 9}', { ...ICMP, ttl: 0, payloadBytes: 9 }],
  ['prober: grpc', { ...GRPC, ip: NO_FALLBACK }],
  ['prober: grpc, grpc: ', { ...GRPC, ip: NO_FALLBACK }],
  ['prober: grpc, grpc: {}', GRPC],
  [
    'prober: grpc, grpc: {metadata: {grpc-x: [b], y: }}',
    {
      ...GRPC,
      metadata: [
        { name: 'grpc-x', values: ['b'] },
        { name: 'y', values: [] },
      ],
    },
  ],
  [
    'prober: tcp, tcp: {query_response: [{expect: x, labels: [{name: a}, {name: b-é}, {name: 0c}]}, null]}',
    {
      ...BASE,
      prober: 'tcp',
      useTls: false,
      queryResponse: [{ ...STEP, expect: 'x', labels: ['a', 'b__', '_c'].map((name) => ({ name, value: '' })) }, STEP],
    },
  ],
  ['prober: grpc, grpc: {metadata: {X-A: [b, 1]}}', { ...GRPC, metadata: [{ name: 'x-a', values: ['b', '1'] }] }],
  ['prober: dns', { ...DNS, queryName: '.' }],
  ['prober: dns, dns: ', { ...DNS, queryName: '.' }],
  ['prober: dns, dns: {query_name: a, query_type: "", query_class: ""}', DNS],
  ['prober: dns, dns: {query_name: a, query_type: type257}', { ...DNS, queryType: 'CAA' }],
  ['prober: dns, dns: {query_name: a, transport_protocol: ""}', DNS],
  ['prober: dns, dns: {query_name: a, transport_protocol: tcp}', { ...DNS, transport: 'tcp' }],
  ['prober: dns, dns: {query_name: a, transport_protocol: tcp, dns_over_tls: on}', { ...DNS, transport: 'tls' }],
  ['prober: dns, dns: {query_name: a, dns_over_https: true}', { ...DNS, transport: 'https' }],
  ['prober: dns, dns: {query_name: a, edns: {}}', { ...DNS, edns: { udpPayloadBytes: 1232, dnssecOk: false } }],
  ['prober: dns, dns: {query_name: a, edns: }', DNS],
  [
    'prober: dns, dns: {query_name: a, valid_rcodes: [nxdomain, NOTIMPL, BADVERS]}',
    { ...DNS, validRcodes: ['NXDOMAIN', 'NOTIMP', 'BADSIG'] },
  ],
  [
    'prober: dns, dns: {query_name: a, validate_answer_rrs: {fail_if_all_match_regexp: [x]}, validate_authority_rrs: {fail_if_none_matches_regexp: [y]}, validate_additional_rrs: {fail_if_matches_regexp: [z]}}',
    {
      ...DNS,
      answer: { ...NO_MATCHERS, failIfAllMatch: ['x'] },
      authority: { ...NO_MATCHERS, failIfNoneMatches: ['y'] },
      additional: { ...NO_MATCHERS, failIfMatches: ['z'] },
    },
  ],
  [
    'prober: tcp, timeout: 5s, resolver: "10.0.0.10", addresses: any, tcp: {tls: yes}',
    {
      ...BASE,
      timeoutSeconds: 5,
      resolver: { ip: '10.0.0.10', port: 53 },
      addresses: 'any',
      prober: 'tcp',
      useTls: true,
      queryResponse: [],
    },
  ],
  [
    'prober: tcp, tcp: {query_response: [{expect: "", expect_bytes: "", send: ""}, {expect: "a(b)", labels: [{name: n, value: $1}], send: $1, starttls: true}, {expect_bytes: c}]}',
    {
      ...BASE,
      prober: 'tcp',
      useTls: false,
      queryResponse: [
        { labels: [], startTls: false },
        { expect: 'a(b)', labels: [{ name: 'n', value: '$1' }], send: '$1', startTls: true },
        { expectBytes: 'c', labels: [], startTls: false },
      ],
    },
  ],
]

const SOURCES: readonly (readonly [options: string, expected: readonly unknown[]])[] = [
  ['source_ip_address: 192.0.2.1', ['192.0.2.1', 4, false]],
  ['source_ip_address: "2001:db8::1", preferred_ip_protocol: ip4', ['2001:db8::1', 6, false]],
  ['source_ip_address: "", preferred_ip_protocol: ip4', [undefined, 4, true]],
  ['preferred_ip_protocol: ipv6, ip_protocol_fallback: false', [undefined, 4, false]],
]

const NAME_SERVERS: readonly (readonly [text: string, ip: string, port: number])[] = [
  ['10.0.0.10', '10.0.0.10', 53],
  ['10.0.0.10:5353', '10.0.0.10', 5353],
  ['fd00::10', 'fd00::10', 53],
  ['[fd00::10]', 'fd00::10', 53],
  ['[fd00::10]:5353', 'fd00::10', 5353],
]

function revealed(sources: readonly SecretSource[]): readonly string[] {
  return sources.map((source) => (source.from === 'file' ? `file ${source.path}` : source.value.reveal()))
}

describe('prober/config: modules of each prober', (test) => {
  for (const [module, becomes] of MODULES) {
    test(`{${module}}`, async () => assert.equal(await moduleOf(module), becomes))
  }

  for (const [options, [sourceIp, preferred, fallback]] of SOURCES) {
    test(`{${options}} decides which addresses are probed, for every prober over IP`, async () => {
      for (const prober of ['http', 'tcp', 'icmp', 'grpc', 'websocket', 'dns']) {
        const name = prober === 'dns' ? 'query_name: a, ' : ''
        const module = await moduleOf(`prober: ${prober}, ${prober}: {${name}${options}}`)
        const found = module as { readonly sourceIp?: string; readonly ip: unknown }
        assert.equal([found.sourceIp, found.ip], [sourceIp, { preferred, fallback }], prober)
      }
    })
  }

  for (const [text, ip, port] of NAME_SERVERS) {
    test(`resolver: ${text} is ${ip} at port ${port}`, async () => {
      const module = (await configOf(`modules: {m: {prober: http, resolver: "${text}"}}`)).modules.get('m')
      assert.equal(module?.resolver, { ip, port })
    })
  }

  test('a websocket’s headers are texts or maps, and its credentials as in http', async () => {
    const loaded = await loadConfig(EVERY)
    const modules = loaded.ok ? loaded.config.modules : new Map<string, Module>()
    const [first, second] = ['websocket', 'websocket_headers'].map((name) => modules.get(name))
    if (first?.prober !== 'websocket' || second?.prober !== 'websocket') throw new Error('no such modules')
    assert.equal(
      first.headers.map(({ name, values }) => [name, ...revealed(values)]),
      [
        ['X-Some-Header', 'my_header'],
        ['X-Version', '1.10'],
        ['X-Empty', ''],
      ],
    )
    const folder = EVERY.slice(0, EVERY.lastIndexOf('/'))
    assert.equal(second.headers[1]?.values && revealed(second.headers[1].values), [
      'a',
      '1.10',
      'hunter2',
      `file ${new URL(`file://${folder}/key`).pathname}`,
    ])
    assert.equal([first.auth.kind, second.auth.kind, second.tls.insecureSkipVerify], ['basic', 'authorization', true])
    assert.equal(
      first.queryResponse.map(({ send, expect }) => send ?? expect?.source),
      ['Hello', 'Hello'],
    )
  })

  test('targets may ask another question, of other addresses, under another name', async () => {
    const { targets } = await configOf(
      `modules: {d: {prober: dns, dns: {query_name: a}}, h: {prober: http}}\n` +
        `targets: [{address: "ns:53", module: d, query_name: b, query_type: aaaa}, {address: ns, module: d, query_name: c}, {address: a, module: h, hostname: b, addresses: all}, {address: b, module: h, hostname: ""}]`,
    )
    assert.equal(
      targets.map(({ question, hostname, addresses }) => [question, hostname, addresses]),
      [
        [{ name: 'b', type: 'AAAA' }, undefined, undefined],
        [{ name: 'c' }, undefined, undefined],
        [undefined, 'b', 'all'],
        [undefined, undefined, undefined],
      ],
    )
  })

  for (const [prober, addresses] of Object.entries({
    tcp: ['a:25', '[::1]:25', '127.0.0.1:smtp'],
    unix: ['/run/a b.sock', 'a.sock', '@abstract'],
    dns: ['a', 'a:53', '::1', '[::1]:53', 'https://a/dns-query'],
    icmp: ['a', '127.0.0.1', '::1', '[::1]', 'fe80::1%eth0'],
    grpc: ['a', 'a:1', 'http://a:1', 'https://a', '[::1]:1'],
    websocket: ['ws://a', 'wss://a:1/b?c=d'],
  })) {
    test(`a target of ${prober} may be ${addresses.join(', ')}`, async () => {
      const targets = addresses.map((address) => ({ address, module: 'm' }))
      const { targets: loaded } = await configOf(JSON.stringify({ modules: { m: { prober } }, targets }))
      assert.equal(
        loaded.map(({ address }) => address),
        addresses,
      )
    })
  }
})
