import { echoFilter } from '../../../prober/wire/packet-filter.ts'
import { assert, describe } from '../../harness.ts'

describe('the filter of a raw ICMP socket', (test) => {
  for (const [title, family, program] of [
    // ldxb 4*([0]&0xf); ldh [x+4]; jeq #0x1234, 0, 1; ret #-1; ret #0
    [
      'behind the IPv4 header',
      4,
      'b100000000000000 4800000004000000 1500000134120000 06000000ffffffff 0600000000000000',
    ],
    ['at the start of ICMPv6', 6, '2800000004000000 1500000134120000 06000000ffffffff 0600000000000000'],
  ] as const) {
    test(`looks for the identifier ${title}`, () => {
      assert.is(echoFilter(family, 0x1234).toString('hex'), program.replaceAll(' ', ''))
    })
  }
})
