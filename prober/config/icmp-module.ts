import type { IpModuleBase } from './module-base.ts'

export interface IcmpModule extends IpModuleBase {
  readonly prober: 'icmp'
  /** 0: blackbox_exporter's 28 bytes of text. */
  readonly payloadBytes: number
  readonly dontFragment: boolean
  /** 1 to 255; 0: the kernel's. */
  readonly ttl: number
  /** Echo requests per probe; 1 as blackbox_exporter, more is ours (#355). */
  readonly packetCount: number
  /** Between the starts of two requests. */
  readonly packetIntervalSeconds: number
  /** More than this share of lost packets fails the probe; 0.5 of 1 packet: none may be lost. */
  readonly maxLossRatio: number
}
