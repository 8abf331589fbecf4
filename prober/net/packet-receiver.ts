import { type ControlData, decodeControl } from '../wire/socket-message.ts'
import type { Kernel } from './kernel.ts'

/** `bytes` and what is in `control` are the receiver's own memory, good until the next call. */
export interface Packet {
  readonly bytes: Buffer
  readonly control: ControlData
}

/** Or an errno. */
export type Received = Packet | number

/** No IP packet is larger. */
const MOST_BYTES = 65_536
const MOST_CONTROL_BYTES = 512
/** struct msghdr: where its fields stand; behind it we put the struct iovec to which it points. */
const MSGHDR = { iov: 16, iovCount: 24, control: 32, controlBytes: 40, bytes: 56 } as const
const IOVEC = { base: MSGHDR.bytes, length: MSGHDR.bytes + 8, bytes: 16 } as const

/**
 * One place for every packet of the process: it is read and understood before the next one comes. The kernel writes
 * through pointers, so each buffer must be one that the function below holds.
 */
export function createReceiver(kernel: Kernel): (fd: number, flags: number) => Received {
  const bytes = Buffer.alloc(MOST_BYTES)
  const control = Buffer.alloc(MOST_CONTROL_BYTES)
  const header = Buffer.alloc(MSGHDR.bytes + IOVEC.bytes)
  header.writeBigUInt64LE(kernel.pointerTo(bytes), IOVEC.base)
  header.writeBigUInt64LE(BigInt(MOST_BYTES), IOVEC.length)
  header.writeBigUInt64LE(kernel.pointerTo(header) + BigInt(IOVEC.base), MSGHDR.iov)
  header.writeBigUInt64LE(1n, MSGHDR.iovCount)
  header.writeBigUInt64LE(kernel.pointerTo(control), MSGHDR.control)
  return (fd, flags) => {
    header.writeBigUInt64LE(BigInt(MOST_CONTROL_BYTES), MSGHDR.controlBytes)
    const count = kernel.recvmsg(fd, header, flags)
    if (count < 0) return count
    const controlBytes = Number(header.readBigUInt64LE(MSGHDR.controlBytes))
    return { bytes: bytes.subarray(0, count), control: decodeControl(control.subarray(0, controlBytes)) }
  }
}
