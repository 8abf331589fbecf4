/** `query_response`: what is expected and said, step by step, by tcp, unix and websocket. */
import { z } from 'zod'
import { atMostOne, optional, type Report, regexp, required, rules, secretText, withDefault } from './field.ts'
import type { Regexp } from './go-regexp.ts'

/** One step of `query_response`; what it has is done in this order: expect, expectBytes, send, starttls. */
export interface QueryStep {
  /** Lines are read until one matches. */
  readonly expect: Regexp | undefined
  /** So many bytes are read, and must be these. */
  readonly expectBytes: string | undefined
  /** Shown by `probe_expect_info` when `expect` matched; `${1}` in a value is what the group matched. */
  readonly labels: readonly { readonly name: string; readonly value: string }[]
  /** `${1}` and `$name` are what `expect` matched; a line feed is added. undefined: nothing is sent. */
  readonly send: string | undefined
  readonly startTls: boolean
}

/** Prometheus: a label name outside this is refused by the scrape. */
export const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/**
 * UTF-8 names as blackbox_exporter's library writes them for whoever does not ask for such names (`a-b` as `a_b`); all
 * versions of Prometheus take these.
 */
export function shownLabelName(name: string): string {
  return [...name]
    .map((letter, index) => (/[a-zA-Z_]/.test(letter) || (index > 0 && /\d/.test(letter)) ? letter : '_'))
    .join('')
}

const expectLabel = z
  .strictObject({
    name: required(z.string(), 'Name of the label.', { examples: ['version'] }),
    value: withDefault(
      z.string(),
      '',
      'Its value; `$1` is what the first group of `expect` matched, `$name` a named one.',
      { examples: ['$1'] },
    ),
  })
  .meta({ id: 'expect_label' })

const step = rules(
  z.strictObject({
    expect: optional(regexp, 'Read lines until one matches this RE2 expression.', { examples: ['^220 .*ESMTP'] }),
    expect_bytes: optional(z.string(), 'Read as many bytes as this has; they must be the same.', {
      examples: ['SSH-2.0-'],
    }),
    labels: withDefault(z.array(expectLabel), [], 'Shown by `probe_expect_info` when `expect` matched.', {
      examples: [[{ name: 'version', value: '$1' }]],
    }),
    send: secretText(
      'Then send this and a line feed (write `\\r` for CRLF); `$1` is what the first group of `expect` matched. Masked.',
      { examples: ['EHLO prober'] },
    ),
    starttls: withDefault(z.boolean(), false, 'Then go on over TLS.'),
  }),
  checkStep,
).meta({ id: 'query_response' })

function checkStep(block: Readonly<Record<string, unknown>>, report: Report): void {
  atMostOne(block, ['expect', 'expect_bytes'], report)
  if (!Array.isArray(block.labels)) return
  const first = new Map<string, number>()
  for (const [index, label] of block.labels.entries()) {
    const name = (label as { readonly name?: unknown } | undefined)?.name
    if (typeof name !== 'string') continue
    const shown = shownLabelName(name)
    const twin = first.get(shown)
    if (name === '') {
      report(['labels', index, 'name'], 'is empty; write a name as in "version"')
    } else if (shown.startsWith('__')) {
      report(['labels', index, 'name'], 'is kept for Prometheus; write a name without __ in front')
    } else if (twin !== undefined) {
      report(['labels', index, 'name'], `is the name of labels[${twin}], too; write another`)
    }
    first.set(shown, twin ?? index)
  }
}

export const queryResponseField = withDefault(
  z.array(step),
  [],
  'Steps of the dialogue after the connection stands, one after the other.',
  { examples: [[{ expect: '^220 ' }, { send: 'QUIT' }]] },
)

export type StepBlock = z.output<typeof step>

/** An empty text counts as not set, as blackbox_exporter sees it. */
export function toQuerySteps(steps: readonly StepBlock[]): readonly QueryStep[] {
  return steps.map(({ expect, expect_bytes, labels, send, starttls }) => ({
    expect: expect?.source === '' ? undefined : expect,
    expectBytes: expect_bytes === '' ? undefined : expect_bytes,
    labels: labels.map(({ name, value }) => ({ name: shownLabelName(name), value })),
    send: send === '' ? undefined : send,
    startTls: starttls,
  }))
}
