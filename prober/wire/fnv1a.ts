/** FNV-1a, 32 bits (draft-eastlake-fnv §2): what Go's hash/fnv New32a computes. Stable over restarts and machines. */
export function fnv1a32(bytes: Iterable<number>): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
