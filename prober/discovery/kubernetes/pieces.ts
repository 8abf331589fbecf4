/** Bytes that come in pieces. Kept as they come, a million pieces of one byte would take hundreds of times as much. */

export interface Pieces {
  size(): number
  add(piece: Uint8Array): void
  /** All so far as text, and begins anew. */
  take(): string
}

/** Most events and refusals are smaller. */
const FIRST_BYTES = 16_384

export function createPieces(): Pieces {
  let bytes = Buffer.allocUnsafe(FIRST_BYTES)
  let size = 0
  return {
    size: () => size,
    add(piece) {
      if (size + piece.length > bytes.length) {
        const larger = Buffer.allocUnsafe(Math.max(2 * bytes.length, size + piece.length))
        bytes.copy(larger, 0, 0, size)
        bytes = larger
      }
      bytes.set(piece, size)
      size += piece.length
    },
    take() {
      const text = bytes.toString('utf8', 0, size)
      if (bytes.length > FIRST_BYTES) bytes = Buffer.allocUnsafe(FIRST_BYTES)
      size = 0
      return text
    },
  }
}
