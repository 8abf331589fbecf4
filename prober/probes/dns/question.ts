import type { DnsModule } from '../../config/schema.ts'
import { type Failure, failure } from '../../net/outcome.ts'
import { type DnsQuery, encodeName, encodeQuery } from '../../wire/dns-query.ts'
import { classNumber, typeNumber } from '../../wire/dns-types.ts'
import type { DnsQuestion } from '../probe.ts'

/** What is asked: the module's question, or what the request puts in its place. */
export interface Wanted {
  readonly name: string
  /** In capitals. */
  readonly type: string
}

export function wantedOf(module: DnsModule, asked: DnsQuestion | undefined): Wanted {
  return { name: asked?.name ?? module.queryName, type: (asked?.type ?? module.queryType).toUpperCase() }
}

export interface Question {
  readonly ok: true
  readonly wanted: Wanted
  readonly type: number
  /** The query with this ID. */
  encode(id: number): Buffer
}

export function questionOf(wanted: Wanted, module: DnsModule): Question | Failure {
  const type = typeNumber(wanted.type)
  if (type === undefined) return unfit(`The query type ${quoted(wanted.type)} is none: write A, SOA or TYPE65280`)
  const kind = classNumber(module.queryClass)
  if (kind === undefined) return unfit(`The query class ${quoted(module.queryClass)} is none: write IN or CH`)
  const name = encodeName(wanted.name)
  if (typeof name === 'string') return unfit(`The query name ${quoted(wanted.name)} ${name}`)
  const { recursionDesired, edns } = module
  const query: DnsQuery = { name: wanted.name, type, class: kind, recursionDesired, edns }
  return { ok: true, wanted, type, encode: (id) => encodeQuery(id, query, name) }
}

function unfit(message: string): Failure {
  return failure('prepare', 'target_invalid', message)
}

const LONGEST_SHOWN = 100

function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text)
}
