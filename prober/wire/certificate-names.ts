/**
 * The names in a certificate (RFC 5280 §4.1.2.4, §4.2.1.6), written as Go's crypto/x509/pkix writes them: label values
 * of existing dashboards hold this spelling, and OpenSSL's differs in order, escaping and unknown attributes.
 */
import type { DerValue } from './der.ts'
import { readDer, readObjectIdentifier, TAG } from './der.ts'

export interface CertificateNames {
  readonly subject: string
  readonly issuer: string
  readonly dnsNames: readonly string[]
}

interface Attribute {
  readonly type: string
  readonly value: string
}

/** pkix.Name.ToRDNSequence's order; these may have several values, which then share one `+` group. */
const GROUPED: readonly (readonly [string, string])[] = [
  ['2.5.4.6', 'C'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.7', 'L'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.17', 'POSTALCODE'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
]
/** Of these Go keeps the last value only, and none when it is empty. */
const SINGLE: readonly (readonly [string, string])[] = [
  ['2.5.4.3', 'CN'],
  ['2.5.4.5', 'SERIALNUMBER'],
]
const KNOWN = new Set([...GROUPED, ...SINGLE].map(([type]) => type))

const SUBJECT_ALT_NAME = '2.5.29.17'
/** GeneralName's choice dNSName: [2] IMPLICIT IA5String. */
const DNS_NAME = 0x82
/** TBSCertificate's `version [0]` and `extensions [3]`, both EXPLICIT. */
const VERSION = 0xa0
const EXTENSIONS = 0xa3

/** undefined when the DER is not a certificate's; OpenSSL may still have read it. */
export function readCertificateNames(der: Uint8Array): CertificateNames | undefined {
  const fields = children(children(one(der))?.[0])
  if (fields === undefined) return undefined
  // serialNumber, signature, issuer, validity, subject, …
  const [, , issuer, , subject] = fields[0]?.tag === VERSION ? fields.slice(1) : fields
  const issuerText = nameText(issuer)
  const subjectText = nameText(subject)
  if (issuerText === undefined || subjectText === undefined) return undefined
  return { subject: subjectText, issuer: issuerText, dnsNames: readDnsNames(fields) }
}

function one(bytes: Uint8Array | undefined): DerValue | undefined {
  return bytes === undefined ? undefined : readDer(bytes)?.[0]
}

function children(value: DerValue | undefined): readonly DerValue[] | undefined {
  return value === undefined ? undefined : readDer(value.content)
}

function readDnsNames(fields: readonly DerValue[]): string[] {
  const extensions = children(one(fields.find(({ tag }) => tag === EXTENSIONS)?.content)) ?? []
  const parts = extensions
    .map((extension) => children(extension) ?? [])
    .find(([type]) => type !== undefined && readObjectIdentifier(type.content) === SUBJECT_ALT_NAME)
  const value = parts?.find(({ tag }) => tag === TAG.octetString)
  const names = children(one(value?.content)) ?? []
  return names.filter(({ tag }) => tag === DNS_NAME).map(({ content }) => Buffer.from(content).toString('latin1'))
}

/** pkix.Name.String: its own order of attributes, from the last to the first, whatever the certificate's order is. */
function nameText(name: DerValue | undefined): string | undefined {
  const attributes = readAttributes(name)
  if (attributes === undefined) return undefined
  const groups = [
    ...attributes.filter(({ type }) => !KNOWN.has(type)).map((attribute) => unknownText(attribute)),
    ...GROUPED.map(([type, label]) => knownTexts(attributes, type, label).join('+')),
    ...SINGLE.map(([type, label]) => lastText(attributes, type, label)),
  ]
  return groups
    .filter((group) => group !== '')
    .reverse()
    .join(',')
}

/** Name ::= SEQUENCE OF SET OF SEQUENCE { type, value }. */
function readAttributes(name: DerValue | undefined): Attribute[] | undefined {
  const pairs = children(name)?.flatMap((group) => children(group) ?? [])
  return pairs?.flatMap((pair) => {
    const [type, value] = children(pair) ?? []
    return type?.tag === TAG.objectIdentifier && value !== undefined
      ? [{ type: readObjectIdentifier(type.content), value: stringText(value) }]
      : []
  })
}

function stringText({ tag, content }: DerValue): string {
  const bytes = Buffer.from(content)
  if (tag === TAG.utf8String) return bytes.toString('utf8')
  // UTF-16, big-endian
  if (tag === TAG.bmpString && bytes.length % 2 === 0) return bytes.swap16().toString('utf16le')
  return bytes.toString('latin1')
}

function knownTexts(attributes: readonly Attribute[], type: string, label: string): string[] {
  return attributes.filter((attribute) => attribute.type === type).map(({ value }) => `${label}=${escapeValue(value)}`)
}

function lastText(attributes: readonly Attribute[], type: string, label: string): string {
  const value = attributes.findLast((attribute) => attribute.type === type)?.value ?? ''
  return value === '' ? '' : `${label}=${escapeValue(value)}`
}

/** RFC 2253 §2.4 as Go applies it: special characters, a space at either end, `#` in front. */
function escapeValue(value: string): string {
  return value.replace(/[,+"\\<>;]|^[ #]| $/g, '\\$&')
}

/** Types without a label are written as `OID=#` and the hex of the DER that Go would encode the string to. */
function unknownText({ type, value }: Attribute): string {
  // asn1.Marshal takes PrintableString (0x13) where its alphabet is enough; Go's leaves `*` and `&` out.
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value)
  const content = Buffer.from(value, 'utf8')
  return `${type}=#${Buffer.concat([Buffer.from([printable ? 0x13 : 0x0c]), derLength(content.length), content]).toString('hex')}`
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const octets: number[] = []
  for (let rest = length; rest > 0; rest >>= 8) octets.unshift(rest & 0xff)
  return Buffer.from([0x80 | octets.length, ...octets])
}
