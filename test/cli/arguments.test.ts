import { readArguments } from '../../cli/arguments.ts'
import { nearest } from '../../prober/config/nearest.ts'
import { assert, describe } from '../harness.ts'

const FLAGS = {
  'config.file': { type: 'string' },
  timeout: { type: 'string' },
  verbose: { type: 'boolean', short: 'v' },
} as const

const READ: readonly (readonly [args: string, values: object, positionals: readonly string[]])[] = [
  ['', {}, []],
  ['https://a/', {}, ['https://a/']],
  ['--timeout 5s https://a/ -v', { timeout: '5s', verbose: true }, ['https://a/']],
  ['https://a/ --config.file=a=b.yml', { 'config.file': 'a=b.yml' }, ['https://a/']],
  ['-v --verbose', { verbose: true }, []],
  ['--timeout=-1s', { timeout: '-1s' }, []],
  ['--config.file -', { 'config.file': '-' }, []],
  ['-- --timeout', {}, ['--timeout']],
]

const REFUSED: readonly (readonly [args: string, message: string])[] = [
  ['--timout 5s', 'unknown flag --timout; did you mean --timeout?'],
  ['--confg.file=x', 'unknown flag --confg.file; did you mean --config.file?'],
  ['--zzz', 'unknown flag --zzz; --help lists those there are'],
  ['--timeout', '--timeout needs a value'],
  ['--timeout -v', '--timeout needs a value'],
  ['--timeout 1s --timeout 2s', 'flag --timeout cannot be repeated'],
  ['--timeout=1s --timeout=1s', 'flag --timeout cannot be repeated'],
  ['--verbose=yes', '--verbose takes no value'],
  ['--__proto__ x', 'unknown flag --__proto__; --help lists those there are'],
]

const NEAREST: readonly (readonly [word: string, expected: string | undefined])[] = [
  ['prob', 'probe'],
  ['porbe', 'probe'],
  ['server', 'serve'],
  ['chekc', 'check'],
  ['demonstration', undefined],
  ['', undefined],
  ['x', undefined],
]

describe('arguments', (test) => {
  for (const [args, values, positionals] of READ) {
    test(`"${args}" is read`, () => {
      assert.equal(readArguments(args.split(' ').filter(Boolean), FLAGS), { ok: true, values, positionals })
    })
  }

  for (const [args, message] of REFUSED) {
    test(`"${args}" is refused: ${message}`, () => {
      assert.equal(readArguments(args.split(' '), FLAGS), { ok: false, message })
    })
  }

  for (const [word, expected] of NEAREST) {
    test(`"${word}" ${expected === undefined ? 'is near nothing' : `may have meant ${expected}`}`, () => {
      assert.is(nearest(word, ['serve', 'probe', 'check', 'generate', 'demo', 'help', 'version']), expected)
    })
  }
})
