// PROVISIONAL types
export interface Certificate {
  /** RFC 2253 style, as Go prints it: `CN=example.org,O=Example`. */
  readonly subject: string
  readonly issuer: string
  /** Lower-case hex, no colons, as Go's big.Int prints it (no leading zeros). */
  readonly serialNumber: string
  /** Lower-case hex, no colons. */
  readonly fingerprintSha256: string
  readonly dnsNames: readonly string[]
  readonly notBeforeSeconds: number
  readonly notAfterSeconds: number
  pem(): string
}
