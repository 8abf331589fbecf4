/**
 * Numbers and names of DNS (IANA, "Domain Name System Parameters"), spelled as github.com/miekg/dns spells them: users'
 * regular expressions match what it prints.
 */

const TYPES: readonly (readonly [number, string])[] = [
  [0, 'None'],
  [1, 'A'],
  [2, 'NS'],
  [3, 'MD'],
  [4, 'MF'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [7, 'MB'],
  [8, 'MG'],
  [9, 'MR'],
  [10, 'NULL'],
  [12, 'PTR'],
  [13, 'HINFO'],
  [14, 'MINFO'],
  [15, 'MX'],
  [16, 'TXT'],
  [17, 'RP'],
  [18, 'AFSDB'],
  [19, 'X25'],
  [20, 'ISDN'],
  [21, 'RT'],
  [23, 'NSAP-PTR'],
  [24, 'SIG'],
  [25, 'KEY'],
  [26, 'PX'],
  [27, 'GPOS'],
  [28, 'AAAA'],
  [29, 'LOC'],
  [30, 'NXT'],
  [31, 'EID'],
  [32, 'NIMLOC'],
  [33, 'SRV'],
  [34, 'ATMA'],
  [35, 'NAPTR'],
  [36, 'KX'],
  [37, 'CERT'],
  [39, 'DNAME'],
  [41, 'OPT'],
  [42, 'APL'],
  [43, 'DS'],
  [44, 'SSHFP'],
  [45, 'IPSECKEY'],
  [46, 'RRSIG'],
  [47, 'NSEC'],
  [48, 'DNSKEY'],
  [49, 'DHCID'],
  [50, 'NSEC3'],
  [51, 'NSEC3PARAM'],
  [52, 'TLSA'],
  [53, 'SMIMEA'],
  [55, 'HIP'],
  [56, 'NINFO'],
  [57, 'RKEY'],
  [58, 'TALINK'],
  [59, 'CDS'],
  [60, 'CDNSKEY'],
  [61, 'OPENPGPKEY'],
  [62, 'CSYNC'],
  [63, 'ZONEMD'],
  [64, 'SVCB'],
  [65, 'HTTPS'],
  [99, 'SPF'],
  [100, 'UINFO'],
  [101, 'UID'],
  [102, 'GID'],
  [103, 'UNSPEC'],
  [104, 'NID'],
  [105, 'L32'],
  [106, 'L64'],
  [107, 'LP'],
  [108, 'EUI48'],
  [109, 'EUI64'],
  [128, 'NXNAME'],
  [249, 'TKEY'],
  [250, 'TSIG'],
  [251, 'IXFR'],
  [252, 'AXFR'],
  [253, 'MAILB'],
  [254, 'MAILA'],
  [255, 'ANY'],
  [256, 'URI'],
  [257, 'CAA'],
  [258, 'AVC'],
  [260, 'AMTRELAY'],
  [261, 'RESINFO'],
  [32768, 'TA'],
  [32769, 'DLV'],
  [65535, 'Reserved'],
]

const CLASSES: readonly (readonly [number, string])[] = [
  [1, 'IN'],
  [2, 'CS'],
  [3, 'CH'],
  [4, 'HS'],
  [254, 'NONE'],
  [255, 'ANY'],
]

const RCODES: readonly (readonly [number, string])[] = [
  [0, 'NOERROR'],
  [1, 'FORMERR'],
  [2, 'SERVFAIL'],
  [3, 'NXDOMAIN'],
  [4, 'NOTIMP'],
  [5, 'REFUSED'],
  [6, 'YXDOMAIN'],
  [7, 'YXRRSET'],
  [8, 'NXRRSET'],
  [9, 'NOTAUTH'],
  [10, 'NOTZONE'],
  [11, 'DSOTYPENI'],
  // In answers it is BADVERS, RFC 6891 §6.1.3; the library has one name for both.
  [16, 'BADSIG'],
  [17, 'BADKEY'],
  [18, 'BADTIME'],
  [19, 'BADMODE'],
  [20, 'BADNAME'],
  [21, 'BADALG'],
  [22, 'BADTRUNC'],
  [23, 'BADCOOKIE'],
]

const typeNames = new Map(TYPES)
const typeNumbers = byName(TYPES)
const classNames = new Map(CLASSES)
const classNumbers = byName(CLASSES)
const rcodeNames = new Map(RCODES)
const rcodeNumbers = byName([...RCODES, [4, 'NOTIMPL'], [16, 'BADVERS']])

function byName(pairs: readonly (readonly [number, string])[]): ReadonlyMap<string, number> {
  return new Map(pairs.map(([number, name]) => [name.toUpperCase(), number]))
}

/** `AAAA`, or `TYPE65280` (RFC 3597 §5) for one without a name. */
export function typeName(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`
}

/** In capitals or not, by name or as `TYPE65280`; undefined: there is no such type. */
export function typeNumber(name: string): number | undefined {
  return numberOf(name, typeNumbers, 'TYPE')
}

/** `ANY` is a type, too, and so is printed as `CLASS255`. */
export function className(number: number): string {
  const name = classNames.get(number)
  return name === undefined || typeNumbers.get(name) === 255 ? `CLASS${number}` : name
}

export function classNumber(name: string): number | undefined {
  return numberOf(name, classNumbers, 'CLASS')
}

/** `RCODE12` for one without a name. */
export function rcodeName(rcode: number): string {
  return rcodeNames.get(rcode) ?? `RCODE${rcode}`
}

export function rcodeNumber(name: string): number | undefined {
  return rcodeNumbers.get(name.toUpperCase())
}

function numberOf(name: string, known: ReadonlyMap<string, number>, prefix: string): number | undefined {
  const capitals = name.toUpperCase()
  const found = known.get(capitals)
  if (found !== undefined || !capitals.startsWith(prefix)) return found
  const digits = capitals.slice(prefix.length)
  const number = Number(digits)
  return /^\d{1,5}$/.test(digits) && number <= 0xffff ? number : undefined
}
