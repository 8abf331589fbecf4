/** test/fixtures/dns/records.json: whole messages, and what github.com/miekg/dns 1.1.68 prints of their one record. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeName, encodeQuery } from '../../../prober/wire/dns-query.ts'
import { readReply } from '../../../prober/wire/dns-reply.ts'
import { typeName } from '../../../prober/wire/dns-types.ts'
import { assert, describe } from '../../harness.ts'

interface Recorded {
  readonly title: string
  /** Hexadecimal; one question, `example. IN ANY`, with the ID 4660. */
  readonly message: string
  readonly section: 'answer' | 'authority' | 'additional'
  /** Empty: the library cannot read the message. */
  readonly text: string
}

const FIXTURE = join(import.meta.dirname, '../../fixtures/dns/records.json')
const RECORDED = JSON.parse(readFileSync(FIXTURE, 'utf8')) as readonly Recorded[]
const name = encodeName('example')
if (typeof name === 'string') throw new Error(name)
const QUERY = encodeQuery(4660, { name: 'example', type: 255, class: 1, recursionDesired: true, edns: undefined }, name)

describe('a DNS record', (test) => {
  for (const { title, message, section, text } of RECORDED) {
    test(`${title}: ${text === '' ? 'cannot be read' : JSON.stringify(text).slice(0, 100)}`, () => {
      const read = readReply(Buffer.from(message, 'hex'), QUERY)
      if (text === '') return assert.is(read.kind, 'malformed')
      assert.is(read.kind === 'reply' ? read.reply[section][0]?.text : JSON.stringify(read), text)
    })
  }

  test('is proven for more than 80 types', () => {
    const types = new Set(RECORDED.flatMap(({ text }) => /^[^\t\n]*\t\d+\t\w+\t([\w-]+)\t/.exec(text)?.[1] ?? []))
    assert.ok(types.size > 80, `${types.size}: ${[...types]}`)
    assert.is(typeName(65_280), 'TYPE65280')
  })
})
