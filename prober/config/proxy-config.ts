import { z } from 'zod'
import { isSet, optional, type Report, withDefault } from './field.ts'
import { checkConnectHeaders, connectHeadersBlock, type SecretHeader, toConnectHeaders } from './headers.ts'

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

const PROXY_SCHEMES = ['http:', 'https:', 'socks5:', 'socks5h:']

/** A URL with one of these schemes; the text itself is never repeated, as it may hold a password. */
export function urlText(schemes: readonly string[], example: string) {
  return z.string().superRefine((text, context) => {
    if (text === '') return
    const url = URL.parse(text)
    const written = schemes.map((scheme) => `${scheme}//`).join(', ')
    const complaint = (message: string) => context.addIssue({ code: 'custom', message })
    if (!/^[a-z][a-z\d+.-]*:\/\//i.test(text))
      complaint(`is no complete URL; begin with ${written}, as in "${example}"`)
    else if (url === null || url.hostname === '') complaint(`is no valid URL; write it as in "${example}"`)
    else if (url.port === '0') complaint('names port 0; write one from 1 to 65535')
    else if (!schemes.includes(url.protocol)) complaint(`has the scheme ${url.protocol}//; use ${written}`)
  })
}

/** Keys of `http` and of `oauth2`, inline in both. */
export const proxyFields = {
  proxy_url: optional(
    urlText(PROXY_SCHEMES, 'http://proxy.example.org:3128'),
    'Proxy for the requests: http://, https://, socks5:// or socks5h://. A password in it is masked.',
    { examples: ['http://proxy.example.org:3128'] },
  ),
  no_proxy: optional(
    z.string(),
    'Hosts to reach without the proxy, separated by commas: names, `.suffix`, addresses, CIDR ranges, `*`.',
    { examples: ['localhost,10.0.0.0/8,.internal.example.org'] },
  ),
  proxy_from_environment: withDefault(
    z.boolean(),
    false,
    'Take the proxy from HTTP_PROXY, HTTPS_PROXY and NO_PROXY (or in lower case).',
  ),
  proxy_connect_header: optional(
    connectHeadersBlock,
    'Headers for the CONNECT request to the proxy: name to list of values. Masked.',
    { writeOnly: true, examples: [{ 'Proxy-Authorization': ['Bearer token'] }] },
  ),
}

export function checkProxy(block: Readonly<Record<string, unknown>>, report: Report): void {
  const [url, environment] = [isSet(block.proxy_url), isSet(block.proxy_from_environment)]
  if (environment && url) report('proxy_url', 'excludes proxy_from_environment; keep one of the two')
  if (environment && isSet(block.no_proxy))
    report('no_proxy', 'excludes proxy_from_environment; set NO_PROXY in the environment')
  if (!environment && !url && isSet(block.no_proxy)) report('no_proxy', 'has no proxy to except from; add proxy_url')
  if (!environment && !url && block.proxy_connect_header !== undefined) {
    report('proxy_connect_header', 'has no proxy to go to; add proxy_url or proxy_from_environment: true')
  }
  checkConnectHeaders(block.proxy_connect_header, 'proxy_connect_header', report)
}

interface ProxyBlock {
  readonly proxy_url?: string | undefined
  readonly no_proxy?: string | undefined
  readonly proxy_from_environment: boolean
  readonly proxy_connect_header?: z.output<typeof connectHeadersBlock> | undefined
}

export function toProxyConfig(block: ProxyBlock): ProxyConfig {
  const connectHeaders = toConnectHeaders(block.proxy_connect_header)
  if (block.proxy_from_environment) return { kind: 'environment', connectHeaders }
  if (block.proxy_url === undefined || block.proxy_url === '') return { kind: 'none' }
  return { kind: 'url', url: new URL(block.proxy_url), noProxy: block.no_proxy ?? '', connectHeaders }
}
