import { builtInModules } from '../../cli/built-in-modules.ts'
import { type ProbeTarget, readProbeTarget } from '../../cli/probe-target.ts'
import { assert, describe } from '../harness.ts'

type Expected = readonly [module: string, target: string, question?: ProbeTarget['question']]

const TARGETS: readonly (readonly [text: string, expected: Expected])[] = [
  ['example.com', ['http_2xx', 'example.com']],
  ['localhost:8080/x', ['http_2xx', 'localhost:8080/x']],
  ['http://example.com/', ['http_2xx', 'http://example.com/']],
  ['HTTPS://example.com/?q=tcp://x', ['http_2xx', 'HTTPS://example.com/?q=tcp://x']],
  ['tcp://mail.example:25', ['tcp_connect', 'mail.example:25']],
  ['tcp://[::1]:25/', ['tcp_connect', '[::1]:25']],
  ['tls://mail.example:465', ['tcp_tls', 'mail.example:465']],
  ['unix:///run/app.sock', ['unix_connect', '/run/app.sock']],
  ['dns://10.0.0.10', ['dns', '10.0.0.10']],
  ['dns://[::1]:5353/', ['dns', '[::1]:5353']],
  ['dns://10.0.0.10/a.example', ['dns', '10.0.0.10', { name: 'a.example', type: 'A' }]],
  ['dns://10.0.0.10:53/a.example?type=aaaa', ['dns', '10.0.0.10:53', { name: 'a.example', type: 'AAAA' }]],
  ['dns://one.example?type=SOA', ['dns', 'one.example', { type: 'SOA' }]],
  ['dns://10.0.0.10/a%2eb?transport=tcp', ['dns_tcp', '10.0.0.10', { name: 'a.b', type: 'A' }]],
  ['dns://10.0.0.10/a?transport=tls&type=TYPE65280', ['dns_tls', '10.0.0.10', { name: 'a', type: 'TYPE65280' }]],
  ['dns://dns.example/a?transport=https', ['dns_https', 'dns.example', { name: 'a', type: 'A' }]],
  ['icmp://router.example', ['icmp', 'router.example']],
  ['icmp://[fe80::1%eth0]/', ['icmp', 'fe80::1%eth0']],
  ['grpc://api.example:50051', ['grpc', 'api.example:50051']],
  ['grpcs://api.example', ['grpc_tls', 'api.example']],
  ['ws://chat.example/x', ['websocket', 'ws://chat.example/x']],
  ['wss://chat.example/', ['websocket', 'wss://chat.example/']],
]

const REFUSED: readonly (readonly [text: string, message: RegExp])[] = [
  ['ftp://example.com/', /^ftp:\/\/ is nothing that can be probed; there are http, https, tcp, /],
  ['tcp://', /names no host; write it as in tcp:\/\/example\.com:25$/],
  ['tcp://example.com:25/path', /neither path nor query/],
  ['unix://run/app.sock', /absolute path; write it as in unix:\/\/\/run\/app\.sock$/],
  ['dns://', /names no server; write it as in dns:\/\//],
  ['dns:///example.com', /names no server/],
  ['dns://10.0.0.10/a?typ=A', /takes type and transport, not "typ"$/],
  ['dns://10.0.0.10/a?type=AAAAA', /^type: "AAAAA" is no record type; write "AAAA"$/],
  ['dns://10.0.0.10/a?transport=quic', /^transport is udp, tcp, tls or https, not "quic"$/],
  ['dns://10.0.0.10/%zz', /percent-encoding/],
  ['icmp://host/path', /takes a host alone/],
]

describe('target of sonde probe', (test) => {
  for (const [text, [module, target, question]] of TARGETS) {
    test(`${text} is ${target} by ${module}`, async () => {
      const read = readProbeTarget(text)
      if (!read.ok) throw new Error(read.message)
      assert.equal([read.module, read.target, read.question], [module, target, question])
      const built = (await builtInModules()).get(module)
      assert.ok(built !== undefined && (read.prober === undefined || built.prober === read.prober))
    })
  }

  for (const [text, message] of REFUSED) {
    test(`${text} is refused with a word on what to write`, () => {
      const read = readProbeTarget(text)
      assert.ok(!read.ok)
      assert.match(read.message, message)
    })
  }
})
