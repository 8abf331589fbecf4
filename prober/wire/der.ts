/** The few rules of DER (ITU-T X.690) that reading a certificate's names needs: definite lengths, no constructed strings. */

export interface DerValue {
  /** The identifier octet: class, constructed bit, number. 0x30: SEQUENCE. */
  readonly tag: number
  readonly content: Uint8Array
}

export const TAG = {
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  bmpString: 0x1e,
  octetString: 0x04,
  sequence: 0x30,
  set: 0x31,
} as const

/** Every value of `bytes`, one after the other; undefined when they do not end exactly where the bytes do. */
export function readDer(bytes: Uint8Array): readonly DerValue[] | undefined {
  const values: DerValue[] = []
  let offset = 0
  while (offset < bytes.length) {
    const tag = bytes[offset] ?? 0
    const length = readLength(bytes, offset + 1)
    // A number of 31 announces a tag of more octets: no certificate field has one.
    if (length === undefined || (tag & 0x1f) === 0x1f || length.end + length.value > bytes.length) return undefined
    values.push({ tag, content: bytes.subarray(length.end, length.end + length.value) })
    offset = length.end + length.value
  }
  return values
}

/** X.690 §8.1.3: one octet below 128, else the number of octets that follow; four are more than any certificate needs. */
function readLength(bytes: Uint8Array, offset: number): { readonly value: number; readonly end: number } | undefined {
  const first = bytes[offset]
  if (first === undefined || first === 0x80) return undefined
  if (first < 0x80) return { value: first, end: offset + 1 }
  const count = first & 0x7f
  const octets = bytes.subarray(offset + 1, offset + 1 + count)
  if (count > 4 || octets.length < count) return undefined
  return { value: octets.reduce((value, octet) => value * 256 + octet, 0), end: offset + 1 + count }
}

/** Dotted form. X.690 §8.19: base 128, the first two arcs share one number. */
export function readObjectIdentifier(content: Uint8Array): string {
  const numbers: number[] = []
  let value = 0
  for (const octet of content) {
    value = value * 128 + (octet & 0x7f)
    if (octet < 0x80) {
      numbers.push(value)
      value = 0
    }
  }
  const [first = 0, ...rest] = numbers
  const root = Math.min(Math.floor(first / 40), 2)
  return [root, first - root * 40, ...rest].join('.')
}
