import { parseAddress } from '../../../prober/net/address.ts'
import { assert, describe } from '../../harness.ts'

describe('parseAddress', (test) => {
  for (const [host, expected] of [
    ['192.0.2.1', '4 192.0.2.1'],
    ['2001:db8::1', '6 2001:db8::1'],
    ['[2001:db8::1]', '6 2001:db8::1'],
    ['[fe80::1%eth0]', '6 fe80::1%eth0'],
    ['::1', '6 ::1'],
    ['::ffff:192.0.2.1', '4 192.0.2.1'],
    ['[::FFFF:c000:201]', '4 192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '4 192.0.2.1'],
    ['::192.0.2.1', '6 ::192.0.2.1'],
    ['64:ff9b::192.0.2.1', '6 64:ff9b::192.0.2.1'],
    ['192.0.2', undefined],
    ['[::1', undefined],
    ['host.example', undefined],
    ['', undefined],
  ] as const) {
    test(`${host === '' ? 'nothing' : host} is ${expected ?? 'no address'}`, () => {
      const address = parseAddress(host)
      assert.is(address && `${address.family} ${address.ip}`, expected)
    })
  }
})
