/** What the data of each type of record looks like in a zone file, word for word as github.com/miekg/dns prints it. */
import {
  base64Rest,
  capitalHexRest,
  type Cursor,
  decimal16,
  decimal32,
  decimal8,
  exactly,
  fail,
  type Field,
  hexDigits,
  hexRest,
  ipv4,
  ipv4Text,
  ipv6,
  name,
  octets,
  quoted,
  quotedStrings,
  rest,
  string,
  uint16,
  uint32,
  uint8,
  uint48,
} from './dns-cursor.ts'
import { svcParams } from './dns-svcb.ts'
import { typeName } from './dns-types.ts'
import { ipv6Text } from './ip-address.ts'

/** Fields with a space between them. */
const row =
  (...fields: readonly Field[]): Field =>
  (cursor) => {
    let text = ''
    for (const [index, field] of fields.entries()) text += index === 0 ? field(cursor) : ` ${field(cursor)}`
    return text
  }

const FLAGS_AND_KEY = row(decimal16, decimal8, decimal8, base64Rest)
const DIGEST = row(decimal16, decimal8, decimal8, capitalHexRest)
const TWO_NAMES = row(name, name)
const PREFERENCE_AND_NAME = row(decimal16, name)
const SIGNATURE = row(
  (cursor) => typeName(uint16(cursor)),
  decimal8,
  decimal8,
  decimal32,
  (cursor) => timeText(uint32(cursor)),
  (cursor) => timeText(uint32(cursor)),
  decimal16,
  name,
  base64Rest,
)
const NEXT_NAME: Field = (cursor) => name(cursor) + typeBitmap(cursor)
const SERVICE: Field = (cursor) => `${decimal16(cursor)} ${name(cursor)}${svcParams(cursor)}`
const NOTHING: Field = () => ''

const FIELDS: readonly (readonly [number, Field])[] = [
  [1, ipv4],
  [2, name],
  [3, name],
  [4, name],
  [5, name],
  [6, row(name, name, decimal32, decimal32, decimal32, decimal32, decimal32)],
  [7, name],
  [8, name],
  [9, name],
  // NULL has no form: its bytes as they are.
  [10, (cursor) => rest(cursor).toString('utf8')],
  [12, name],
  [13, row(quoted, quoted)],
  [14, TWO_NAMES],
  [15, PREFERENCE_AND_NAME],
  [16, quotedStrings],
  [17, TWO_NAMES],
  [18, PREFERENCE_AND_NAME],
  [19, string],
  [20, row(quoted, quoted)],
  [21, PREFERENCE_AND_NAME],
  [23, name],
  [24, SIGNATURE],
  [25, FLAGS_AND_KEY],
  [26, row(decimal16, name, name)],
  [27, row(string, string, string)],
  [28, ipv6],
  [29, locationText],
  [30, NEXT_NAME],
  [31, capitalHexRest],
  [32, capitalHexRest],
  [33, row(decimal16, decimal16, decimal16, name)],
  [35, row(decimal16, decimal16, quoted, quoted, quoted, name)],
  [36, PREFERENCE_AND_NAME],
  [37, row(certificateType, decimal16, algorithmName, base64Rest)],
  [39, name],
  [42, addressPrefixes],
  [43, DIGEST],
  [44, row(decimal8, decimal8, capitalHexRest)],
  [45, ipsecKey],
  [46, SIGNATURE],
  [47, NEXT_NAME],
  [48, FLAGS_AND_KEY],
  [49, base64Rest],
  [50, nsec3],
  [51, row(decimal8, decimal8, decimal16, salt)],
  [52, row(decimal8, decimal8, decimal8, hexRest)],
  [53, row(decimal8, decimal8, decimal8, smimeCertificate)],
  [55, hostIdentity],
  [56, quotedStrings],
  [57, FLAGS_AND_KEY],
  [58, TWO_NAMES],
  [59, DIGEST],
  [60, FLAGS_AND_KEY],
  [61, base64Rest],
  [62, (cursor) => `${decimal32(cursor)} ${decimal16(cursor)}${typeBitmap(cursor)}`],
  [63, row(decimal32, decimal8, decimal8, hexRest)],
  [64, SERVICE],
  [65, SERVICE],
  [99, quotedStrings],
  [100, quoted],
  [101, decimal32],
  [102, decimal32],
  [104, row(decimal16, (cursor) => groupsOfFour(hexDigits(cursor, 8)))],
  [105, (cursor) => withAddress(decimal16(cursor), ipv4(cursor))],
  [106, row(decimal16, (cursor) => groupsOfFour(hexDigits(cursor, 8)).toUpperCase())],
  [107, PREFERENCE_AND_NAME],
  [108, (cursor) => pairs(hexDigits(cursor, 6))],
  [109, (cursor) => pairs(hexDigits(cursor, 8))],
  [128, NOTHING],
  [249, transactionKey],
  [250, transactionSignature],
  [255, NOTHING],
  [256, row(decimal16, decimal16, octets)],
  [257, row(decimal8, string, octets)],
  [258, quotedStrings],
  [260, multicastRelay],
  [261, quotedStrings],
  [32768, DIGEST],
  [32769, DIGEST],
]

