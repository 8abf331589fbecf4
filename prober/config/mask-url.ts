/**
 * A URL, or a target without a scheme, with its password as `xxxxx`: so Go prints it, and so blackbox_exporter shows its
 * proxies. Works on text that is no valid URL too, as it is most needed in error messages.
 */
export function maskUrl(text: string): string {
  // Everything up to the last @ before the path is user information (RFC 3986 §3.2).
  const masked = text.replace(
    /^([a-z][a-z\d+.-]*:\/+)?([^/?#\\]*)@/i,
    (_, scheme: string | undefined, userInfo: string) => {
      const [user = '', ...password] = userInfo.split(':')
      return `${scheme ?? ''}${password.length > 0 ? `${user}:xxxxx` : user}@`
    },
  )
  // What looks like a port but is none is a password that holds a /, ? or # unencoded.
  return masked.replace(/^([a-z][a-z\d+.-]*:\/+)?([^/?#\\@:[]*):(?!\d*([/?#\\]|$)|xxxxx@)(.*)@/i, '$1$2:xxxxx@')
}
