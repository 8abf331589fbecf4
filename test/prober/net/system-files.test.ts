import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseHosts } from '../../../prober/net/hosts-file.ts'
import { needsGetaddrinfo, parseNsswitch } from '../../../prober/net/nsswitch.ts'
import { candidateNames, parseResolvConf } from '../../../prober/net/resolv-conf.ts'
import { createSystemFile } from '../../../prober/net/system-file.ts'
import { assert, describe } from '../../harness.ts'

const DEFAULTS = { servers: ['127.0.0.1', '::1'], search: [], ndots: 1, timeoutSeconds: 5, attempts: 2, rotate: false }

describe('resolv.conf', (test) => {
  for (const [title, text, expected] of [
    ['nothing means the server on this machine', '', {}],
    [
      'servers in order, three at most',
      'nameserver 10.0.0.1\nnameserver ::1\nnameserver fe80::1%eth0\nnameserver 10.0.0.4',
      { servers: ['10.0.0.1', '::1', 'fe80::1%eth0'] },
    ],
    [
      'a server that is no address is passed over',
      'nameserver dns.example\nnameserver 10.0.0.1',
      { servers: ['10.0.0.1'] },
    ],
    [
      'comments, tabs and Windows line ends',
      '# nameserver 10.9.9.9\r\n;search x\r\n\tnameserver\t10.0.0.1 # mine\r\n',
      { servers: ['10.0.0.1'] },
    ],
    [
      'the last of search and domain counts',
      'search a.example b.example.\ndomain c.example',
      { search: ['c.example'] },
    ],
    ['search replaces search', 'search a.example\nsearch b.example c.example', { search: ['b.example', 'c.example'] }],
    ['a search for the root is none', 'search .', { search: [] }],
    [
      'a suffix that no name can have is passed over',
      `search .a.example b..example ${'x'.repeat(64)}.example c.example`,
      { search: ['c.example'] },
    ],
    ['a domain that no name can have is none', 'domain .example', { search: [] }],
    [
      'options',
      'options ndots:5 timeout:2 attempts:3 rotate edns0',
      { ndots: 5, timeoutSeconds: 2, attempts: 3, rotate: true },
    ],
    ['options add up, the last counts', 'options ndots:5\noptions ndots:2 rotate', { ndots: 2, rotate: true }],
    ['options out of bounds', 'options ndots:99 timeout:0 attempts:77', { ndots: 15, timeoutSeconds: 1, attempts: 5 }],
    ['options that are no numbers', 'options ndots:x timeout: attempts:-1', {}],
  ] as const) {
    test(title, () => assert.equal(parseResolvConf(text), { ...DEFAULTS, ...expected }))
  }

  for (const [name, ndots, expected] of [
    ['a', 1, ['a.one', 'a.two', 'a']],
    ['a.b', 1, ['a.b', 'a.b.one', 'a.b.two']],
    ['a.b', 2, ['a.b.one', 'a.b.two', 'a.b']],
    ['a', 0, ['a', 'a.one', 'a.two']],
    ['a.', 5, ['a']],
  ] as const) {
    test(`asks for ${name} with ndots:${ndots} as ${expected.join(', ')}`, () => {
      assert.equal(candidateNames(name, parseResolvConf(`search one two\noptions ndots:${ndots}`)), expected)
    })
  }
})

describe('hosts', (test) => {
  test('gives every name its addresses, once each, in order', () => {
    const hosts = parseHosts('10.0.0.1 A b.example. # c\n\n::1\ta\n10.0.0.1 a\n300.1.1.1 bad\nonly\n10.0.0.2\n')
    assert.equal([...hosts.keys()], ['a', 'b.example'])
    assert.equal(
      hosts.get('a')?.map(({ ip }) => ip),
      ['10.0.0.1', '::1'],
    )
  })
})

describe('nsswitch.conf', (test) => {
  for (const [line, order, name, needed] of [
    ['', ['files', 'dns'], 'a.example', false],
    ['passwd: ldap', ['files', 'dns'], 'a.example', false],
    ['hosts: files dns', ['files', 'dns'], 'a.example', false],
    ['hosts:\tdns   files # x', ['dns', 'files'], 'a.example', false],
    ['hosts: files resolve [!UNAVAIL=return] dns myhostname', ['files', 'dns'], 'a.example', false],
    ['hosts: files mdns4_minimal [NOTFOUND=return] dns', ['files', 'dns'], 'a.example', false],
    ['hosts: files mdns4_minimal [NOTFOUND=return] dns', ['files', 'dns'], 'printer.LOCAL.', true],
    ['hosts: files dns', ['files', 'dns'], 'printer.local', false],
    ['hosts: files ldap dns', ['files', 'dns'], 'a.example', true],
    ['# hosts: files ldap\nhosts: files', ['files'], 'a.example', false],
  ] as const) {
    test(`${JSON.stringify(line)}: ${order.join(', ')}; ${name} ${needed ? 'needs' : 'does without'} getaddrinfo`, () => {
      const sources = parseNsswitch(line)
      assert.equal(sources.order, order)
      assert.is(needsGetaddrinfo(name, sources), needed)
    })
  }
})

describe('a file of the system', (test) => {
  test('is read again when it has changed, looked at every five seconds', () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'file')
    let now = 0
    const reads: string[] = []
    const file = createSystemFile(
      path,
      (text) => reads.push(text) && text,
      () => now,
    )
    assert.is(file(), undefined)
    writeFileSync(path, 'one')
    assert.is(file(), undefined)
    now = 5_000
    assert.is(file(), 'one')
    now = 10_000
    assert.is(file(), 'one')
    assert.equal(reads, ['one'])
    writeFileSync(path, 'other')
    now = 15_000
    assert.is(file(), 'other')
    rmSync(path)
    now = 20_000
    assert.is(file(), undefined)
  })

  test('that cannot be read for a while says what it said before, and is read again later', () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'link')
    const pointTo = (target: string) => {
      rmSync(path, { force: true })
      symlinkSync(target, path)
    }
    for (const text of ['one', 'two']) writeFileSync(join(folder.path, text), text)
    // Root, too, gets an error when it reads this one, and on other systems it is not there at all.
    const unreadable = '/proc/self/mem'
    let now = 0
    const look = () => {
      now += 5_000
      return file()
    }
    const file = createSystemFile(
      path,
      (text) => text,
      () => now,
    )
    pointTo(join(folder.path, 'one'))
    assert.is(look(), 'one')
    pointTo(unreadable)
    assert.is(look(), existsSync(unreadable) ? 'one' : undefined)
    pointTo(join(folder.path, 'two'))
    assert.is(look(), 'two')
  })

  test('that is a folder, or may not be read, is as good as none', () => {
    using folder = temporaryFolder()
    assert.is(createSystemFile(folder.path, (text) => text)(), undefined)
    const path = join(folder.path, 'closed')
    writeFileSync(path, 'x')
    chmodSync(path, 0)
    // Root reads it all the same.
    const expected = process.getuid?.() === 0 ? 'x' : undefined
    assert.is(createSystemFile(path, (text) => text)(), expected)
  })
})

function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'sonde-files-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
