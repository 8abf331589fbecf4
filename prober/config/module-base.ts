/** What a module of any prober may say. */
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
