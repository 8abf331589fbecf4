/** `source_ip_address:`, `addresses:` and `hostname=` mean the same to every kind of probe that connects over IP. */
import type { Socket } from 'node:net'
import { parseConfig } from '../../../prober/config/load.ts'
import type { Module } from '../../../prober/config/schema.ts'
import type { Network } from '../../../prober/probes/probe.ts'
import type { Result } from '../../../prober/probes/result.ts'
import { createOdd } from '../../certificates.ts'
import { assert, describe } from '../../harness.ts'
import { serveTcp } from '../../servers/tcp.ts'
import { serveTls } from '../../servers/tls.ts'
import { testProbe, verdictOf } from './http-module.ts'

interface Kind {
  readonly block: string
  readonly prober: string
  readonly target: (port: number, host?: string) => string
}

const hostAndPort = (port: number, host = '127.0.0.1') => `${host}:${port}`

const KINDS: readonly Kind[] = [
  { prober: 'http', block: '', target: (port, host = '127.0.0.1') => `http://${host}:${port}/` },
  { prober: 'tcp', block: 'query_response: [{send: hello}, {expect: x}]', target: hostAndPort },
  {
    prober: 'dns',
    block: 'query_name: a.example, query_type: A, transport_protocol: tcp',
    target: hostAndPort,
  },
  { prober: 'grpc', block: 'ip_protocol_fallback: true', target: hostAndPort },
  { prober: 'websocket', block: '', target: (port, host = '127.0.0.1') => `ws://${host}:${port}/` },
]

async function moduleOf({ prober, block }: Kind, more: string, common = ''): Promise<Module> {
  const options = [block, more].filter((text) => text !== '').join(', ')
  const loaded = await parseConfig(`modules: {m: {prober: ${prober}, ${common} ${prober}: {${options}}}}`, 'test.yml')
  const module = loaded.ok ? loaded.config.modules.get('m') : undefined
  if (module === undefined) throw new Error(loaded.ok ? 'no module' : loaded.errors.join('\n'))
  return module
}

async function run(target: string, module: Module, network: Partial<Network> = {}): Promise<Result> {
  return await testProbe(network)({ target, module, timeoutSeconds: 2 }, new AbortController().signal)
}

/** Says goodbye to whatever it hears: no probe of any kind likes that, and none waits for its deadline. */
const goodbye = (socket: Socket) => void socket.once('data', () => socket.end())

describe('source_ip_address', (test) => {
  for (const kind of KINDS) {
    test(`${kind.prober} connects from the address that it is told`, async () => {
      const from: (string | undefined)[] = []
      await using server = await serveTcp((socket) => {
        from.push(socket.remoteAddress)
        goodbye(socket)
      })
      await run(kind.target(server.port), await moduleOf(kind, 'source_ip_address: 127.0.0.2'))
      assert.equal(from, ['127.0.0.2'])
    })

    test(`${kind.prober} says that an address is none of this machine's, and connects from no other`, async () => {
      await using server = await serveTcp(goodbye)
      // TEST-NET-1, RFC 5737.
      const result = await run(kind.target(server.port), await moduleOf(kind, 'source_ip_address: 192.0.2.1'))
      assert.is(verdictOf(result), 'connect connect_no_source')
      assert.is(server.accepted(), 0)
    })
  }
})

describe('all addresses', (test) => {
  for (const kind of KINDS) {
    test(`${kind.prober} probes each of them, after one lookup`, async () => {
      const asked: string[] = []
      await using server = await serveTcp(goodbye)
      const result = await run(kind.target(server.port, 'many.test'), await moduleOf(kind, '', 'addresses: all,'), {
        async resolve(host) {
          asked.push(host)
          const [first, second] = ['127.0.0.1', '127.0.0.2'].map((ip) => ({ ip, family: 4 }) as const)
          if (first === undefined || second === undefined) throw new Error('unreachable')
          return { ok: true, addresses: [first, second], atMs: performance.now() }
        },
      })
      assert.equal(asked, ['many.test'])
      assert.equal(
        result.addresses?.map(({ address, outcome }) => [
          address.ip,
          outcome.ok || outcome.reason === 'connect_refused',
        ]),
        [
          ['127.0.0.1', false],
          ['127.0.0.2', true],
        ],
      )
      assert.is(result.address?.ip, '127.0.0.1')
      assert.is(server.accepted(), 1)
    })
  }
})

const OVER_TLS: readonly Kind[] = [
  { prober: 'http', block: '', target: (port) => `https://127.0.0.1:${port}/` },
  { prober: 'tcp', block: 'tls: true, query_response: [{expect: x}]', target: hostAndPort },
  { prober: 'grpc', block: 'tls: true, ip_protocol_fallback: true', target: hostAndPort },
  { prober: 'websocket', block: '', target: (port) => `wss://127.0.0.1:${port}/` },
]

/** Where the TLS options stand. */
const anyCertificate = ({ prober }: Kind) =>
  prober === 'websocket'
    ? 'http_config: {tls_config: {insecure_skip_verify: true}}'
    : 'tls_config: {insecure_skip_verify: true}'

describe('hostname', (test) => {
  for (const kind of OVER_TLS) {
    test(`${kind.prober} asks for it as TLS server name`, async () => {
      const names: unknown[] = []
      const identity = await createOdd({ subject: 'CN=shop.example', dnsNames: ['shop.example'] })
      await using server = await serveTls(identity, {
        alpn: ['h2', 'http/1.1'],
        onSecure(socket) {
          names.push((socket as { servername?: unknown }).servername)
          socket.destroy()
        },
      })
      const module = await moduleOf(kind, anyCertificate(kind))
      const request = { target: kind.target(server.port), module, timeoutSeconds: 2, hostname: 'shop.example' }
      const { tls } = await testProbe()(request, new AbortController().signal)
      assert.is(tls?.serverName, 'shop.example')
      assert.equal(names, ['shop.example'])
    })
  }

  for (const kind of KINDS.filter(({ prober }) => prober === 'http' || prober === 'websocket')) {
    test(`${kind.prober} sends it as Host, with its port`, async () => {
      let head = ''
      await using server = await serveTcp(
        (socket) =>
          void socket.once('data', (bytes: Buffer) => {
            head = bytes.toString('latin1')
            socket.end()
          }),
      )
      const module = await moduleOf(kind, '')
      const request = { target: kind.target(server.port), module, timeoutSeconds: 2, hostname: 'shop.example:81' }
      await testProbe()(request, new AbortController().signal)
      assert.match(head, /^host: shop\.example:81\r$/im)
      assert.is(head.match(/^host:/gim)?.length, 1)
    })
  }

  for (const kind of KINDS.filter(({ prober }) => prober !== 'dns' && prober !== 'tcp')) {
    test(`${kind.prober}: one that cannot stand in a header is a failure, not an exception`, async () => {
      const module = await moduleOf(kind, '')
      for (const hostname of ['a b', 'a\r\nx: y', 'a/b', 'u@h', 'x'.repeat(300)]) {
        const request = { target: kind.target(1), module, timeoutSeconds: 2, hostname }
        assert.is(verdictOf(await testProbe()(request, new AbortController().signal)), 'prepare target_invalid')
      }
    })
  }
})
