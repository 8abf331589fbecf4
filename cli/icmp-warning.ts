import type { Config } from '../prober/config/schema.ts'
import { type IcmpPermission, icmpPermission } from '../prober/net/icmp-socket.ts'

/** Where modules want ICMP and this machine gives this process none: it may be another one that serves, so no error. */
export function icmpWarning(
  { modules }: Pick<Config, 'modules'>,
  permission: () => IcmpPermission = icmpPermission,
): string | undefined {
  const names = [...modules].filter(([, { prober }]) => prober === 'icmp').map(([name]) => name)
  if (names.length === 0) return undefined
  const permitted = permission()
  if (permitted.ok) return undefined
  const subject = names.length === 1 ? `modules.${names[0]}` : `modules ${names.join(', ')}`
  return `${subject}: no ICMP here. ${permitted.message}`
}
