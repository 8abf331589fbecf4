/** What a handshake starts from: trust, own certificate, versions. Costly to build, so built once for each content. */
import { hash } from 'node:crypto'
import { createSecureContext, DEFAULT_CIPHERS, getCACertificates } from 'node:tls'
import type { SecureContext, SecureContextOptions, SecureVersion } from 'node:tls'
import type { TlsConfig, TlsVersionName } from '../config/schema.ts'
import type { SecretSource } from '../config/secret.ts'
import { readSecret } from '../config/secret.ts'
import type { CertificateReader } from './certificate.ts'
import { createCertificateReader } from './certificate.ts'
import { aborted } from './deadline.ts'
import type { Failure } from './outcome.ts'
import { failure } from './outcome.ts'
import type { ChainFinder } from './verified-chain.ts'
import { certificatesIn, createChainFinder } from './verified-chain.ts'

export interface TlsContext {
  readonly secure: SecureContext
  /** Whether we have a certificate to show when the server asks for one. */
  readonly clientCertificate: boolean
  /** Certificates read before; shared by every context. */
  readonly read: CertificateReader
  readonly verifiedChain: ChainFinder
}

/** Makes a context per TLS configuration once, and again only when a file that it came from has changed. */
export type TlsContexts = (
  config: TlsConfig,
  signal?: AbortSignal,
) => Promise<{ readonly ok: true; readonly context: TlsContext } | Failure>

interface Material {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

interface Made {
  readonly material: Material
  readonly context: TlsContext
  /** `performance.now()` when the files were last read. */
  readonly readAtMs: number
}

/** Contexts are some 100 KiB; above this many a rotating file, not a configuration, made them. */
const REMEMBERED = 256

/** Reading three files costs a tenth of an HTTPS probe; a rotated certificate can wait this long. */
const FILES_FRESH_MS = 1000

export function createTlsContexts(filesFreshMs = FILES_FRESH_MS): TlsContexts {
  const byConfig = new WeakMap<TlsConfig, Made>()
  // By a digest of the content: configurations that say the same share a context.
  const byContent = new Map<string, TlsContext>()
  const read = createCertificateReader()
  return async (config, signal) => {
    const last = byConfig.get(config)
    const nowMs = performance.now()
    if (last !== undefined && (nowMs - last.readAtMs < filesFreshMs || !comesFromFiles(config))) {
      return { ok: true, context: last.context }
    }
    const material = await readMaterial(config, signal)
    if ('ok' in material) return material
    const isSame = last !== undefined && sameMaterial(material, last.material)
    const made = isSame ? ({ ok: true, context: last.context } as const) : contextFor(config, material, byContent, read)
    if (made.ok) byConfig.set(config, { material, context: made.context, readAtMs: nowMs })
    return made
  }
}

function sameMaterial(one: Material, other: Material): boolean {
  return one.ca === other.ca && one.cert === other.cert && one.key === other.key
}

function comesFromFiles({ ca, cert, key }: TlsConfig): boolean {
  return [ca, cert, key].some((source) => source?.from === 'file')
}

async function readMaterial({ ca, cert, key }: TlsConfig, signal?: AbortSignal): Promise<Material | Failure> {
  try {
    const sources = [ca, cert, key].map((source) => readOptional(source, signal))
    const [caText, certText, keyText] = await Promise.all(sources)
    return { ca: caText, cert: certText, key: keyText }
  } catch (error) {
    if (signal?.aborted) return aborted('prepare', signal)
    // The file system's message holds the code and the path: "ENOENT: no such file or directory, open '/x'".
    return failure(
      'prepare',
      'file_unreadable',
      `tls_config: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

async function readOptional(source: SecretSource | undefined, signal?: AbortSignal): Promise<string | undefined> {
  return source === undefined ? undefined : await readSecret(source, signal)
}

function contextFor(
  config: TlsConfig,
  material: Material,
  known: Map<string, TlsContext>,
  read: CertificateReader,
): { readonly ok: true; readonly context: TlsContext } | Failure {
  const { ca, cert, key } = material
  const content = hash('sha256', JSON.stringify([config.minVersion, config.maxVersion, ca, cert, key]))
  const found = known.get(content)
  if (found !== undefined) return { ok: true, context: found }
  const wrong = unusable(config, material)
  if (wrong !== undefined) return wrong
  try {
    const secure = createSecureContext(contextOptions(config, material))
    const clientCertificate = material.cert !== undefined
    const verifiedChain = createChainFinder(() => trustedPems(material), read)
    const context: TlsContext = { secure, clientCertificate, read, verifiedChain }
    if (known.size >= REMEMBERED) known.clear()
    known.set(content, context)
    return { ok: true, context }
  } catch (error) {
    return badPem(config, error)
  }
}

/** OpenSSL takes a `ca` without any certificate in it for "trust nobody", and says nothing. */
function unusable(config: TlsConfig, { ca }: Material): Failure | undefined {
  if (ca === undefined || certificatesIn(ca).length > 0) return undefined
  return failure('prepare', 'file_unreadable', `tls_config: ${named('ca', config.ca)} holds no certificate in PEM form`)
}

/** OpenSSL's reason ("no start line", "key values mismatch") never holds the key. */
function badPem(config: TlsConfig, error: unknown): Failure {
  const sources = [named('ca', config.ca), named('cert', config.cert), named('key', config.key)]
  const where = sources.filter((source) => source !== undefined).join(', ')
  const reason = error instanceof Error ? error.message : String(error)
  return failure(
    'prepare',
    'file_unreadable',
    `tls_config: Cannot use ${where === '' ? 'these settings' : where}: ${reason}`,
  )
}

function named(key: string, source: SecretSource | undefined): string | undefined {
  if (source === undefined) return undefined
  return source.from === 'file' ? `${key}_file ${source.path}` : key
}

const VERSIONS: Readonly<Record<TlsVersionName, SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
}

function contextOptions(
  { minVersion = 'TLS12', maxVersion = 'TLS13' }: TlsConfig,
  material: Material,
): SecureContextOptions {
  const legacy = minVersion === 'TLS10' || minVersion === 'TLS11'
  return {
    minVersion: VERSIONS[minVersion],
    maxVersion: VERSIONS[maxVersion],
    // Level 1 takes RSA keys of 1024 bits, as Go does (OpenSSL's default takes 2048); TLS 1.0 and 1.1 need 0.
    ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=${legacy ? 0 : 1}`,
    // One key share, X25519: OpenSSL's default adds ML-KEM. Servers without X25519 ask for another one (RFC 8446 §4.1.4).
    ecdhCurve: 'X25519:P-256:P-384:P-521',
    // As Go: any certificate in `ca` is a trust anchor, intermediates and leaves too.
    allowPartialTrustChain: true,
    ca: [...trustedPems(material)],
    ...(material.cert === undefined ? {} : { cert: material.cert }),
    ...(material.key === undefined ? {} : { key: material.key }),
  }
}

function trustedPems({ ca }: Material): readonly string[] {
  return ca === undefined ? trustedByThisMachine() : [ca]
}

/**
 * The system's store as Go uses it (OpenSSL finds it by SSL_CERT_FILE and SSL_CERT_DIR too), or Node's own roots where
 * there is none. Node reads the store once per process (70 ms for Debian's).
 */
function trustedByThisMachine(): readonly string[] {
  const system = getCACertificates('system')
  if (system.length === 0) return getCACertificates('default')
  // A store's folder holds each certificate twice or more: by name, by hash, in the bundle.
  return [...new Set([...system, ...getCACertificates('extra')])]
}
