import { z } from 'zod'
import { atMostOne, filePath, isSet, optional, type Report, rules, secretText, withDefault } from './field.ts'
import { type ResolvePath, secretSource } from './file-paths.ts'
import { holdsCertificate, holdsPrivateKey } from './pem.ts'
import type { SecretSource } from './secret.ts'

export const TLS_VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const
export type TlsVersionName = (typeof TLS_VERSIONS)[number]

export interface TlsConfig {
  readonly insecureSkipVerify: boolean
  readonly ca: SecretSource | undefined
  readonly cert: SecretSource | undefined
  readonly key: SecretSource | undefined
  readonly serverName: string | undefined
  readonly minVersion: TlsVersionName | undefined
  readonly maxVersion: TlsVersionName | undefined
}

export const tlsBlock = rules(
  z.strictObject({
    insecure_skip_verify: withDefault(
      z.boolean(),
      false,
      'Accept any certificate. What is wrong with it is still measured and shown.',
    ),
    ca: optional(z.string(), 'PEM of the authorities to trust instead of the system’s.'),
    ca_file: filePath('File of the same.'),
    cert: optional(z.string(), 'PEM of the client certificate; needs a key.'),
    cert_file: filePath('File of the same.'),
    key: secretText('PEM of the client certificate’s key; needs a certificate.'),
    key_file: filePath('File of the same.'),
    server_name: optional(
      z.string(),
      'Name to ask for (SNI) and to expect in the certificate, instead of the target’s host.',
      {
        examples: ['www.example.org'],
      },
    ),
    min_version: optional(z.enum(TLS_VERSIONS), 'Lowest TLS version; TLS12 when not set.', { examples: ['TLS12'] }),
    max_version: optional(z.enum(TLS_VERSIONS), 'Highest TLS version; TLS13 when not set.', { examples: ['TLS13'] }),
  }),
  checkTls,
).meta({ id: 'tls_config' })

function checkTls(block: Readonly<Record<string, unknown>>, report: Report): void {
  for (const name of ['ca', 'cert', 'key']) atMostOne(block, [name, `${name}_file`], report)
  const certificate = ['cert', 'cert_file'].find((key) => isSet(block[key]))
  const key = ['key', 'key_file'].find((name) => isSet(block[name]))
  if (certificate !== undefined && key === undefined) report(certificate, 'has no key beside it; add key_file or key')
  if (key !== undefined && certificate === undefined) report(key, 'has no certificate beside it; add cert_file or cert')
  checkPem(block, report)
  checkVersions(block, report)
}

/** Read at load, since what is wrong in the file itself need not wait for the first probe. */
function checkPem(block: Readonly<Record<string, unknown>>, report: Report): void {
  for (const name of ['ca', 'cert']) {
    const value = block[name]
    if (typeof value !== 'string' || value === '' || holdsCertificate(value)) continue
    report(name, `holds no certificate in PEM form; begin with -----BEGIN CERTIFICATE-----, or write ${name}_file`)
  }
  const { key } = block
  if (typeof key !== 'string' || key === '' || holdsPrivateKey(key)) return
  report(
    'key',
    'holds no private key in PEM form without a pass phrase; begin with -----BEGIN PRIVATE KEY-----, or write key_file',
  )
}

/** Without `min_version` the lowest is TLS12, as in Go. */
function checkVersions({ min_version, max_version }: Readonly<Record<string, unknown>>, report: Report): void {
  const rank = (version: unknown) => TLS_VERSIONS.indexOf(version as TlsVersionName)
  if (rank(max_version) < 0 || rank(min_version ?? 'TLS12') <= rank(max_version)) return
  report(
    'max_version',
    min_version === undefined
      ? `${max_version} is below TLS12, the lowest when min_version is not set; add min_version: ${max_version}`
      : `${max_version} is below min_version ${min_version}; write ${min_version} or higher`,
  )
}

export type TlsBlock = z.output<typeof tlsBlock>

const NO_TLS_OPTIONS: TlsBlock = { insecure_skip_verify: false }

export function toTlsConfig(block: TlsBlock = NO_TLS_OPTIONS, resolvePath: ResolvePath): TlsConfig {
  return {
    insecureSkipVerify: block.insecure_skip_verify,
    ca: secretSource(block.ca, block.ca_file, resolvePath),
    cert: secretSource(block.cert, block.cert_file, resolvePath),
    key: secretSource(block.key, block.key_file, resolvePath),
    serverName: block.server_name === '' ? undefined : block.server_name,
    minVersion: block.min_version,
    maxVersion: block.max_version,
  }
}
