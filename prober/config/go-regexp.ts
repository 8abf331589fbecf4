import { RE2JS, RE2JSSyntaxException } from 're2js'
import type { Parsed } from './parsed.ts'

/** A compiled RE2 expression: Go syntax, linear time, unanchored. */
export interface Regexp {
  readonly source: string
  test(text: string): boolean
  /** The leftmost match with its groups; dearer than `test`. */
  match(text: string): RegexpMatch | undefined
}

export interface RegexpMatch {
  /**
   * Go's Regexp.Expand: `$1`, `${1}`, `$name` and `${name}` are what the group matched, empty when there is no such
   * group or it took no part; a name is as long as it can be (`$1x` is the group `1x`), `$$` is a dollar sign, and a
   * `$` that begins none of these stays.
   */
  expand(template: string): string
}

/** What people bring from other dialects; RE2 leaves them out because they cannot run in linear time. */
const NOT_LINEAR = /\(\?<?[=!]|\\[1-9]|\(\?>/

export function compileRegexp(source: string): Parsed<Regexp> {
  try {
    const program = RE2JS.compile(source)
    // `test` skips captures: 7 ms per MB where matcher().find() takes 56 to 95 (case-insensitive).
    const test = (text: string) => program.test(text)
    return { ok: true, value: { source, test, match: (text) => (test(text) ? matchOf(program, text) : undefined) } }
  } catch (thrown) {
    if (!(thrown instanceof RE2JSSyntaxException)) throw thrown
    const advice = NOT_LINEAR.test(source)
      ? 'write it without lookaround and backreferences, which RE2 lacks'
      : 'write a Go (RE2) regular expression'
    const part = thrown.getPattern()
    const where = part === null || part === source ? '' : ` at ${JSON.stringify(part)}`
    const message = `regular expression ${JSON.stringify(source)}: ${thrown.getDescription()}${where}; ${advice}`
    return { ok: false, message }
  }
}

/** What Go takes for a name: letters, digits and underscores of any script. */
const REFERENCE = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu

function matchOf(program: RE2JS, text: string): RegexpMatch {
  const names = new Map(Object.entries(program.namedGroups()))
  const matcher = program.matcher(text)
  matcher.find()
  const group = (name: string) => {
    const number = /^(0|[1-9]\d*)$/.test(name) ? Number(name) : names.get(name)
    return number === undefined || number > matcher.groupCount() ? '' : (matcher.group(number) ?? '')
  }
  return {
    expand: (template) =>
      template.replace(REFERENCE, (_, plain?: string, braced?: string) => {
        const name = plain ?? braced
        return name === undefined ? '$' : group(name)
      }),
  }
}
