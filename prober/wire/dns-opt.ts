/** The OPT record (RFC 6891) as github.com/miekg/dns shows it: its class and TTL are no class and TTL. */
import { type Cursor, exactly, fail, uint16 } from './dns-cursor.ts'
import { ALGORITHMS } from './dns-rdata.ts'
import { ipv6Text } from './ip-address.ts'

export function optText(payloadBytes: number, ttl: number, cursor: Cursor): string {
  const version = (ttl >>> 16) & 0xff
  const reserved = ttl & 0x7fff
  const isDnssecOk = (ttl & 0x8000) !== 0
  const flags = isDnssecOk ? ((ttl & 0x4000) === 0 ? ' do' : ' do, co') : ''
  const unknown = reserved === 0 ? '' : `MBZ: 0x${reserved.toString(16).padStart(4, '0')}, `
  const head = `\n;; OPT PSEUDOSECTION:\n; EDNS: version ${version}; flags:${flags}; ${unknown}udp: ${payloadBytes}`
  return head + options(cursor)
}

function options(cursor: Cursor): string {
  let text = ''
  while (cursor.at < cursor.end) {
    const whole = cursor.at + 4 <= cursor.end
    const code = uint16(cursor)
    const value = exactly(cursor, uint16(cursor))
    const shown = whole ? optionText(code, value) : undefined
    if (shown === undefined) {
      fail(cursor, `an EDNS option ${code} that is none`)
      break
    }
    text += `\n; ${shown}`
  }
  return text
}

/** IANA, "DNS EDNS0 Option Codes (OPT)"; undefined: no such value can be. */
function optionText(code: number, value: Buffer): string | undefined {
  switch (code) {
    case 1:
      return value.length < 18 ? undefined : `LONG LIVED QUERIES: ${longLived(value)}`
    case 2:
      return updateLease(value)
    case 3:
      return `NSID: ${value.toString('hex')}  ${Array.from(value, (byte) => `(${String.fromCharCode(byte)})`).join('')}`
    case 4:
      return `ESU: ${value.toString('utf8')}`
    case 5:
      return `DNSSEC ALGORITHM UNDERSTOOD: ${named(value, ALGORITHMS)}`
    case 6:
      return `DS HASH UNDERSTOOD: ${named(value, HASHES)}`
    case 7:
      return `NSEC3 HASH UNDERSTOOD: ${named(value, HASHES)}`
    case 8:
      return clientSubnet(value)
    case 9:
      return expiry(value)
    case 10:
      return `COOKIE: ${value.toString('hex')}`
    case 11:
      return keepAlive(value)
    case 12:
      return `PADDING: ${value.toString('hex').toUpperCase()}`
    case 15:
      return value.length < 2 ? undefined : `EDE: ${extendedError(value)}`
    default:
      return `LOCAL OPT: ${code}:0x${value.toString('hex')}`
  }
}

function longLived(value: Buffer): string {
  const [version, opcode, error] = [value.readUInt16BE(0), value.readUInt16BE(2), value.readUInt16BE(4)]
  return `${version} ${opcode} ${error} ${value.readBigUInt64BE(6)} ${value.readUInt32BE(14)}`
}

function updateLease(value: Buffer): string | undefined {
  if (value.length !== 4 && value.length !== 8) return undefined
  return `UPDATE LEASE: ${value.readUInt32BE(0)} ${value.length === 8 ? value.readUInt32BE(4) : 0}`
}

const HASHES: ReadonlyMap<number, string> = new Map([
  [1, 'SHA1'],
  [2, 'SHA256'],
  [3, 'GOST94'],
  [4, 'SHA384'],
  [5, 'SHA512'],
])

function named(value: Buffer, names: ReadonlyMap<number, string>): string {
  return Array.from(value, (code) => ` ${names.get(code) ?? code}`).join('')
}

/** RFC 7871 §6. */
function clientSubnet(value: Buffer): string | undefined {
  if (value.length < 4) return undefined
  const [family, source = 0, scope = 0] = [value.readUInt16BE(0), value[2], value[3]]
  const size = family === 2 ? 16 : 4
  const address = Buffer.alloc(size)
  if (family > 2 || (family === 0 ? source !== 0 : Math.max(source, scope) > size * 8)) return undefined
  if (family > 0) value.copy(address, 0, 4, 4 + size)
  return `SUBNET: ${size === 4 ? address.join('.') : bracketed(address)}/${source}/${scope}`
}

/** An IPv4 address in IPv6's clothes is shown as what it is. */
function bracketed(address: Buffer): string {
  const text = ipv6Text(address)
  return text.includes('.') ? text.slice('::ffff:'.length) : `[${text}]`
}

function expiry(value: Buffer): string | undefined {
  if (value.length === 0) return 'EXPIRE: '
  return value.length < 4 ? undefined : `EXPIRE: ${value.readUInt32BE(0)}`
}

/** The library counts the milliseconds in 16 bits. */
function keepAlive(value: Buffer): string | undefined {
  if (value.length !== 0 && value.length !== 2) return undefined
  const tenths = value.length === 2 ? value.readUInt16BE(0) : 0
  const timeout = tenths === 0 ? 'timeout omitted' : `timeout ${(tenths * 100) & 0xffff}ms`
  return `KEEPALIVE: use tcp keep-alive, ${timeout}`
}

/** RFC 8914 §4, and what IANA added since. */
const EXTENDED_ERRORS: readonly string[] = [
  'Other',
  'Unsupported DNSKEY Algorithm',
  'Unsupported DS Digest Type',
  'Stale Answer',
  'Forged Answer',
  'DNSSEC Indeterminate',
  'DNSSEC Bogus',
  'Signature Expired',
  'Signature Not Yet Valid',
  'DNSKEY Missing',
  'RRSIGs Missing',
  'No Zone Key Bit Set',
  'NSEC Missing',
  'Cached Error',
  'Not Ready',
  'Blocked',
  'Censored',
  'Filtered',
  'Prohibited',
  'Stale NXDOMAIN Answer',
  'Not Authoritative',
  'Not Supported',
  'No Reachable Authority',
  'Network Error',
  'Invalid Data',
  'Signature Expired Before Valid',
  'Too Early',
  'Unsupported NSEC3 Iterations Value',
  'Unable To Conform To Policy',
  'Synthesized',
  'Invalid Query Type',
]

function extendedError(value: Buffer): string {
  const code = value.readUInt16BE(0)
  const meaning = EXTENDED_ERRORS[code]
  return `${code}${meaning === undefined ? '' : ` (${meaning})`}: (${value.toString('utf8', 2)})`
}
