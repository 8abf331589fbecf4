import { parseHostPort, shownHostPort } from '../../../prober/probes/host-port.ts'
import { assert, describe } from '../../harness.ts'

const READ: readonly [text: string, host: string, port: number, defaultPort?: number][] = [
  ['example.com:25', 'example.com', 25],
  ['example.com.:25', 'example.com.', 25],
  ['EXAMPLE.com:25', 'EXAMPLE.com', 25],
  ['under_score.example:1', 'under_score.example', 1],
  ['192.0.2.1:65535', '192.0.2.1', 65_535],
  ['127.1:80', '127.1', 80],
  ['[::1]:80', '::1', 80],
  ['[fe80::1%eth0]:80', 'fe80::1%eth0', 80],
  ['example.com:smtp', 'example.com', 25],
  ['example.com:HTTPS', 'example.com', 443],
  ['bücher.example:25', 'xn--bcher-kva.example', 25],
  ['example.com:00025', 'example.com', 25],
  ['example.com', 'example.com', 53, 53],
  ['example.com:5353', 'example.com', 5353, 53],
  ['192.0.2.1', '192.0.2.1', 53, 53],
  ['::1', '::1', 53, 53],
  ['fe80::1%eth0', 'fe80::1%eth0', 53, 53],
  ['[::1]', '::1', 53, 53],
  ['[::1]:54', '::1', 54, 53],
]

const REFUSED: readonly [text: string, complaint: RegExp, defaultPort?: number][] = [
  ['', /is empty: write host:port/],
  ['', /is empty: write host or host:port/, 53],
  ['example.com', /has no port: write host:port, as in example\.com:25/],
  ['[::1]', /has no port/],
  ['::1', /IPv6 address without a port, as in \[2001:db8::1\]:25/],
  ['2001:db8::1:25', /IPv6 address without a port/],
  ['a:b:25', /more than one colon/],
  ['a:b:25', /more than one colon/, 53],
  [':25', /names no host: write host:port, as in /],
  ['example.com:', /port that is none/],
  ['example.com:0', /port that is none/],
  ['example.com:65536', /port that is none/],
  ['example.com:-1', /port that is none/],
  ['example.com:1e3', /port that is none/],
  ['example.com:constructor', /port that is none/],
  ['example.com:', /port that is none/, 53],
  ['[::1', /brackets as no address has them/],
  ['[::1]x:25', /brackets as no address has them/],
  ['[127.0.0.1]:25', /no IPv6 address in its brackets/],
  ['a]:25', /bracket where none belongs/],
  ['tcp://example.com:25', /begins with tcp:\/\/, .*: write host:port/],
  ['example.com:25/path', /a path or a query/],
  ['user:secret@example.com:25', /holds an @/],
  ['exam ple.com:25', /a space or a control character/],
  ['example.com:25\n', /a space or a control character/],
  [`${'a'.repeat(2000)}:25`, /is 2003 characters long; the limit is 1024/],
]

describe('a target of host and port', (test) => {
  for (const [text, host, port, defaultPort] of READ) {
    test(`${text} is ${host} and ${port}`, () => {
      assert.equal(parseHostPort(text, defaultPort), { ok: true, host, port })
    })
  }
  for (const [text, complaint, defaultPort] of REFUSED) {
    test(`${JSON.stringify(text.slice(0, 40))}${defaultPort === undefined ? '' : ` or ${defaultPort}`} is refused: ${complaint.source}`, () => {
      const parsed = parseHostPort(text, defaultPort)
      assert.ok(!parsed.ok)
      if (parsed.ok) return
      assert.is(parsed.reason, 'target_invalid')
      assert.match(parsed.message, complaint)
      assert.not.match(parsed.message, /secret/)
    })
  }
  test('is shown without what stands before an @, and not at any length', () => {
    assert.is(shownHostPort('example.com:25'), 'example.com:25')
    assert.is(shownHostPort('user:secret@example.com:25'), 'xxxxx@example.com:25')
    assert.is(shownHostPort('a'.repeat(5000)).length, 101)
  })
})
