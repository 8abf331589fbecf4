/**
 * CEL expressions over a JSON body. The library takes 85 ms and 28 MB to load, so it is imported when a file first
 * uses it and not before.
 */
import type { Parsed } from './parsed.ts'

/** A compiled CEL expression over one variable, `body`. */
export interface CelProgram {
  readonly source: string
  /** `boolean`, or a message of why it could not be evaluated (missing key, not a boolean, …). */
  evaluate(body: unknown): boolean | { readonly error: string }
}

type Cel = typeof import('@bufbuild/cel')
type Ast = ReturnType<Cel['parse']>['expr']
type Input = import('@bufbuild/cel').CelInput

/** Names that stand for types (CEL spec §"Values"), and the root of `google.protobuf.…`. */
const TYPE_NAMES = 'bool bytes double google int list map null_type string type uint'.split(' ')

export async function compileCel(source: string): Promise<Parsed<CelProgram>> {
  const cel = await import('@bufbuild/cel')
  const refused = (why: string): Parsed<CelProgram> => ({
    ok: false,
    message: `CEL expression ${JSON.stringify(source)}: ${why}; write one as in "body.status == 'UP'"`,
  })
  if (source.trim() === '') return refused('it is empty')
  try {
    const env = cel.celEnv({ variables: { body: cel.CelScalar.DYN } })
    const parsed = cel.parse(source)
    const names = unknownNames(parsed.expr, (name) => env.funcs.find(name) !== undefined)
    if (names.length > 0) return refused(`it knows only \`body\`, not ${names.map((name) => `\`${name}\``).join(', ')}`)
    const run = cel.plan(env, parsed)
    return { ok: true, value: { source, evaluate: (body) => verdict(cel, run({ body: body as Input })) } }
  } catch (thrown) {
    return refused(shortened(thrown instanceof Error ? thrown.message : String(thrown)))
  }
}

function verdict(cel: Cel, result: unknown): boolean | { readonly error: string } {
  if (cel.isCelError(result)) return { error: result.message }
  return typeof result === 'boolean' ? result : { error: `gave ${kindOf(result)} where true or false was expected` }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return typeof value === 'bigint' || typeof value === 'number' ? 'a number' : `a ${typeof value}`
}

/** cel-go refuses undeclared names when it compiles; this library would only when it evaluates, at every probe. */
function unknownNames(root: Ast, isFunction: (name: string) => boolean): string[] {
  const used = new Set<string>()
  const known = new Set(['body', ...TYPE_NAMES])
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('$typeName' in value) {
      if (value.$typeName === 'cel.expr.Expr.Ident') used.add((value as unknown as { name: string }).name)
      if (value.$typeName === 'cel.expr.Expr.Call') noteCall(value as unknown as { function: string })
      if (value.$typeName === 'cel.expr.Expr.Comprehension') declare(value as unknown as Comprehension)
    }
    for (const child of Object.values(value)) visit(child)
  }
  const noteCall = (call: { function: string }) => {
    if (/^\w+$/.test(call.function) && !isFunction(call.function)) used.add(`${call.function}()`)
  }
  const declare = (loop: Comprehension) => {
    for (const name of [loop.iterVar, loop.iterVar2, loop.accuVar]) known.add(name)
  }
  visit(root)
  return [...used].filter((name) => !known.has(name)).sort()
}

interface Comprehension {
  readonly iterVar: string
  readonly iterVar2: string
  readonly accuVar: string
}

/** The parser lists every token that it would have taken; where it stopped is enough. */
function shortened(message: string): string {
  return message
    .replace(/^<input>:/, 'at ')
    .replace(/ but expecting .*$/s, '')
    .replaceAll(/\s+/g, ' ')
}
