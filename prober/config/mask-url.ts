/** What a URL may begin with, in the eyes of WHATWG's parser, which passes over blanks and takes `\` for `/`. */
const START = String.raw`(?:[\s\0-\x20]*[a-z][a-z\d+.\t\r\n-]*:[/\\]+|[/\\]*)`
/** Everything up to the last @ before the path is user information (RFC 3986 §3.2). */
const USER_INFORMATION = new RegExp(String.raw`^(${START})([^/?#\\]*)@`, 'i')
/** What looks like a port but is none is a password that holds a /, ? or # unencoded. */
const ODD_PASSWORD = new RegExp(String.raw`^(${START}[^/?#\\@:[]*):(?!\d*([/?#\\]|$)|xxxxx@).*@`, 'is')
/** A URL inside of a URL, as gateways and caches take it. */
const INNER_PASSWORD = /(:[/\\]+[^/?#\\@:\s]*):[^/?#\\@\s]*@/g

/**
 * A URL, or a target without a scheme, with its password as `xxxxx`: so Go prints it, and so blackbox_exporter shows its
 * proxies. Works on text that is no valid URL too, as it is most needed in error messages.
 */
export function maskUrl(text: string): string {
  return text
    .replace(USER_INFORMATION, (_, start: string, userInformation: string) => {
      const [user = '', ...password] = userInformation.split(':')
      return `${start}${password.length > 0 ? `${user}:xxxxx` : user}@`
    })
    .replace(ODD_PASSWORD, '$1:xxxxx@')
    .replace(INNER_PASSWORD, '$1:xxxxx@')
}
