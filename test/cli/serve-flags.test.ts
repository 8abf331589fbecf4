import { parseServeFlags, serveHelp } from '../../cli/serve-flags.ts'
import { assert, describe } from '../harness.ts'

const GOOD: readonly (readonly [args: readonly string[], name: string, values: readonly string[]])[] = [
  [[], 'web.listen-address', [':9115']],
  [[], 'timeout-offset', ['0.5']],
  [[], 'config.file', []],
  [[], 'config.check', []],
  [['--config.file=a.yml'], 'config.file', ['a.yml']],
  [['--config.file', 'a.yml'], 'config.file', ['a.yml']],
  [['--config.file='], 'config.file', ['']],
  [['--config.file=a=b.yml'], 'config.file', ['a=b.yml']],
  [['--web.listen-address=:1', '--web.listen-address', ':2'], 'web.listen-address', [':1', ':2']],
  [[], 'probes.max-concurrent', ['1000']],
  [['--shard=1/3'], 'shard', ['1/3']],
  [['--config.check'], 'config.check', ['true']],
  [['--no-config.check'], 'config.check', []],
  [['--config.check=false'], 'config.check', []],
  [['-h'], 'help', ['true']],
  [['-h', '--help'], 'help', ['true']],
  [['--config.file', '--odd-name.yml'], 'config.file', ['--odd-name.yml']],
]

const BAD: readonly (readonly [args: readonly string[], message: string])[] = [
  [['--config.fiel=a'], 'unknown flag --config.fiel; did you mean --config.file?'],
  [['--no-config.file'], 'unknown flag --no-config.file; did you mean --config.file?'],
  [['--zzz'], 'unknown flag --zzz; --help lists those there are'],
  [['-x'], 'unknown flag -x; --help lists those there are'],
  [['extra'], 'unexpected "extra"'],
  [['--config.file'], '--config.file needs a value, as in --config.file=FILE'],
  [['--log.level=loud'], '--log.level: "loud" is none of debug, info, warn, error'],
  [['--timeout-offset=x'], '--timeout-offset: "x" is not a number of 0 or more'],
  [['--history.limit=-1'], '--history.limit: "-1" is not a number of 0 or more'],
  [['--log.level=debug', '--log.level=warn'], 'flag --log.level cannot be repeated'],
  [['--config.file=a', '--config.file', 'a'], 'flag --config.file cannot be repeated'],
  [['--config.check', '--no-config.check'], 'flag --config.check cannot be repeated'],
  [['--config.check=yes'], '--config.check takes no value: write --config.check or --no-config.check'],
]

describe('flags of serve', (test) => {
  for (const [args, name, values] of GOOD) {
    test(`${args.join(' ') || 'nothing'}: ${name} is ${values.join(', ') || 'not set'}`, () => {
      const parsed = parseServeFlags(args)
      assert.ok(parsed.ok)
      if (parsed.ok) assert.equal(Reflect.get(parsed.flags, name), values)
    })
  }
  for (const [args, message] of BAD) {
    test(`${args.join(' ')} is refused`, () => assert.equal(parseServeFlags(args), { ok: false, message }))
  }

  test('help names every flag that blackbox_exporter has', () => {
    const help = serveHelp()
    for (const name of [
      'config.file',
      'timeout-offset',
      'config.check',
      'log.prober',
      'config.enable-auto-reload',
      'config.auto-reload-interval',
      'history.limit',
      'web.external-url',
      'web.route-prefix',
      'web.systemd-socket',
      'web.listen-address',
      'web.config.file',
      'log.level',
      'log.format',
      'version',
    ]) {
      assert.match(help, name)
    }
  })
})
