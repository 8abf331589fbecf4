/** What a module of any prober may say. */
import { isIP } from 'node:net'
import { z } from 'zod'
import { optional, parsedText, seconds, withDefault } from './field.ts'
import type { Parsed } from './parsed.ts'

export interface IpPreference {
  readonly preferred: 4 | 6
  /** Take the other family when the preferred one has no address. */
  readonly fallback: boolean
}

/** Which of a name's addresses are probed, and what then counts as success (#1512). */
export const ADDRESS_MODES = ['one', 'any', 'all'] as const
export type AddressMode = (typeof ADDRESS_MODES)[number]

/** A name server to ask instead of the system's (#1443). */
export interface NameServerAddress {
  readonly ip: string
  readonly port: number
}

export interface ModuleBase {
  /** 0: none of its own; the scrape timeout rules. */
  readonly timeoutSeconds: number
  /** undefined: as the system is set up. */
  readonly resolver: NameServerAddress | undefined
  readonly addresses: AddressMode
}

/** Of a prober that opens a connection over IP. */
export interface IpModuleBase extends ModuleBase {
  readonly ip: IpPreference
  /** IP literal to send from; undefined: the kernel chooses. */
  readonly sourceIp: string | undefined
}

/** RFC 1035 §4.2. */
const DNS_PORT = 53

/** `10.0.0.10`, `10.0.0.10:5353`, `fd00::10`, `[fd00::10]:5353`. */
export function parseNameServer(text: string): Parsed<NameServerAddress> {
  const [, bracketed, dotted, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? []
  const ip = isIP(text) === 6 ? text : (bracketed ?? dotted ?? '')
  const isWellFormed = bracketed === undefined ? isIP(ip) !== 0 : isIP(ip) === 6
  if (!isWellFormed) {
    return { ok: false, message: 'is no address of a name server; write its IP, as in "10.0.0.10" or "[fd00::10]:53"' }
  }
  const number = Number(isIP(text) === 6 ? DNS_PORT : (port ?? DNS_PORT))
  if (number < 1 || number > 65_535) return { ok: false, message: 'names an odd port; write one from 1 to 65535' }
  return { ok: true, value: { ip, port: number } }
}

export const baseFields = {
  timeout: withDefault(
    seconds,
    '0s',
    'Longest time for the whole probe; `0s` leaves it to the scrape timeout. Needs a unit: `ms`, `s`, `m` or `h`.',
    { examples: ['5s'] },
  ),
  resolver: optional(
    parsedText(parseNameServer),
    'Name server to ask for addresses instead of the system’s: `IP` or `IP:port`. (Sonde only.)',
    { examples: ['10.0.0.10', '[fd00::10]:53'] },
  ),
  addresses: withDefault(
    z.enum(ADDRESS_MODES),
    'one',
    'Which of a name’s addresses are probed: `one`, as in blackbox_exporter; or each, and one (`any`) or every (`all`) must pass. (Sonde only.)',
    { examples: ['all'] },
  ),
}

interface BaseOptions {
  readonly timeout: number
  readonly resolver?: NameServerAddress | undefined
  readonly addresses: AddressMode
}

export function toModuleBase({ timeout, resolver, addresses }: BaseOptions): ModuleBase {
  return { timeoutSeconds: timeout, resolver, addresses }
}
