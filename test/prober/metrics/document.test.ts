import { metricsDocument } from '../../../prober/metrics/document.ts'
import { PHASES, REASONS } from '../../../prober/net/outcome.ts'
import { assert, describe } from '../../harness.ts'

function valuesUnder(heading: string): readonly (string | undefined)[] {
  const section = metricsDocument().split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(/^\| `(\w+)` \| \S.+ \|$/gm)].map(([, value]) => value)
}

describe('docs/metrics.md', (test) => {
  test('names every phase with a meaning', () => assert.equal(valuesUnder('Phases'), PHASES))
  test('names every reason with a meaning', () => assert.equal(valuesUnder('Reasons'), REASONS))
})
