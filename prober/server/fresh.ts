/** `/probe` with `max_age`: the latest result of a scheduled target instead of one more probe, when it is fresh enough. */
import type { Target } from '../config/schema.ts'
import { ageSeconds } from '../metrics/run-table.ts'
import type { DnsQuestion } from '../probes/probe.ts'
import type { Result } from '../probes/result.ts'
import type { Latest } from '../sinks/latest.ts'

export interface Question {
  /** A scheduled target's name or its address. */
  readonly target: string
  readonly moduleName: string
  readonly hostname?: string
  readonly question?: DnsQuestion
}

/** The scheduled target that asks just this, if there is one; of a name and an address that are the same, the name's. */
export type FindScheduled = (targets: readonly Target[], question: Question) => Target | undefined

/** Looked through once for each configuration: thousands of targets are asked for at each scrape. */
export function createScheduledFinder(): FindScheduled {
  let last: { readonly targets: readonly Target[]; readonly index: Index } | undefined
  return (targets, question) => {
    if (last?.targets !== targets) last = { targets, index: indexOf(targets) }
    const { byName, byAddress } = last.index
    const named = byName.get(question.target)
    if (named !== undefined && isNamedBy(question, named)) return named
    return byAddress.get(addressKey(question.moduleName, question.target))?.find((target) => isAsked(question, target))
  }
}

interface Index {
  readonly byName: ReadonlyMap<string, Target>
  readonly byAddress: ReadonlyMap<string, readonly Target[]>
}

function indexOf(targets: readonly Target[]): Index {
  return {
    byName: new Map(targets.map((target) => [target.name, target])),
    byAddress: Map.groupBy(targets, ({ module, address }) => addressKey(module, address)),
  }
}

function addressKey(module: string, address: string): string {
  return `${module}\n${address}`
}

/** What is asked beside the name must not be another thing than what the target is. */
function isNamedBy({ moduleName, hostname, question }: Question, target: Target): boolean {
  if (target.module !== moduleName) return false
  if (hostname !== undefined && hostname !== target.hostname) return false
  return question === undefined || isSameQuestion(question, target.question)
}

function isAsked({ hostname, question }: Question, target: Target): boolean {
  return hostname === target.hostname && isSameQuestion(question, target.question)
}

function isSameQuestion(a: DnsQuestion | undefined, b: DnsQuestion | undefined): boolean {
  return a?.name === b?.name && a?.type === b?.type
}

export interface Fresh {
  readonly result: Result
  readonly ageSeconds: number
}

/** `nowSeconds`: by the schedule's clock. */
export function freshResult(
  latest: Latest,
  { name }: Target,
  maxAgeSeconds: number,
  nowSeconds: number,
): Fresh | undefined {
  const run = latest.of(name)
  if (run === undefined) return undefined
  const age = ageSeconds(run.endedSeconds, nowSeconds)
  return age <= maxAgeSeconds ? { result: run.result, ageSeconds: age } : undefined
}
