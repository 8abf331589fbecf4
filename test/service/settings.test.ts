import { readSettings } from '../../service/settings.ts'
import { assert, describe } from '../harness.ts'

const DEFAULTS = {
  port: 5000,
  host: undefined,
  helloText: 'Hello World!',
  version: '1.0',
  description: 'pre-interview technical test',
  commitSha: 'unknown',
  logLevel: 'info',
  drainSeconds: 5,
  graceSeconds: 20,
}

const ACCEPTED: readonly (readonly [variable: string, text: string, changed: object])[] = [
  ['PORT', '0', { port: 0 }],
  ['PORT', '65535', { port: 65_535 }],
  ['PORT', '', {}],
  ['HOST', '0.0.0.0', { host: '0.0.0.0' }],
  ['HOST', '::', { host: '::' }],
  ['HOST', 'localhost', { host: 'localhost' }],
  ['HELLO_TEXT', 'Grüße\n☸', { helloText: 'Grüße\n☸' }],
  ['APP_VERSION', '2.1.0-rc.1', { version: '2.1.0-rc.1' }],
  ['APP_COMMIT_SHA', 'abc12345678', { commitSha: 'abc12345678' }],
  ['LOG_LEVEL', 'WARN', { logLevel: 'warn' }],
  ['SHUTDOWN_DRAIN_SECONDS', '0', { drainSeconds: 0 }],
  ['SHUTDOWN_GRACE_SECONDS', '2.5', { graceSeconds: 2.5 }],
]

const REFUSED: readonly (readonly [variable: string, text: string])[] = [
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', '80a'],
  ['PORT', '0x50'],
  ['PORT', '5e3'],
  ['PORT', ' 80'],
  ['PORT', 'tcp://10.0.0.1:5000'],
  ['HOST', 'http://here'],
  ['HOST', '[::1]'],
  ['HOST', '256.0.0.1'],
  ['HOST', '-a.example'],
  ['HELLO_TEXT', 'a'.repeat(10_001)],
  ['APP_VERSION', 'one\ntwo'],
  ['APP_VERSION', '\u202e1.0'],
  ['APP_COMMIT_SHA', 'main'],
  ['APP_COMMIT_SHA', 'abc123'],
  ['LOG_LEVEL', 'loud'],
  ['SHUTDOWN_DRAIN_SECONDS', '5s'],
  ['SHUTDOWN_DRAIN_SECONDS', '-1'],
  ['SHUTDOWN_GRACE_SECONDS', '3601'],
  ['SHUTDOWN_GRACE_SECONDS', 'Infinity'],
]

describe('service settings', (test) => {
  test('an empty environment gives the defaults', () => {
    assert.equal(readSettings({}), { ok: true, settings: DEFAULTS })
  })

  for (const [variable, text, changed] of ACCEPTED) {
    test(`${variable}=${JSON.stringify(text)} is taken`, () => {
      assert.equal(readSettings({ [variable]: text }), { ok: true, settings: { ...DEFAULTS, ...changed } })
    })
  }

  for (const [variable, text] of REFUSED) {
    test(`${variable}=${JSON.stringify(text.slice(0, 30))} is refused in one line that names it`, () => {
      const read = readSettings({ [variable]: text })
      assert.not(read.ok)
      const errors = read.ok ? [] : read.errors
      assert.is(errors.length, 1)
      assert.match(errors[0] ?? '', new RegExp(`^${variable}: found ".*"; write .*$`))
      assert.ok((errors[0] ?? '').length < 250)
    })
  }

  test('every error of the environment is reported at once', () => {
    const read = readSettings(Object.fromEntries(REFUSED))
    const variables = new Set(REFUSED.map(([variable]) => variable))
    assert.is(read.ok ? 0 : read.errors.length, variables.size)
  })
})
