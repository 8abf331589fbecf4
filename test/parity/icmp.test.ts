import { readFileSync } from 'node:fs'
import { describe } from '../harness.ts'
import { type Case, describeParity } from './side-by-side.ts'

/** [module, target]: blackbox_exporter's `probe_success` is 1 for these … */
const SUCCEED: readonly (readonly [module: string, target: string])[] = [
  ['bare', '127.0.0.1'],
  ['bare', 'localhost'],
  ['bare', '::1'],
  ['no_timeout', '127.0.0.1'],
  ['plain', '127.0.0.1'],
  ['plain', '127.0.0.2'],
  ['plain', 'localhost'],
  ['plain', '::1'],
  ['plain', '::ffff:127.0.0.1'],
  ['ip4_only', '127.0.0.1'],
  ['ip6_only', '::1'],
  ['ttl_1', '127.0.0.1'],
  ['ttl_1', '::1'],
  ['ttl_255', '127.0.0.1'],
  ['payload_1', '127.0.0.1'],
  ['payload_large', '127.0.0.1'],
  ['payload_large', '::1'],
  ['unfragmented', '127.0.0.1'],
  ['unfragmented', '::1'],
  ['source', '127.0.0.1'],
]

/** … and 0 for these. */
const FAIL: typeof SUCCEED = [
  ['plain', 'nothing.invalid'],
  ['plain', '256.1.1.1'],
  ['bad_target', '127.0.0.1:80'],
  ['bad_target', 'http://127.0.0.1'],
  ['brackets', '[::1]'],
  ['ip4_only', '::1'],
  ['ip6_only', '127.0.0.1'],
  ['source', '::1'],
  ['source_not_ours', '127.0.0.1'],
]

const cases = (rows: typeof SUCCEED, succeeds: boolean): Case[] =>
  rows.map(([module, target]) => ({ module, target, succeeds }))

/** Raw sockets for root; datagram ones for groups of this range. */
function isPermitted(): boolean {
  if (process.getuid?.() === 0) return true
  const [from = 1, to = 0] = readFileSync('/proc/sys/net/ipv4/ping_group_range', 'utf8').trim().split(/\s+/).map(Number)
  const group = process.getgid?.() ?? -1
  return from <= group && group <= to
}

const world = async () => ({ names: {}, [Symbol.asyncDispose]: async () => undefined })

if (isPermitted()) describeParity('icmp', [...cases(SUCCEED, true), ...cases(FAIL, false)], world)
else describe('icmp beside blackbox_exporter', (test) => test.skip('all of it', 'this user may not open ICMP sockets'))
