import type { Module, Target } from '../config/schema.ts'
import type { ProbeRequest } from './probe.ts'

/** What a run of a scheduled target asks; how long it may take is said by whoever runs it. */
export function targetRequest(
  { address, hostname, question, addresses, hop }: Target,
  module: Module,
): Omit<ProbeRequest, 'timeoutSeconds'> {
  return {
    target: address,
    module,
    ...(hostname === undefined ? {} : { hostname }),
    ...(hop === undefined ? {} : { staysAtTarget: true }),
    ...(question === undefined ? {} : { question }),
    ...(addresses === undefined ? {} : { addresses }),
  }
}