/** By type; undefined: RFC 3597 has the form for it. */
export const rdataFields: ReadonlyMap<number, Field> = new Map(FIELDS)

/** RFC 3597 §5. */
export const unknownRdata: Field = (cursor) => {
  const data = rest(cursor)
  return `\\# ${data.length} ${data.toString('hex')}`
}

/** `20260131123000`: RFC 4034 §3.2. */
function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$|\D/g, '')
}

/** RFC 4034 §4.1.2: windows of 256 types, in order. Each with a space before it. */
function typeBitmap(cursor: Cursor): string {
  let text = ''
  let last = -1
  while (cursor.at < cursor.end) {
    const window = uint8(cursor)
    const length = cursor.at < cursor.end ? uint8(cursor) : 0
    if (window <= last || length === 0 || length > 32) {
      fail(cursor, 'a bitmap of types that is out of order')
      break
    }
    text += typesOf(exactly(cursor, length), window * 256)
    last = window
  }
  return text
}

function typesOf(bits: Buffer, firstType: number): string {
  let text = ''
  for (const [index, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit += 1) {
      if ((byte & (0x80 >> bit)) !== 0) text += ` ${typeName(firstType + index * 8 + bit)}`
    }
  }
  return text
}

function salt(cursor: Cursor): string {
  const text = exactly(cursor, uint8(cursor)).toString('hex')
  return text === '' ? '-' : text.toUpperCase()
}

function nsec3(cursor: Cursor): string {
  const text = `${decimal8(cursor)} ${decimal8(cursor)} ${decimal16(cursor)} `
  const isEmpty = cursor.at === cursor.end
  const salted = text + salt(cursor)
  if (!isEmpty && cursor.at === cursor.end) fail(cursor, 'an NSEC3 record without its hash')
  return `${salted} ${base32Hex(exactly(cursor, uint8(cursor)))}${typeBitmap(cursor)}`
}

const BASE32_HEX = '0123456789ABCDEFGHIJKLMNOPQRSTUV'

/** RFC 4648 §7, without padding. */
function base32Hex(bytes: Buffer): string {
  let text = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    bits += 8
    for (; bits >= 5; bits -= 5) text += BASE32_HEX.charAt((held >> (bits - 5)) & 31)
  }
  return bits > 0 ? text + BASE32_HEX.charAt((held << (5 - bits)) & 31) : text
}

/** RFC 4398 §2.1. */
const CERTIFICATE_TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'PKIX'],
  [2, 'SPKI'],
  [3, 'PGP'],
  [4, 'IPIX'],
  [5, 'ISPKI'],
  [6, 'IPGP'],
  [7, 'ACPKIX'],
  [8, 'IACPKIX'],
  [253, 'URI'],
  [254, 'OID'],
])

function certificateType(cursor: Cursor): string {
  const type = uint16(cursor)
  return CERTIFICATE_TYPES.get(type) ?? String(type)
}

/** IANA, "DNS Security Algorithm Numbers". */
export const ALGORITHMS: ReadonlyMap<number, string> = new Map([
  [1, 'RSAMD5'],
  [2, 'DH'],
  [3, 'DSA'],
  [5, 'RSASHA1'],
  [6, 'DSA-NSEC3-SHA1'],
  [7, 'RSASHA1-NSEC3-SHA1'],
  [8, 'RSASHA256'],
  [10, 'RSASHA512'],
  [12, 'ECC-GOST'],
  [13, 'ECDSAP256SHA256'],
  [14, 'ECDSAP384SHA384'],
  [15, 'ED25519'],
  [16, 'ED448'],
  [252, 'INDIRECT'],
  [253, 'PRIVATEDNS'],
  [254, 'PRIVATEOID'],
])

function algorithmName(cursor: Cursor): string {
  const algorithm = uint8(cursor)
  return ALGORITHMS.get(algorithm) ?? String(algorithm)
}

/** RFC 1876 §2. Latitude and longitude are thousandths of an arc second from 2^31, the altitude cm from -100 km. */
function locationText(cursor: Cursor): string {
  uint8(cursor)
  const [size, horizontal, vertical] = [uint8(cursor), uint8(cursor), uint8(cursor)]
  const latitude = degreesText(uint32(cursor), 'N', 'S')
  const longitude = degreesText(uint32(cursor), 'E', 'W')
  const altitudeCm = uint32(cursor)
  const altitude = (altitudeCm / 100 - 100_000).toFixed(altitudeCm % 100 === 0 ? 0 : 2)
  return `${latitude} ${longitude} ${altitude}m ${metres(size)}m ${metres(horizontal)}m ${metres(vertical)}m`
}

