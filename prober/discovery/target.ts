/** A target of what a source says, checked as one of the configuration is: who writes there may not write here. */
import type { Parsed } from '../config/parsed.ts'
import { complaintAboutRetry } from '../config/retry.ts'
import { RESERVED_LABELS, readInterval } from '../config/scheduled.ts'
import type { Module, Target, TargetDefaults } from '../config/schema.ts'
import { complaintAbout } from '../config/target-address.ts'
import type { SkipReason, Skipped } from './found.ts'

export interface Wish {
  readonly name: string
  /** By the kind of the module; undefined: such a module cannot ask for it. */
  readonly address: (prober: Module['prober']) => string | undefined
  readonly labels: Readonly<Record<string, string>>
  /** Instead of the source's; as they are written. */
  readonly module?: string | undefined
  readonly interval?: string | undefined
  readonly hostname?: string | undefined
}

export type Modules = ReadonlyMap<string, Pick<Module, 'prober' | 'timeoutSeconds'>>

/** As in the file. */
const LONGEST_NAME = 1024
const HOSTNAME = /^[^\s\p{Cc}/?#@\\]*$/u

export function targetOf(wish: Wish, defaults: TargetDefaults, modules: Modules): Target | Skipped {
  const { name, module: moduleName = defaults.module, hostname = '' } = wish
  const skipped = (reason: SkipReason, message: string): Skipped => ({ name, reason, message })
  const module = modules.get(moduleName)
  if (module === undefined)
    return skipped('module_unknown', `${JSON.stringify(moduleName)} is no module of the configuration`)
  const address = wish.address(module.prober)
  if (address === undefined) {
    const message = `module ${JSON.stringify(moduleName)} has the prober ${module.prober}, which cannot ask a host`
    return skipped('module_unsuited', message)
  }
  const complaint = complaintAbout(address, module.prober)
  if (complaint !== undefined) return skipped('address_invalid', `its address ${complaint}`)
  if (!HOSTNAME.test(hostname)) return skipped('address_invalid', 'its hostname is no host name')
  if (name.length > LONGEST_NAME) return skipped('address_invalid', 'its name is too long')
  const interval = intervalOf(wish, defaults, module.timeoutSeconds)
  if (!interval.ok) return skipped('interval_invalid', `its interval: ${interval.message}`)
  return {
    ...defaults,
    ...{ name, address, module: moduleName, intervalSeconds: interval.value },
    labels: { ...defaults.labels, ...wish.labels },
    ...(hostname === '' ? {} : { hostname }),
  }
}

/** All attempts must fit into it. */
function intervalOf(
  { interval }: Wish,
  { intervalSeconds, retry }: TargetDefaults,
  timeoutSeconds: number,
): Parsed<number> {
  const read = interval === undefined ? ({ ok: true, value: intervalSeconds } as const) : readInterval(interval)
  const complaint = read.ok && retry !== undefined ? complaintAboutRetry(retry, timeoutSeconds, read.value) : undefined
  return complaint === undefined ? read : { ok: false, message: complaint }
}

/** Characters that a name of Prometheus may not have become `_`; a name that metrics have themselves is moved aside. */
export function labelName(text: string): string {
  const name = text
    .replaceAll(/\W/g, '_')
    .replace(/^(?=\d)/, '_')
    .replace(/^__+/, '_')
  return name === 'job' || RESERVED_LABELS.has(name) ? `exported_${name}` : name
}
