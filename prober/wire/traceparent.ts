/** The request header `traceparent`, by which a service continues our trace. W3C Trace Context §3.2. */

export interface TraceParent {
  /** 16 bytes, lower-case hexadecimal. */
  readonly traceId: string
  /** 8 bytes, lower-case hexadecimal. */
  readonly spanId: string
  readonly sampled: boolean
}

export function encodeTraceparent({ traceId, spanId, sampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}

/**
 * The trace id alone decides, by its right 56 bits, which are random also where a time stands in front (Trace Context 2
 * §3.2.2.3): whoever samples by the same ratio decides alike (OTEP 235). Without the last 4, which a double cannot hold.
 */
export function isSampled(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(-14, -1), 16) >= (1 - ratio) * 16 ** 13
}
