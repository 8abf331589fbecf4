import { connect } from 'node:net'
import type { Question } from '../../../../prober/probes/dns/question.ts'
import { questionOf } from '../../../../prober/probes/dns/question.ts'
import { askStream } from '../../../../prober/probes/dns/stream.ts'
import { assert, describe } from '../../../harness.ts'
import { serveTcp } from '../../../servers/tcp.ts'
import { dnsModule } from '../dns-module.ts'

function question(): Question {
  const made = questionOf({ name: 'www.example', type: 'A' }, dnsModule())
  if (!made.ok) throw new Error(made.message)
  return made
}

const never = new AbortController().signal
const clock = { enter: () => undefined }

describe('a DNS question over a connection', (test) => {
  for (const [title, behave] of [
    ['that was closed before it began', (socket: { end(): unknown }) => socket.end()],
    ['that was reset before it began', (socket: { resetAndDestroy(): unknown }) => socket.resetAndDestroy()],
  ] as const) {
    test(`${title} ends at once`, async () => {
      await using server = await serveTcp(behave)
      const socket = connect(server.port, '127.0.0.1').on('error', () => undefined)
      await new Promise((resolve) => socket.resume().once('close', resolve))
      const heard = await askStream(socket, question(), false, clock, never)
      assert.is(heard.ok ? 'ok' : `${heard.phase} ${heard.reason}`, 'processing response_reset')
    })
  }

  test('ends with our own fault, and not the process with it', async () => {
    await using server = await serveTcp((socket) => socket.write('bytes'))
    const socket = connect(server.port, '127.0.0.1')
    await new Promise((resolve) => socket.once('connect', resolve))
    const broken = {
      enter: () => {
        throw new Error('a bug')
      },
    }
    const thrown = await askStream(socket, question(), false, broken, never).catch((error: unknown) => error)
    assert.is(thrown instanceof Error ? thrown.message : '', 'a bug')
    assert.ok(socket.destroyed)
  })
})
