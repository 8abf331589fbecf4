/** The 4 or 16 bytes of an address that `net.isIP` accepts. IPv4-mapped IPv6 gives 4 bytes, as Go's `To4` does. */
export function addressBytes(ip: string): Uint8Array {
  return ip.includes(':') ? unmapped(ipv6Bytes(ip.split('%')[0] ?? '')) : Uint8Array.of(...ip.split('.').map(Number))
}

/** RFC 4291 §2.2: groups of 16 bits, `::` for as many zero groups as are missing, the last two perhaps dotted. */
function ipv6Bytes(ip: string): Uint8Array {
  const [before = '', after] = ip.split('::')
  const head = groupBytes(before)
  const tail = groupBytes(after ?? '')
  return Uint8Array.of(...head, ...new Uint8Array(Math.max(0, 16 - head.length - tail.length)), ...tail)
}

function groupBytes(groups: string): number[] {
  if (groups === '') return []
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

function unmapped(bytes: Uint8Array): Uint8Array {
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  return isMapped ? bytes.subarray(12) : bytes
}

/** RFC 5952: lower case, the longest run of zero groups (the first of equals, two at least) as `::`. */
export function ipv6Text(bytes: Uint8Array): string {
  if (unmapped(bytes).length === 4) return `::ffff:${bytes.subarray(12).join('.')}`
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0))
  const { from, length } = longestZeros(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, from).join(':')}::${hex.slice(from + length).join(':')}`
}

function longestZeros(groups: readonly number[]): { readonly from: number; readonly length: number } {
  let longest = { from: 0, length: 0 }
  let from = 0
  for (const [index, group] of groups.entries()) {
    if (group !== 0) from = index + 1
    else if (index + 1 - from > longest.length) longest = { from, length: index + 1 - from }
  }
  return longest
}
