import { z } from 'zod'
import { integer, parsedText, withDefault } from './field.ts'
import { parseDuration, DURATION_PATTERN } from './duration.ts'
import { ipFields, toIpOptions } from './ip-options.ts'
import type { IpModuleBase, ModuleBase } from './module-base.ts'

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

/** RFC 791 §3.1: 65535 in all, less the headers of IPv4 and ICMP. */
const LARGEST_PAYLOAD_BYTES = 65_507
const MOST_PACKETS = 100
/** Faster is a flood, which ping, too, leaves to root. */
const SHORTEST_INTERVAL_SECONDS = 0.01

const packetInterval = parsedText(parseDuration)
  .refine((seconds) => seconds >= SHORTEST_INTERVAL_SECONDS, 'is under the shortest interval; write "10ms" or more')
  .meta({ pattern: DURATION_PATTERN, examples: ['200ms'] })

export const icmpBlock = z
  .strictObject({
    ...ipFields,
    payload_size: withDefault(
      integer(0, LARGEST_PAYLOAD_BYTES, `write one from 0 to ${LARGEST_PAYLOAD_BYTES}, as in 56`),
      0,
      'Bytes after the ICMP header; `0` means the 28 bytes that blackbox_exporter sends.',
      { examples: [56] },
    ),
    dont_fragment: withDefault(z.boolean(), false, 'Set the DF bit (IPv4), so that a smaller MTU on the way shows.'),
    ttl: withDefault(
      integer(0, 255, 'write one from 0 to 255'),
      64,
      'Hops that a packet may take; `0`: the system’s.',
      {
        examples: [5],
      },
    ),
    packet_count: withDefault(
      integer(1, MOST_PACKETS, `write one from 1 to ${MOST_PACKETS}`),
      1,
      'Echo requests per probe. (Sonde only.)',
      { examples: [10] },
    ),
    packet_interval: withDefault(packetInterval, '200ms', 'Time from one request to the next. (Sonde only.)'),
    max_loss_ratio: withDefault(
      z.number().refine((ratio) => ratio >= 0 && ratio <= 1, 'is no share; write one from 0 to 1, as in 0.5'),
      0.5,
      'Fail when more than this share of the packets is lost: of one packet none, of ten at most five. (Sonde only.)',
      { examples: [0.2] },
    ),
  })
  .meta({ id: 'icmp' })

export function toIcmpModule(base: ModuleBase, block: z.output<typeof icmpBlock>): IcmpModule {
  return {
    prober: 'icmp',
    ...base,
    ...toIpOptions(block),
    payloadBytes: block.payload_size,
    dontFragment: block.dont_fragment,
    ttl: block.ttl,
    packetCount: block.packet_count,
    packetIntervalSeconds: block.packet_interval,
    maxLossRatio: block.max_loss_ratio,
  }
}
