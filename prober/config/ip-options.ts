/** Which address of a name is probed, and from which of ours: keys of every prober that opens a connection over IP. */
import { isIP } from 'node:net'
import { z } from 'zod'
import { optional, withDefault } from './field.ts'
import type { IpPreference } from './module-base.ts'

const ipLiteral = z.string().superRefine((text, context) => {
  if (text === '' || isIP(text) !== 0) return
  context.addIssue({ code: 'custom', message: 'is no IP address; write one of this machine, as in "192.0.2.10"' })
})

export const ipFields = {
  preferred_ip_protocol: withDefault(z.string(), 'ip6', '`ip4` or `ip6`: which addresses to prefer.', {
    examples: ['ip4', 'ip6'],
  }),
  ip_protocol_fallback: withDefault(z.boolean(), true, 'Take the other family when the preferred one has no address.'),
  source_ip_address: optional(
    ipLiteral,
    'Address of this machine to send from. Only addresses of its family are then probed.',
    { examples: ['192.0.2.10'] },
  ),
}

interface IpOptions {
  readonly preferred_ip_protocol: string
  readonly ip_protocol_fallback: boolean
  readonly source_ip_address?: string | undefined
}

export function toIpOptions(block: IpOptions): { readonly ip: IpPreference; readonly sourceIp: string | undefined } {
  const { source_ip_address: source } = block
  if (source === undefined || source === '') return { ip: preferenceOf(block), sourceIp: undefined }
  return { ip: { preferred: isIP(source) === 6 ? 6 : 4, fallback: false }, sourceIp: source }
}

/** blackbox_exporter: anything but "ip6" and "" means IPv4. */
function preferenceOf({ preferred_ip_protocol: family, ip_protocol_fallback: fallback }: IpOptions): IpPreference {
  return { preferred: ['ip6', ''].includes(family) ? 6 : 4, fallback }
}
