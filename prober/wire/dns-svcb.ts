/** Parameters of SVCB and HTTPS records (RFC 9460 §2.2). */
import { type Cursor, escaped, escapesOf, exactly, fail, ipv4Text, uint16 } from './dns-cursor.ts'
import { ipv6Text } from './ip-address.ts'

const KEYS = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath', 'ohttp']
/** RFC 9460 §14.3.2: "Invalid key". */
const RESERVED = 65_535

/** Each as ` key="value"`. */
export function svcParams(cursor: Cursor): string {
  let text = ''
  let last = -1
  while (cursor.at < cursor.end) {
    const whole = cursor.at + 4 <= cursor.end
    const key = uint16(cursor)
    const value = exactly(cursor, uint16(cursor))
    const shown = whole && key > last && key !== RESERVED ? valueText(key, value) : undefined
    if (shown === undefined) {
      fail(cursor, `a service parameter ${keyName(key)} that is none`)
      break
    }
    text += ` ${keyName(key)}="${shown}"`
    last = key
  }
  return text
}

function keyName(key: number): string {
  return key === RESERVED ? '' : (KEYS[key] ?? `key${key}`)
}

/** undefined: no such value can be. */
function valueText(key: number, value: Buffer): string | undefined {
  switch (KEYS[key]) {
    case 'mandatory':
      return value.length % 2 === 0 ? each(value, 2, (at) => keyName(value.readUInt16BE(at))) : undefined
    case 'alpn':
      return protocols(value)
    case 'no-default-alpn':
    case 'ohttp':
      return value.length === 0 ? '' : undefined
    case 'port':
      return value.length === 2 ? String(value.readUInt16BE(0)) : undefined
    case 'ipv4hint':
      return isMultiple(value, 4) ? each(value, 4, (at) => ipv4Text(value, at)) : undefined
    case 'ipv6hint':
      return ipv6Hints(value)
    case 'ech':
      return value.toString('base64')
    default:
      return escaped(value, 0, value.length, IN_VALUES)
  }
}

const IN_VALUES = escapesOf('"; \\')
/** RFC 9460 §A.1: escaped twice, once for the list and once for the text. */
const IN_PROTOCOLS = escapesOf('"; ', { ',': '\\\\\\044', '\\': '\\\\\\092' })

function protocols(value: Buffer): string | undefined {
  const names: string[] = []
  for (let at = 0; at < value.length; ) {
    const end = at + 1 + (value[at] ?? 0)
    if (end > value.length) return undefined
    names.push(escaped(value, at + 1, end, IN_PROTOCOLS))
    at = end
  }
  return names.join(',')
}

/** An IPv4 address in IPv6's clothes is none. */
function ipv6Hints(value: Buffer): string | undefined {
  if (!isMultiple(value, 16)) return undefined
  const hints = each(value, 16, (at) => ipv6Text(value.subarray(at, at + 16)))
  return hints.includes('.') ? undefined : hints
}

function isMultiple({ length }: Buffer, size: number): boolean {
  return length > 0 && length % size === 0
}

function each({ length }: Buffer, size: number, text: (at: number) => string): string {
  return Array.from({ length: length / size }, (_, index) => text(index * size)).join(',')
}
