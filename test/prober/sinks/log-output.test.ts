import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { assert, describe } from '../../harness.ts'

const MODULE = join(import.meta.dirname, '../../../prober/sinks/log-output.ts')

/** A program whose standard error is a pipe, as under a container's runtime; what it says of itself goes to standard output. */
function program(body: string) {
  const source = `import { openLogOutput } from ${JSON.stringify(MODULE)}
    process.stderr.on('error', () => undefined)
    const say = (text) => process.stdout.write(text + '\\n')
    const output = openLogOutput(2, { onError: ({ code }) => say(code), onDropped: (lines) => say('dropped ' + lines) })
    ${body}`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source])
  return { child, said: text(child.stdout) }
}

describe('sinks/log-output', (test) => {
  test('lines come in order, the last ones at the end of the process', async () => {
    const { child } = program(`for (let i = 0; i < 5000; i += 1) output.write('line ' + i + '\\n')
      await output[Symbol.asyncDispose]()`)
    const lines = (await text(child.stderr)).trimEnd().split('\n')
    assert.is(lines.length, 5000)
    assert.is(lines.at(-1), 'line 4999')
  })

  test('a line after its end is left out, and nothing is thrown', async () => {
    const { child, said } = program(`await output[Symbol.asyncDispose]()
      output.write('too late\\n')
      say('went on')`)
    assert.is(await text(child.stderr), '')
    assert.is(await said, 'went on\n')
  })

  test('also when a bug ends it', async () => {
    const { child } = program(`output.write('the last words\\n'); throw new Error('a bug')`)
    assert.match(await text(child.stderr), 'the last words')
  })

  test('who does not read holds up nothing; what he missed is counted', async () => {
    const { child, said } = program(`
      const line = 'x'.repeat(99) + '\\n'
      const started = performance.now()
      for (let i = 0; i < 100_000; i += 1) output.write(line)
      say('went on')
      process.stdin.once('data', async () => { await output[Symbol.asyncDispose](); process.exit() })`)
    const wentOn = new Promise((resolve) => child.stdout.once('data', resolve))
    await wentOn
    child.stderr.once('data', () => child.stdin.end('go'))
    const log = await text(child.stderr)
    const [, dropped] = /dropped (\d+)/.exec(await said) ?? []
    assert.is(log.split('\n').length - 1 + Number(dropped), 100_000)
  })

  test('a reader who has gone is told once, and nothing is thrown', async () => {
    const { child, said } = program(`
      process.stdin.once('data', () => {
        output.write('to nobody\\n')
        setTimeout(() => { output.write('again\\n'); process.exit() }, 300)
      })`)
    child.stderr.destroy()
    child.stdin.end('go')
    assert.is((await said).trim(), 'EPIPE')
  })
})
