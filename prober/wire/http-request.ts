/** An HTTP/1.1 request that wants the connection closed after its answer (RFC 9112). */

export interface Http1Request {
  readonly method: string
  /** Origin form, or absolute for a plain proxy. */
  readonly path: string
  /** Name, value, name, value, …; `host` among them. One character per byte. */
  readonly headers: readonly string[]
  readonly body: Buffer | undefined
  /** The value of an Upgrade header. */
  readonly upgrade: string | undefined
}

/** Of these a server expects a body, so that an empty one is announced too (RFC 9110 §8.6). */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])

/** RFC 9110 §5.5, §5.6.2, and no white space in what stands between two blanks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be sent
const UNFIT_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f\u0100-\uffff]/
const UNFIT_WORD = /[^\u0021-\u007e\u0080-\u00ff]/
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/

/** All that stands before the body, one character per byte; undefined: something in it would break out of its line. */
export function encodeRequestHead({ method, path, headers, body, upgrade }: Http1Request): string | undefined {
  if (!TOKEN.test(method) || path === '' || UNFIT_WORD.test(path)) return undefined
  let head = `${method} ${path} HTTP/1.1\r\n`
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name = '', value = ''] = [headers[index], headers[index + 1]]
    if (!TOKEN.test(name) || UNFIT_VALUE.test(value)) return undefined
    head += `${name}: ${value}\r\n`
  }
  if (body !== undefined || WITH_BODY.has(method)) head += `content-length: ${body?.length ?? 0}\r\n`
  if (upgrade === undefined) return `${head}connection: close\r\n\r\n`
  return UNFIT_VALUE.test(upgrade) ? undefined : `${head}connection: upgrade\r\nupgrade: ${upgrade}\r\n\r\n`
}