const MIDDLE = 2 ** 31

function degreesText(value: number, above: string, below: string): string {
  const away = Math.abs(value - MIDDLE)
  const degrees = Math.floor(away / 3_600_000)
  const minutes = Math.floor((away % 3_600_000) / 60_000)
  const seconds = ((away % 60_000) / 1000).toFixed(3)
  return `${padded(degrees)} ${padded(minutes)} ${seconds} ${value > MIDDLE ? above : below}`
}

function padded(number: number): string {
  return String(number).padStart(2, '0')
}

/** A digit and a power of ten, in cm. */
function metres(size: number): string {
  const digit = size >> 4
  const power = size & 15
  if (power < 2) return `0.${padded(power === 1 ? digit * 10 : digit)}`
  return String(digit) + '0'.repeat(power - 2)
}

/** RFC 3123 §4. */
function addressPrefixes(cursor: Cursor): string {
  const prefixes: string[] = []
  while (cursor.at < cursor.end && cursor.wrong === undefined) prefixes.push(addressPrefix(cursor))
  return prefixes.join(' ')
}

function addressPrefix(cursor: Cursor): string {
  const whole = cursor.at + 4 <= cursor.end
  const [family, prefix, flags] = [uint16(cursor), uint8(cursor), uint8(cursor)]
  const size = family === 1 ? 4 : family === 2 ? 16 : 0
  const address = Buffer.alloc(size)
  const part = exactly(cursor, flags & 0x7f)
  if (!whole || prefix > size * 8 || part.length > size || part.at(-1) === 0) {
    fail(cursor, 'an address prefix (APL) that is none')
    return ''
  }
  part.copy(address)
  const negation = (flags & 0x80) === 0 ? '' : '!'
  return `${negation}${family}:${size === 4 ? ipv4Text(address, 0) : ipv6Text(address)}/${prefix}`
}

/** RFC 4025 §2.3 and RFC 8777 §4.2.3. */
function gateway(cursor: Cursor, type: number): string {
  if (type === 1) return ipv4(cursor) || '<nil>'
  if (type === 2) return ipv6(cursor) || '<nil>'
  return type === 3 ? name(cursor) : '.'
}

function ipsecKey(cursor: Cursor): string {
  const precedence = uint8(cursor)
  const type = uint8(cursor)
  return `${precedence} ${type} ${decimal8(cursor)} ${gateway(cursor, type)} ${base64Rest(cursor)}`
}

function multicastRelay(cursor: Cursor): string {
  const precedence = uint8(cursor)
  const type = uint8(cursor)
  return `${precedence} ${type >> 7} ${type & 0x7f} ${gateway(cursor, type & 0x7f)}`
}

/** In pieces, as zone file parsers have a longest word. */
function smimeCertificate(cursor: Cursor): string {
  return hexRest(cursor).replace(/.{1024}/g, '$& ')
}

/** RFC 8005 §5. */
function hostIdentity(cursor: Cursor): string {
  const hitLength = uint8(cursor)
  const algorithm = uint8(cursor)
  const keyLength = uint16(cursor)
  if (cursor.at === cursor.end) return `${algorithm}  `
  let text = `${algorithm} ${exactly(cursor, hitLength).toString('hex')} ${exactly(cursor, keyLength).toString('base64')}`
  while (cursor.at < cursor.end) text += ` ${name(cursor)}`
  return text
}

function withAddress(preference: string, address: string): string {
  return address === '' ? preference : `${preference} ${address}`
}

function groupsOfFour(hex: string): string {
  return hex.replace(/.{4}(?!$)/g, '$&:')
}

function pairs(hex: string): string {
  return hex.replace(/..(?!$)/g, '$&-')
}

function transactionKey(cursor: Cursor): string {
  const head = `${name(cursor)} ${timeText(uint32(cursor))} ${timeText(uint32(cursor))} `
  const keyed = head + row(decimal16, decimal16)(cursor)
  return `${keyed} ${sizedHex(cursor)} ${sizedHex(cursor)}`
}

function transactionSignature(cursor: Cursor): string {
  const head = `${name(cursor)} ${timeText(Math.min(uint48(cursor), 253_402_300_799))} ${decimal16(cursor)} `
  return `${head}${sizedHex(cursor).toUpperCase()} ${row(decimal16, decimal16)(cursor)} ${sizedHex(cursor)}`
}

function sizedHex(cursor: Cursor): string {
  const size = uint16(cursor)
  return `${size} ${exactly(cursor, size).toString('hex')}`
}
