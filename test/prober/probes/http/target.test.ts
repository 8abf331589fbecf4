import { maskTarget, parseTarget } from '../../../../prober/probes/http/target.ts'
import { assert, describe } from '../../../harness.ts'
import { run, verdictOf } from '../http-module.ts'
import { fc } from '../../../fuzz.ts'

const VALID: readonly (readonly [string, string])[] = [
  ['example.com', 'http://example.com/'],
  ['example.com:8080/path?q=1', 'http://example.com:8080/path?q=1'],
  ['HTTP://EXAMPLE.com', 'http://example.com/'],
  ['HttpS://example.com:443/', 'https://example.com/'],
  ['https://example.com/a b', 'https://example.com/a%20b'],
  ['https://example.com/#fragment', 'https://example.com/'],
  ['https://example.com/?#', 'https://example.com/?'],
  ['[::1]:9115', 'http://[::1]:9115/'],
  ['http://[2001:db8::1]/', 'http://[2001:db8::1]/'],
  ['http://bücher.example/', 'http://xn--bcher-kva.example/'],
  ['localhost', 'http://localhost/'],
  ['http://example.com:65535/', 'http://example.com:65535/'],
  ['user:secret@example.com', 'http://example.com/'],
]

const INVALID: readonly (readonly [string, RegExp])[] = [
  ['', /empty/],
  ['http://', /no host name/],
  ['https://', /no host name/],
  ['http:///path', /no host name/],
  ['http://:80/', /no host name/],
  ['http://?q', /no host name/],
  ['http://user@/', /no host name/],
  ['http://example.com:0/', /port 0/],
  ['http://example.com:65536/', /port 65536: write one from 1 to 65535/],
  ['http://example.com:99999999999999/', /port 999999999999:/],
  ['http://example.com:http/', /port that is no number/],
  ['http://[::1', /IPv6/],
  ['http://[::1]x/', /IPv6|host name/],
  ['http://[fe80::1%25eth0]/', /zone/],
  ['http://[1:2:3:4:5:6:7:8:9]/', /IPv6/],
  ['http://2001:db8::1/', /brackets/],
  ['http://exa mple.com/', /space in its host name/],
  [' http://example.com/', /begins or ends with a space/],
  ['http://example.com/ ', /begins or ends with a space/],
  ['http://example.com/\n', /control character/],
  ['http://exam\tple.com/', /control character/],
  ['http://example.com\\@evil.test/', /backslash/],
  ['ftp://example.com/', /ftp/],
  ['http://exa%00mple.com/', /host name/],
  [`http://example.com/${'a'.repeat(65_536)}`, /65555 characters/],
]

describe('a target', (test) => {
  for (const [target, href] of VALID) {
    test(`${target} is ${href}`, () => {
      const parsed = parseTarget(target)
      assert.is(parsed.ok && parsed.url.href, href)
    })
  }

  for (const [target, message] of INVALID) {
    test(`${JSON.stringify(target.slice(0, 40))} is target_invalid: ${message.source}`, async () => {
      const result = await run(target)
      assert.is(verdictOf(result), 'prepare target_invalid')
      assert.match(result.outcome.ok ? '' : result.outcome.message, message)
      assert.equal(result.http.hops, [])
    })
  }

  test('its credentials are taken apart and decoded', () => {
    const parsed = parseTarget('https://us%20er:p%40ss@example.com/')
    assert.equal(parsed.ok && parsed.credentials, { username: 'us er', password: 'p@ss' })
  })

  for (const [target, masked] of [
    ['http://user:secret@example.com/a@b', 'http://xxxxx@example.com/a@b'],
    ['user:secret@example.com', 'xxxxx@example.com'],
    ['https://secret@example.com', 'https://xxxxx@example.com'],
    ['http://user:se/cret@example.com:x/', 'http://xxxxx@example.com:x/'],
    ['http://user:secret@exa mple.com/', 'http://xxxxx@exa mple.com/'],
    ['http://user:sec@ret@example.com/', 'http://xxxxx@example.com/'],
    ['http://example.com/?mail=a@b', 'http://example.com/?mail=a@b'],
  ] as const) {
    test(`${target} is shown as ${masked}`, () => assert.is(maskTarget(target), masked))
  }

  test('whatever it is, it is parsed or refused, and never shown with its password', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.boolean(), (text, scheme) => {
        const target = `${scheme ? 'http://' : ''}user:pass-word@${text}`
        const parsed = parseTarget(target)
        assert.ok(parsed.ok || parsed.reason === 'target_invalid')
        assert.not.match(maskTarget(target), 'pass-word')
        assert.not.match(parsed.ok ? parsed.url.href : parsed.message, 'pass-word')
      }),
      { numRuns: 2000 },
    )
  })
})
