import type { DnsModule, RecordMatchers, Regexp } from '../../config/schema.ts'
import { type Failure, failure, type Reason } from '../../net/outcome.ts'
import type { DnsRecord, DnsReply } from '../../wire/dns-reply.ts'
import { rcodeName, rcodeNumber } from '../../wire/dns-types.ts'

/** In blackbox_exporter's order; the first thing that fails counts. */
export function checkReply(reply: DnsReply, module: DnsModule): Failure | undefined {
  return (
    checkRcode(reply.rcode, module.validRcodes) ??
    checkRecords('dns_answer', 'validate_answer_rrs', reply.answer, module.answer) ??
    checkRecords('dns_authority', 'validate_authority_rrs', reply.authority, module.authority) ??
    checkRecords('dns_additional', 'validate_additional_rrs', reply.additional, module.additional)
  )
}

function checkRcode(rcode: number, valid: readonly string[]): Failure | undefined {
  if (valid.some((name) => rcodeNumber(name) === rcode)) return undefined
  const wanted = valid.length === 0 ? 'is empty' : `has ${valid.join(', ')}`
  return failed('dns_rcode', `The response code is ${rcodeName(rcode)}, valid_rcodes ${wanted}`)
}

function checkRecords(
  reason: Reason,
  block: string,
  records: readonly DnsRecord[],
  matchers: RecordMatchers,
): Failure | undefined {
  const complaint = complaintOf(records, matchers)
  return complaint === undefined ? undefined : failed(reason, `${block}: ${complaint}`)
}

/**
 * As blackbox_exporter does: it looks at each record with all expressions before it looks at the next. What fails, fails
 * in any order; the order only chooses what is told.
 */
function complaintOf(records: readonly DnsRecord[], matchers: RecordMatchers): string | undefined {
  const { failIfMatches, failIfAllMatch, failIfNotMatches, failIfNoneMatches } = matchers
  if (records.length === 0) return withoutRecords(matchers)
  for (const { text } of records) {
    const unwanted = failIfMatches.find((regexp) => regexp.test(text))
    if (unwanted !== undefined) return `fail_if_matches_regexp: ${shown(text)} matches ${quoted(unwanted)}`
    const missing = failIfNotMatches.find((regexp) => !regexp.test(text))
    if (missing !== undefined) return `fail_if_not_matches_regexp: ${shown(text)} does not match ${quoted(missing)}`
  }
  return notAll(records, failIfAllMatch) ?? none(records, failIfNoneMatches)
}

function withoutRecords({ failIfNotMatches, failIfNoneMatches }: RecordMatchers): string | undefined {
  if (failIfNotMatches.length > 0) return 'fail_if_not_matches_regexp is set, and there are no records'
  return failIfNoneMatches.length > 0 ? 'fail_if_none_matches_regexp is set, and there are no records' : undefined
}

/** Against its name, as blackbox_exporter: it fails unless every record matches every expression. */
function notAll(records: readonly DnsRecord[], regexps: readonly Regexp[]): string | undefined {
  for (const regexp of regexps) {
    const other = records.find(({ text }) => !regexp.test(text))
    if (other === undefined) continue
    const meaning = 'blackbox_exporter and Sonde fail here unless all records match'
    return `fail_if_all_match_regexp: ${shown(other.text)} does not match ${quoted(regexp)} (${meaning})`
  }
  return undefined
}

function none(records: readonly DnsRecord[], regexps: readonly Regexp[]): string | undefined {
  if (regexps.length === 0 || records.some(({ text }) => regexps.some((regexp) => regexp.test(text)))) return undefined
  const [first] = records
  const sources = regexps.map(quoted).join(', ')
  const count = records.length === 1 ? 'the one record' : `any of ${records.length} records`
  return `fail_if_none_matches_regexp: ${sources} matches not ${count}, as ${shown(first?.text ?? '')}`
}

function failed(reason: Reason, message: string): Failure {
  return failure('check', reason, cut(message, 1000))
}

/** A record's tabs and line ends would break a message of one line. */
function shown(text: string): string {
  return `"${cut(text.replace(/\s+/g, ' ').trim(), 200)}"`
}

function quoted({ source }: Regexp): string {
  return `"${cut(source, 200)}"`
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}
