/** Names in the questions and answers of the domain name system, in capitals or not. */
import { className, classNumber, rcodeName, rcodeNumber, typeName, typeNumber } from '../wire/dns-types.ts'
import { nearest } from './nearest.ts'
import type { Parsed } from './parsed.ts'

/** In capitals; `TYPE1` is `A`, and RFC 3597 §5 names the unknown ones as `TYPE65280`. */
export function parseQueryType(text: string): Parsed<string> {
  const number = typeNumber(text)
  return number === undefined
    ? refused(text, 'record type', typeName, '"A", "SOA" or "TYPE65280"')
    : { ok: true, value: typeName(number).toUpperCase() }
}

export function parseQueryClass(text: string): Parsed<string> {
  return classNumber(text) === undefined
    ? refused(text, 'class', className, '"IN" or "CH"')
    : { ok: true, value: text.toUpperCase() }
}

/** `NOTIMPL` and `NOTIMP` are one. */
export function parseRcode(text: string): Parsed<string> {
  const number = rcodeNumber(text)
  return number === undefined
    ? refused(text, 'response code', rcodeName, '"NOERROR" or "NXDOMAIN"')
    : { ok: true, value: rcodeName(number) }
}

/** All names that somebody may have meant, but the two above 32767, are below this number. */
const NUMBERS = 300

function refused(text: string, kind: string, nameOf: (number: number) => string, examples: string): Parsed<string> {
  const names = Array.from({ length: NUMBERS }, (_, number) => nameOf(number)).filter(
    (name) => name !== 'None' && !/^(TYPE|CLASS|RCODE)\d+$/.test(name),
  )
  const guess = nearest(text, names)
  const write = guess === undefined ? `one as in ${examples}` : JSON.stringify(guess)
  return { ok: false, message: `${JSON.stringify(text)} is no ${kind}; write ${write}` }
}
