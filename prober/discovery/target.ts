/** A target of what a source says, checked as one of the configuration is: who writes there may not write here. */
import { RESERVED_LABELS, readInterval } from '../config/scheduled.ts'
import type { Module, Target, TargetDefaults } from '../config/schema.ts'
import { complaintAbout } from '../config/target-address.ts'
import type { Skipped } from './found.ts'

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

export type Modules = ReadonlyMap<string, Pick<Module, 'prober'>>

/** Prometheus has no longer name of a target, and nobody reads one. */
const LONGEST_NAME = 1024

export function targetOf(wish: Wish, defaults: TargetDefaults, modules: Modules): Target | Skipped {
  const { name, module = defaults.module } = wish
  const skipped = (reason: Skipped['reason'], message: string): Skipped => ({ name, reason, message })
  const prober = modules.get(module)?.prober
  if (prober === undefined)
    return skipped('module_unknown', `${JSON.stringify(module)} is no module of the configuration`)
  const address = wish.address(prober)
  if (address === undefined)
    return skipped(
      'module_unsuited',
      `module ${JSON.stringify(module)} has the prober ${prober}, which cannot ask a host`,
    )
  const complaint = name.length > LONGEST_NAME ? 'is too long' : complaintAbout(address, prober)
  if (complaint !== undefined) return skipped('address_invalid', `its address ${complaint}`)
  const interval = wish.interval === undefined ? undefined : readInterval(wish.interval)
  if (interval?.ok === false) return skipped('interval_invalid', `its interval: ${interval.message}`)
  return {
    ...defaults,
    name,
    address,
    module,
    ...(interval === undefined ? {} : { intervalSeconds: interval.value }),
    labels: { ...defaults.labels, ...wish.labels },
    ...(wish.hostname === undefined || wish.hostname === '' ? {} : { hostname: wish.hostname }),
  }
}

/** Characters that a name of Prometheus may not have become `_`; a name that metrics have themselves is moved aside. */
export function labelName(text: string): string {
  const name = text
    .replaceAll(/\W/g, '_')
    .replace(/^(?=\d)/, '_')
    .replace(/^__+/, '_')
  return RESERVED_LABELS.has(name) ? `exported_${name}` : name
}
