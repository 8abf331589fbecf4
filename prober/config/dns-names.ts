/** Names in the questions and answers of the domain name system, as blackbox_exporter's library (miekg/dns) knows them. */
import { nearest } from './nearest.ts'
import type { Parsed } from './parsed.ts'

/** IANA "Resource Record (RR) TYPEs" and QTYPEs; 0.28 takes each of these. */
const TYPES = (
  'A NS MD MF CNAME SOA MB MG MR NULL PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP-PTR SIG KEY PX GPOS AAAA LOC ' +
  'NXT EID NIMLOC SRV ATMA NAPTR KX CERT DNAME OPT APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3 NSEC3PARAM ' +
  'TLSA SMIMEA HIP NINFO RKEY TALINK CDS CDNSKEY OPENPGPKEY CSYNC ZONEMD SVCB HTTPS SPF UINFO UID GID UNSPEC NID L32 ' +
  'L64 LP EUI48 EUI64 NXNAME URI CAA AVC AMTRELAY RESINFO TA DLV TKEY TSIG IXFR AXFR MAILB MAILA ANY'
).split(' ')

const CLASSES = 'IN CS CH HS NONE ANY'.split(' ')

/** IANA "DNS RCODEs". */
const RCODES = (
  'NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET NOTAUTH NOTZONE BADVERS BADSIG BADKEY ' +
  'BADTIME BADMODE BADNAME BADALG BADTRUNC BADCOOKIE'
).split(' ')

/** Other spellings that blackbox_exporter takes. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['NONE', 'TYPE0'],
  ['RESERVED', 'TYPE65535'],
])

/** In capitals; RFC 3597 §5 names the unknown ones `TYPE65280`. */
export function parseQueryType(text: string): Parsed<string> {
  const name = text.toUpperCase()
  return known(ALIASES.get(name) ?? name, TYPES, 'TYPE', 'record type', '"A", "SOA" or "TYPE65280"')
}

export function parseQueryClass(text: string): Parsed<string> {
  return known(text.toUpperCase(), CLASSES, 'CLASS', 'class', '"IN" or "CH"')
}

/** `NOTIMPL` is an older spelling of the library. */
export function parseRcode(text: string): Parsed<string> {
  const name = text.toUpperCase()
  return known(name === 'NOTIMPL' ? 'NOTIMP' : name, RCODES, undefined, 'response code', '"NOERROR" or "NXDOMAIN"')
}

function known(
  name: string,
  names: readonly string[],
  numbered: string | undefined,
  kind: string,
  examples: string,
): Parsed<string> {
  if (names.includes(name) || (numbered !== undefined && isNumbered(name, numbered))) return { ok: true, value: name }
  const guess = nearest(name, names)
  const write = guess === undefined ? `one as in ${examples}` : JSON.stringify(guess)
  return { ok: false, message: `${JSON.stringify(name)} is no ${kind}; write ${write}` }
}

function isNumbered(name: string, prefix: string): boolean {
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : ''
  return /^\d{1,5}$/.test(digits) && Number(digits) <= 0xffff
}
