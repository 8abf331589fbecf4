import { valuesSchemaText } from '../../cli/chart-values-schema.ts'
import { assert, describe } from '../harness.ts'

const VALUES = `# A file's own comment.

# @schema {maxLength: 50}
# -- Its name.
name: ""

limits:
  # -- How much.
  cpu: 1
  # @schema {additionalProperties: {type: string}}
  # -- What else.
  more:
    memory: 1Gi

# -- Several.
services: []

# @schema {enum: [99, null]}
# -- None, or one.
objective: 99
`

const REFUSED = [
  ['services: []\n', /^services: has no description; write "# -- what it is" above it$/],
  ['a:\n  # not described\n  b: 1\n# -- x\nservices: []\n', /^a\.b: has no description/],
  ['# -- x\na: null\n# -- x\nservices: []\n', /^a: its default says no type; write "# @schema \{type: …\}" above it$/],
  ['- a\n', /^no map$/],
] as const

describe('cli/chart-values-schema', (test) => {
  test('types come from the defaults, the rest from the comments; all that is not open is closed', () => {
    const { properties, required, additionalProperties } = JSON.parse(valuesSchemaText(VALUES)) as Record<
      string,
      unknown
    >
    assert.is(additionalProperties, false)
    assert.equal(required, ['limits'], 'what is empty or null without harm may be missing')
    assert.equal(properties, {
      name: { description: 'Its name.', type: 'string', maxLength: 50 },
      limits: {
        type: 'object',
        additionalProperties: false,
        required: ['cpu'],
        properties: {
          cpu: { description: 'How much.', type: 'integer' },
          more: { description: 'What else.', type: 'object', additionalProperties: { type: 'string' } },
        },
      },
      services: {
        description: 'Several.',
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['name'],
          properties: {
            name: { $ref: '#/properties/name' },
            limits: {
              type: 'object',
              additionalProperties: false,
              properties: {
                cpu: { description: 'How much.', type: 'integer' },
                more: { description: 'What else.', type: 'object', additionalProperties: { type: 'string' } },
              },
            },
          },
        },
      },
      objective: { description: 'None, or one.', enum: [99, null] },
    })
  })

  for (const [values, message] of REFUSED) {
    test(`throws: ${message.source}`, () => {
      assert.throws(
        () => valuesSchemaText(values),
        (thrown: unknown) => thrown instanceof Error && message.test(thrown.message.replace('values.yaml: ', '')),
      )
    })
  }
})
