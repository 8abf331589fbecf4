import { decode, encode } from 'dns-packet'
import { encodeAddressQuery, readAddressAnswer } from '../../../prober/wire/dns-message.ts'
import { fc } from '../../fuzz.ts'
import { assert, describe } from '../../harness.ts'

const QUESTION = { name: 'www.example.com', type: 'A' } as const

describe('DNS messages', (test) => {
  test('a query asks for one thing, wants recursion and takes 1232 bytes', () => {
    const packet = decode(encodeAddressQuery(0xbeef, QUESTION, true))
    assert.is(packet.id, 0xbeef)
    assert.is(packet.flag_rd, true)
    assert.is(packet.flag_qr, false)
    assert.equal(packet.questions, [{ name: 'www.example.com', type: 'A', class: 'IN' }])
    const [option] = packet.additionals ?? []
    assert.is(option?.type === 'OPT' ? option.udpPayloadSize : 0, 1232)
  })

  test('a query without EDNS is as RFC 1035 wrote it', () => {
    const hex = encodeAddressQuery(1, QUESTION, false).toString('hex')
    assert.is(hex, '00010100000100000000000003777777076578616d706c6503636f6d0000010001')
  })

  test('any name and ID come back as the question of the query', () => {
    const label = fc.stringMatching(/^[a-z0-9_-]{1,63}$/)
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 3 }), fc.nat({ max: 0xffff }), (labels, id) => {
        const name = labels.join('.')
        const packet = decode(encodeAddressQuery(id, { name, type: 'AAAA' }, true))
        assert.is(packet.id, id)
        assert.is(packet.questions?.[0]?.name, name)
      }),
    )
  })

  test('no bytes make it throw, and chance makes no answer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        assert.is.not(readAddressAnswer(bytes, 77, QUESTION).kind, 'addresses')
      }),
    )
  })

  test('no change of a byte in an answer makes it throw', () => {
    const answer = encode({
      type: 'response',
      id: 77,
      flags: 0x80,
      questions: [{ ...QUESTION, class: 'IN' }],
      answers: [
        { type: 'CNAME', name: 'www.example.com', ttl: 1, data: 'x.example.com' },
        { type: 'A', name: 'x.example.com', ttl: 1, data: '10.0.0.1' },
      ],
    })
    assert.equal(readAddressAnswer(answer, 77, QUESTION), { kind: 'addresses', addresses: ['10.0.0.1'] })
    const at = fc.nat({ max: answer.length - 1 })
    fc.assert(
      fc.property(at, fc.nat({ max: 255 }), at, (where, value, length) => {
        const changed = Buffer.from(answer)
        changed[where] = value
        readAddressAnswer(changed, 77, QUESTION)
        readAddressAnswer(changed.subarray(0, length), 77, QUESTION)
      }),
    )
  })

  test('an answer that is truncated in the middle of a record is truncated', () => {
    const cut = Buffer.concat([encodeAddressQuery(77, QUESTION, false), Buffer.from([0xc0])])
    cut[2] = 0x82
    cut[7] = 1
    assert.is(readAddressAnswer(cut, 77, QUESTION).kind, 'truncated')
    assert.is(readAddressAnswer(cut, 78, QUESTION).kind, 'foreign')
  })
})
