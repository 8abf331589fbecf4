import { z } from 'zod'
import {
  atMostOne,
  filePath,
  isSet,
  length,
  optional,
  type Report,
  required,
  rules,
  secretText,
  withDefault,
} from './field.ts'
import { type ResolvePath, secretSource } from './file-paths.ts'
import { checkValue } from './headers.ts'
import { checkProxy, type ProxyConfig, proxyFields, toProxyConfig, urlText } from './proxy-config.ts'
import { type SecretSource, secret } from './secret.ts'
import { type TlsConfig, tlsBlock, toTlsConfig } from './tls-config.ts'

export interface OAuth2Config {
  readonly clientId: string
  readonly clientSecret: SecretSource | undefined
  readonly scopes: readonly string[]
  /** May carry credentials: never print it unmasked. */
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

const basicAuthBlock = rules(
  z.strictObject({
    username: optional(z.string(), 'User name.', { examples: ['prober'] }),
    username_file: filePath('File that holds it.'),
    password: secretText('Password.'),
    password_file: filePath('File that holds it.'),
  }),
  (block, report) => {
    atMostOne(block, ['username', 'username_file'], report)
    atMostOne(block, ['password', 'password_file'], report)
  },
).meta({ id: 'basic_auth' })

const authorizationBlock = rules(
  z.strictObject({
    type: withDefault(z.string(), 'Bearer', 'Scheme of the Authorization header.', { examples: ['Bearer'] }),
    credentials: secretText('What follows the scheme, such as a token.'),
    credentials_file: filePath('File that holds it.'),
  }),
  (block, report) => {
    atMostOne(block, ['credentials', 'credentials_file'], report)
    if (typeof block.type !== 'string') return
    checkValue(['type'], block.type, report)
    if (block.type.trim().toLowerCase() === 'basic') {
      report('type', '"basic" cannot be written this way; use basic_auth with username and password')
    }
  },
).meta({ id: 'authorization' })

const GRANT_TYPES = ['client_credentials'] as const

const oauth2Block = rules(
  z.strictObject({
    client_id: required(
      z.string().min(1, length('is empty; write the client’s name')),
      'The client’s name at the token server.',
      {
        examples: ['sonde'],
      },
    ),
    client_secret: secretText('The client’s secret.'),
    client_secret_file: filePath('File that holds it.'),
    token_url: required(
      urlText(['http:', 'https:'], 'https://login.example.org/token').min(
        1,
        length('is empty; write the token server’s URL'),
      ),
      'Where to ask for a token.',
      { examples: ['https://login.example.org/token'] },
    ),
    scopes: withDefault(z.array(z.string()), [], 'Scopes to ask for.', { examples: [['read']] }),
    endpoint_params: withDefault(z.record(z.string(), z.string()), {}, 'More parameters for the token request.'),
    grant_type: withDefault(z.enum(GRANT_TYPES), 'client_credentials', 'Only this grant is supported.'),
    cache_token: withDefault(
      z.boolean(),
      true,
      'Keep a token until it expires. `false`: a new one for every probe, as blackbox_exporter does. (Sonde only.)',
    ),
    tls_config: optional(tlsBlock, 'TLS towards the token server.'),
    ...proxyFields,
  }),
  (block, report) => {
    atMostOne(block, ['client_secret', 'client_secret_file'], report)
    checkProxy(block, report)
  },
).meta({ id: 'oauth2' })

/** Keys of `http`, inline. */
export const authFields = {
  basic_auth: optional(basicAuthBlock, 'User name and password for every request to the target’s host.'),
  authorization: optional(authorizationBlock, 'An Authorization header for every request to the target’s host.'),
  oauth2: optional(oauth2Block, 'A token fetched before the request, inside the probe’s timeout.'),
  bearer_token: secretText('Old form of `authorization.credentials`.', { deprecated: true }),
  bearer_token_file: optional(z.string(), 'Old form of `authorization.credentials_file`.', { deprecated: true }),
}

export function checkAuth(block: Readonly<Record<string, unknown>>, report: Report): void {
  const ways = ['basic_auth', 'authorization', 'oauth2', 'bearer_token', 'bearer_token_file']
  atMostOne(block, ways.filter((way) => isSet(block[way])).length > 0 ? ways : [], report)
}

interface AuthBlock {
  readonly basic_auth?: z.output<typeof basicAuthBlock> | undefined
  readonly authorization?: z.output<typeof authorizationBlock> | undefined
  readonly oauth2?: z.output<typeof oauth2Block> | undefined
  readonly bearer_token?: string | undefined
  readonly bearer_token_file?: string | undefined
}

export function toHttpAuth(block: AuthBlock, resolvePath: ResolvePath): HttpAuth {
  const source = (value: string | undefined, file: string | undefined): SecretSource =>
    secretSource(value, file, resolvePath) ?? { from: 'value', value: secret('') }
  const { basic_auth: basic, authorization, oauth2 } = block
  if (basic !== undefined) {
    const username = source(basic.username, basic.username_file)
    return { kind: 'basic', username, password: source(basic.password, basic.password_file) }
  }
  if (authorization !== undefined) {
    const credentials = source(authorization.credentials, authorization.credentials_file)
    return { kind: 'authorization', type: authorization.type.trim() || 'Bearer', credentials }
  }
  if (oauth2 !== undefined) return { kind: 'oauth2', oauth2: toOAuth2Config(oauth2, resolvePath) }
  const bearer = secretSource(block.bearer_token, block.bearer_token_file, resolvePath)
  return bearer === undefined ? { kind: 'none' } : { kind: 'authorization', type: 'Bearer', credentials: bearer }
}

function toOAuth2Config(block: z.output<typeof oauth2Block>, resolvePath: ResolvePath): OAuth2Config {
  return {
    clientId: block.client_id,
    clientSecret: secretSource(block.client_secret, block.client_secret_file, resolvePath),
    scopes: block.scopes,
    tokenUrl: new URL(block.token_url),
    endpointParams: block.endpoint_params,
    tls: toTlsConfig(block.tls_config, resolvePath),
    proxy: toProxyConfig(block),
    cacheToken: block.cache_token,
  }
}
