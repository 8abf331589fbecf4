/** What the docs point at is there; docs/from-the-documents.md points at everything. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { assert, describe } from '../harness.ts'
import { ROOT } from '../k8s/manifests.ts'

const FILE = 'docs/from-the-documents.md'
const DOCUMENTS = ['000', '001', '002', '003', '004']
const VERDICTS = ['met', 'otherwise', 'not']

/** As GitHub makes an anchor of a heading. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Links of a file that lead nowhere; of other sites nothing is said. */
function deadLinks(file: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links.filter((link) => {
    if (link.includes('://')) return false
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? join(ROOT, file) : join(ROOT, dirname(file), path)
    if (!existsSync(target)) return true
    return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor)
  })
}

describe('docs/from-the-documents.md', (test) => {
  const text = readFileSync(join(ROOT, FILE), 'utf8')
  const sections = new Map(text.split(/^## /m).map((section) => [section.slice(0, 3), section]))

  for (const document of DOCUMENTS)
    test(`${document}: each requirement has a verdict, and says where or why`, () => {
      const rows = [...(sections.get(document) ?? '').matchAll(/^\| (.+) \| (.+) \| (.+) \|$/gm)]
      assert.ok(rows.length >= 8)
      for (const [row, , verdict = '', where = ''] of rows)
        assert.ok(VERDICTS.includes(verdict) && where.length > 3, row)
    })
})

describe('docs', (test) => {
  for (const file of globSync(['*.md', 'docs/**/*.md', 'terraform/*.md', 'monitoring/*.md'], { cwd: ROOT }).sort())
    test(`${file}: every file and heading that it links to is there`, () =>
      assert.equal(deadLinks(file, readFileSync(join(ROOT, file), 'utf8')), []))

  test('a link to a file or a heading that is not there is seen', () => {
    const bad = '[a](nowhere.md) [b](operations.md#no-such-thing) [c](operations.md#size) [d](https://example.com/x)'
    assert.equal(deadLinks('docs/x.md', bad), ['nowhere.md', 'operations.md#no-such-thing'])
  })
})
