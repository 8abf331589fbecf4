import { assert, describe } from '../../harness.ts'
import { RCODE, reply, serveDns, silent } from '../../servers/dns.ts'
import type { Answering } from '../../servers/dns.ts'
import { lookUp, machine, ONLY_4 } from './machine.ts'

/** What the server answers, whatever it is asked. */
const HOSTILE: readonly (readonly [string, Answering, string])[] = [
  ['silence', silent, 'dns_timeout'],
  ['SERVFAIL', (query) => [reply(query, { rcode: RCODE.servfail })], 'dns_servfail'],
  ['NOTIMP', (query) => [reply(query, { rcode: RCODE.notimp })], 'dns_servfail'],
  ['REFUSED', (query) => [reply(query, { rcode: RCODE.refused })], 'dns_refused'],
  ['no recursion', (query) => [reply(query, { recursion: false })], 'dns_refused'],
  ['a wrong ID', (query) => [reply(query, { id: query.id ^ 1 })], 'dns_malformed'],
  ['the answer to another name', (query) => [reply(query, { name: 'evil.example' })], 'dns_malformed'],
  ['the answer to another type', (query) => [reply(query, { type: 'TXT' })], 'dns_malformed'],
  ['the query itself', (query) => [query.bytes], 'dns_malformed'],
  ['an empty datagram', () => [Buffer.alloc(0)], 'dns_malformed'],
  ['one byte', () => [Buffer.from('x')], 'dns_malformed'],
  ['text', () => [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], 'dns_malformed'],
  ['a cut-off message', (query) => [reply(query, { answers: [] }).subarray(0, 14)], 'dns_malformed'],
  ['a name that points at itself', (query) => [pointerLoop(query.id)], 'dns_malformed'],
  ['a flood of garbage', () => Array.from({ length: 300 }, () => Buffer.alloc(512, 7)), 'dns_malformed'],
  [
    'truncation, then silence over TCP',
    (query) => (query.via === 'udp' ? [reply(query, { truncated: true })] : []),
    'dns_timeout',
  ],
  ['truncation over TCP too', (query) => [reply(query, { truncated: true })], 'dns_malformed'],
  [
    'truncation, then garbage over TCP',
    (query) => (query.via === 'udp' ? [reply(query, { truncated: true })] : [Buffer.alloc(40, 9)]),
    'dns_malformed',
  ],
]

function pointerLoop(id: number): Buffer {
  const header = Buffer.from([id >> 8, id & 0xff, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0])
  return Buffer.concat([header, Buffer.from([0xc0, 12, 0, 1, 0, 1])])
}

/** Many of these end at the deadline only, so all of them are looked up at once. */
async function outcome(answering: Answering): Promise<string> {
  await using server = await serveDns(answering)
  using own = machine(server.port)
  return await lookUp(own.resolver, 'both.example', ONLY_4, 1.5)
}

describe('resolve: hostile name servers', (test) => {
  let started: readonly Promise<string>[] | undefined
  for (const [index, [title, , expected]] of HOSTILE.entries()) {
    test(`${title}: ${expected}`, async () => {
      started ??= HOSTILE.map(([, answering]) => outcome(answering))
      assert.is(await started[index], expected)
    })
  }
})
