import { configDocument, configJsonSchema, configJsonSchemaText } from '../../../prober/config/document.ts'
import { parseConfig } from '../../../prober/config/load.ts'
import { assert, describe } from '../../harness.ts'

const EXAMPLES = [...configDocument().matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml)

describe('prober/config/document', (test) => {
  test('there is an example for each block', () => {
    const blocks = Object.keys(configJsonSchema().$defs ?? {})
    assert.ok(EXAMPLES.length > blocks.length, `${EXAMPLES.length} examples, ${blocks.length} blocks and the file`)
  })

  for (const [index, yaml] of EXAMPLES.entries()) {
    test(`example ${index + 1} of the documentation loads without a warning`, async () => {
      const loaded = await parseConfig(yaml, 'sonde.yml')
      assert.equal(loaded.ok ? loaded.config.warnings : loaded.errors, [])
    })
  }

  test('every key has a sentence', () => {
    for (const [name, block] of Object.entries({ file: configJsonSchema(), ...configJsonSchema().$defs })) {
      for (const [key, property] of Object.entries(block.properties ?? {})) {
        assert.match(property.description ?? '', /^\S.*[.)]$/s, `${name}.${key}`)
      }
    }
  })

  test('every default and example in the schema is itself accepted', async () => {
    const http = configJsonSchema().$defs?.http?.properties ?? {}
    const refused = new Set(['fail_if_ssl', 'fail_if_not_ssl'])
    for (const [key, property] of Object.entries(http)) {
      const { examples = [] } = property as { readonly examples?: readonly unknown[] }
      for (const value of [property.default, ...examples]) {
        if (value === undefined || refused.has(key)) continue
        const needs = key === 'no_proxy' || key === 'proxy_connect_header' ? { proxy_url: 'http://p' } : {}
        const file = JSON.stringify({ modules: { m: { prober: 'http', http: { ...needs, [key]: value } } } })
        const loaded = await parseConfig(file, 'f')
        assert.equal(loaded.ok ? [] : loaded.errors, [], key)
      }
    }
  })

  test('the schema of the editors refuses unknown keys in every block', () => {
    for (const block of [configJsonSchema(), ...Object.values(configJsonSchema().$defs ?? {})]) {
      assert.is(block.additionalProperties, false)
    }
    assert.is(configJsonSchemaText().endsWith('}\n'), true)
  })
})
