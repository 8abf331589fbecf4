import { parseQueryClass, parseQueryType, parseRcode } from '../../../prober/config/dns-names.ts'
import { assert, describe } from '../../harness.ts'

const REFUSED = [
  [parseQueryType, 'SAO', '"SAO" is no record type; write "SOA"'],
  [parseQueryType, 'NOPE', '"NOPE" is no record type; write one as in "A", "SOA" or "TYPE65280"'],
  [parseQueryClass, 'IM', '"IM" is no class; write "IN"'],
  [parseRcode, 'NXDOMIAN', '"NXDOMIAN" is no response code; write "NXDOMAIN"'],
] as const

describe('names of the domain name system', (test) => {
  for (const [parse, text, message] of REFUSED)
    test(`${text} is refused with a name that somebody may have meant`, () => {
      assert.equal(parse(text), { ok: false, message })
    })
})
