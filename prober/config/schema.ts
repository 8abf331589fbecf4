// PROVISIONAL: types agreed between rooms. The zod schema replaces this file and must infer the same shapes.
import type { SecretSource } from './secret.ts'

/** A compiled RE2 expression: Go syntax, linear time, unanchored. */
export interface Regexp {
  readonly source: string
  test(text: string): boolean
}

/** A compiled CEL expression over one variable, `body`. */
export interface CelProgram {
  readonly source: string
  /** `boolean`, or a message of why it could not be evaluated (missing key, not a boolean, …). */
  evaluate(body: unknown): boolean | { readonly error: string }
}

export interface IpPreference {
  readonly preferred: 4 | 6
  /** Take the other family when the preferred one has no address. */
  readonly fallback: boolean
}

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

export type ProxyConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'environment'; readonly connectHeaders: readonly SecretHeader[] }
  | {
      readonly kind: 'url'
      /** http, https, socks5 or socks5h; may carry credentials: never print it unmasked. */
      readonly url: URL
      readonly noProxy: string
      readonly connectHeaders: readonly SecretHeader[]
    }

/** A header whose values may come from secrets or files read per probe. */
export interface SecretHeader {
  readonly name: string
  readonly values: readonly SecretSource[]
}

export interface OAuth2Config {
  readonly clientId: string
  readonly clientSecret: SecretSource | undefined
  readonly scopes: readonly string[]
  readonly tokenUrl: URL
  readonly endpointParams: Readonly<Record<string, string>>
  readonly tls: TlsConfig
  readonly proxy: ProxyConfig
  /** false: a new token for every probe, as blackbox_exporter does. */
  readonly cacheToken: boolean
}

export type HttpAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: SecretSource; readonly password: SecretSource }
  | { readonly kind: 'authorization'; readonly type: string; readonly credentials: SecretSource }
  | { readonly kind: 'oauth2'; readonly oauth2: OAuth2Config }

export interface HeaderMatcher {
  readonly header: string
  readonly regexp: Regexp
  readonly allowMissing: boolean
}

export const COMPRESSIONS = ['', 'gzip', 'br', 'deflate', 'zstd', 'identity'] as const
export type Compression = (typeof COMPRESSIONS)[number]

export interface HttpModule {
  readonly prober: 'http'
  /** 0: none of its own; the scrape timeout rules. */
  readonly timeoutSeconds: number
  /** Empty: 200 to 299. */
  readonly validStatusCodes: readonly number[]
  /** Empty: any. Compared as `HTTP/1.1`, `HTTP/2.0`. */
  readonly validHttpVersions: readonly string[]
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly httpHeaders: readonly SecretHeader[]
  readonly body: string
  readonly bodyFile: string | undefined
  /** After decompression; 0: no limit set by the user. */
  readonly bodySizeLimitBytes: number
  readonly compression: Compression
  readonly followRedirects: boolean
  readonly failIfSsl: boolean
  readonly failIfNotSsl: boolean
  readonly failIfBodyMatchesRegexp: readonly Regexp[]
  readonly failIfBodyNotMatchesRegexp: readonly Regexp[]
  readonly failIfBodyJsonMatchesCel: CelProgram | undefined
  readonly failIfBodyJsonNotMatchesCel: CelProgram | undefined
  readonly failIfHeaderMatches: readonly HeaderMatcher[]
  readonly failIfHeaderNotMatches: readonly HeaderMatcher[]
  readonly ip: IpPreference
  readonly skipResolvePhaseWithProxy: boolean
  readonly http2: boolean
  readonly auth: HttpAuth
  readonly proxy: ProxyConfig
  readonly tls: TlsConfig
}

export type Module = HttpModule

export interface Target {
  /** Unique; the value of the `instance` label. Defaults to the address. */
  readonly name: string
  readonly address: string
  /** A key of `modules`. */
  readonly module: string
  readonly intervalSeconds: number
  readonly labels: Readonly<Record<string, string>>
}

export interface Config {
  readonly modules: ReadonlyMap<string, Module>
  readonly targets: readonly Target[]
  /** The whole configuration as YAML, defaults filled in and every secret masked: what `/config` shows. */
  readonly yaml: string
  /** The same for one module by name: what `/probe?debug=true` shows. */
  readonly moduleYaml: ReadonlyMap<string, string>
  /** Things that load but deserve a word: deprecated keys, values that can never match. One line each, with file:line:col. */
  readonly warnings: readonly string[]
}
