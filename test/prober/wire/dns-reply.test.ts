import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeName, encodeQuery } from '../../../prober/wire/dns-query.ts'
import { type ReadReply, readReply } from '../../../prober/wire/dns-reply.ts'
import { damaged, fc, fuzz } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'
import {
  A_RECORD,
  type Answer,
  answerTo,
  AUTHENTICATED,
  FLAGS,
  OPT_RECORD,
  TRUNCATED,
} from '../../servers/dns-bytes.ts'

const name = encodeName('example')
if (typeof name === 'string') throw new Error(name)
const QUERY = encodeQuery(4660, { name: 'example', type: 255, class: 1, recursionDesired: true, edns: undefined }, name)

const read = (answer: Answer) => readReply(answerTo(QUERY, answer), QUERY)
const kindOf = (reply: ReadReply) => ('found' in reply ? `${reply.kind}: ${reply.found}` : reply.kind)

/** A whole record of `example` with this data. */
function record(type: number, data: Buffer, ttl = 0): Buffer {
  const head = Buffer.from('c00c00000001000000000000', 'hex')
  head.writeUInt16BE(type, 2)
  head.writeUInt32BE(ttl, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

const soa = (serial: number) => record(6, Buffer.concat([Buffer.alloc(2), u32(serial), Buffer.alloc(16)]))
const u32 = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value])

describe('a DNS answer', (test) => {
  for (const [title, answer, kind] of [
    ['to this question', {}, 'reply'],
    ['with another ID', { id: 4661 }, 'foreign: another ID'],
    ['that is a query', { flags: 0x0100 }, 'foreign: a query'],
    ['in other letters', { question: Buffer.from('074558414d504c450000ff0001', 'hex') }, 'reply'],
    [
      'to another name',
      { question: Buffer.from('076578616d706c660000ff0001', 'hex') },
      'foreign: the answer to another question',
    ],
    [
      'to another type',
      { question: Buffer.from('076578616d706c650000fe0001', 'hex') },
      'foreign: the answer to another question',
    ],
    ['without question and records', { question: Buffer.alloc(0), answer: [] }, 'reply'],
    [
      'without question, with a record',
      { question: Buffer.alloc(0), answer: [soa(1)] },
      'foreign: the answer to another question',
    ],
    ['with fewer records than it says', { answerCount: 3 }, 'reply'],
    ['cut off', { answer: [A_RECORD.subarray(0, 14)] }, 'malformed: a record that is longer than its message'],
    ['cut off in a head', { answer: [A_RECORD.subarray(0, 9)] }, 'malformed: a record that ends in its head'],
    ['cut off and truncated', { flags: FLAGS | TRUNCATED, answer: [A_RECORD.subarray(0, 14)] }, 'cut'],
    ['truncated between records', { flags: FLAGS | TRUNCATED, answerCount: 9 }, 'reply'],
    ['with bytes after its end', { answer: [A_RECORD, Buffer.from('junk')], answerCount: 1 }, 'reply'],
  ] as const) {
    test(`${title}: ${kind}`, () => assert.is(kindOf(read(answer)), kind))
  }

  test('shows its bits, its code with the bits of OPT, and its sections', () => {
    const opt = Buffer.from(OPT_RECORD)
    opt[5] = 1
    const got = read({ flags: FLAGS | AUTHENTICATED, authority: [soa(7)], additional: [opt] })
    if (got.kind !== 'reply') throw new Error(kindOf(got))
    const { rcode, authenticated, truncated, serial, answer, authority, additional } = got.reply
    assert.equal(
      { rcode, authenticated, truncated, serial },
      { rcode: 16, authenticated: true, truncated: false, serial: undefined },
    )
    assert.equal(
      [answer, authority, additional].map((records) => records.map(({ text }) => text)),
      [
        ['example.\t60\tIN\tA\t192.0.2.1'],
        ['example.\t0\tIN\tSOA\t. . 7 0 0 0 0'],
        ['\n;; OPT PSEUDOSECTION:\n; EDNS: version 0; flags: do; udp: 1232'],
      ],
    )
  })

  test('has the serial of its last SOA record', () => {
    const got = read({ answer: [soa(1), A_RECORD, soa(4_294_967_295)] })
    assert.is(got.kind === 'reply' ? got.reply.serial : undefined, 4_294_967_295)
  })

  test('a name may have 126 pointers, and not 127', () => {
    const chain = (length: number) => {
      const at = 12 + 13 + 12
      const pointers = Array.from({ length: length - 1 }, (_, index) => {
        const to = at + 2 * (index + 1)
        return Buffer.from([0xc0 | (to >> 8), to & 0xff])
      })
      // The last one leads to the name of the question.
      return record(10, Buffer.concat([...pointers, Buffer.from([0xc0, 12])]))
    }
    const points = (length: number) => {
      const message = answerTo(QUERY, {
        answer: [chain(length), Buffer.from('c025000100010000003c0004c0000201', 'hex')],
      })
      return kindOf(readReply(message, QUERY))
    }
    assert.is(points(125), 'reply')
    assert.is(points(126), 'malformed: a name that points in a circle')
  })
})

interface Recorded {
  readonly message: string
}
const FIXTURE = join(import.meta.dirname, '../../fixtures/dns/records.json')
const MESSAGES = (JSON.parse(readFileSync(FIXTURE, 'utf8')) as readonly Recorded[]).map(({ message }) =>
  Buffer.from(message, 'hex'),
)

describe('no DNS answer throws, hangs or grows', (test) => {
  test('whatever the bytes', () => {
    fuzz(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      assert.ok(readReply(bytes, QUERY).kind !== 'reply' || bytes.length >= 12)
    })
  })

  test('whatever the data of a record of whatever type', () => {
    const type = fc.oneof(fc.nat({ max: 280 }), fc.nat({ max: 65_535 }))
    fuzz(fc.tuple(type, fc.uint8Array({ maxLength: 80 })), ([number, data]) => {
      const { kind } = read({ additional: [record(number, Buffer.from(data), data.length)] })
      assert.ok(kind === 'reply' || kind === 'malformed', kind)
    })
  })

  test('whichever bytes of a real one are changed, and wherever it is cut', () => {
    fuzz(damaged(fc.constantFrom(...MESSAGES)), (message) => void readReply(message, QUERY))
  })

  test('wherever a real one is cut off', () => {
    for (const message of MESSAGES) {
      for (let length = 0; length < message.length; length += 1) {
        const cut = readReply(message.subarray(0, length), QUERY)
        // Between two records fewer are there than announced, which is no fault.
        if (cut.kind === 'reply') assert.is(cut.reply.answer.length + cut.reply.additional.length, 0)
      }
    }
  })

  test('a small message of pointers to a long name ends at a limit', () => {
    const long = Buffer.concat([
      ...Array.from({ length: 3 }, () => Buffer.concat([Buffer.of(63), Buffer.alloc(63)])),
      Buffer.of(0),
    ])
    const servers = Buffer.concat(Array.from({ length: 30_000 }, () => Buffer.from([0xc0, 37])))
    const bomb = record(55, Buffer.concat([Buffer.from([0, 0, 0, 0]), servers]))
    const got = read({ answer: [record(10, long), bomb] })
    assert.is(kindOf(got), 'malformed: records that fill more than 4 MiB of text')
  })
})
