/** No provider can be had offline, and so no `validate`: this is what of it needs none, and the figures that were agreed. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert, describe } from '../harness.ts'
import { ROOT } from '../k8s/manifests.ts'

function textOf(folder: string): string {
  const files = globSync('*.tf', { cwd: join(ROOT, folder) }).sort()
  return files.map((file) => readFileSync(join(ROOT, folder, file), 'utf8')).join('\n')
}

/** Comments may say anything; so may strings, but for what they interpolate. */
function code(text: string): string {
  return text.replaceAll(/^\s*#.*$/gm, '').replaceAll(/"((?:[^"\\]|\\.)*)"/g, (_, inside: string) => {
    const interpolated = [...inside.matchAll(/\$\{([^}]*)\}/g)].map(([, expression]) => expression)
    return `"${interpolated.join(' ')}"`
  })
}

interface Names {
  readonly declared: ReadonlySet<string>
  readonly used: ReadonlySet<string>
}

function namesIn(text: string): Names {
  const declared = new Set<string>()
  for (const [, kind, type = '', name = ''] of text.matchAll(/^(resource|data) "(\w+)" "(\w+)"/gm))
    declared.add(kind === 'data' ? `data.${type}.${name}` : `${type}.${name}`)
  for (const [, name = ''] of text.matchAll(/^variable "(\w+)"/gm)) declared.add(`var.${name}`)
  for (const [, block = ''] of text.matchAll(/^locals \{\n([\s\S]*?)^\}/gm))
    for (const [, name = ''] of block.matchAll(/^ {2}(\w+) +=/gm)) declared.add(`local.${name}`)
  const used = [...code(text).matchAll(/(?<![\w.])((?:data\.)?aws_\w+\.\w+|(?:var|local)\.\w+)/g)]
  return { declared, used: new Set(used.map(([name]) => name)) }
}

/** Of what is declared and never used, resources and their permissions do their work all the same. */
function isIdle(name: string, used: ReadonlySet<string>): boolean {
  return /^(var|local|data)\./.test(name) && !used.has(name)
}

function faults(text: string): string[] {
  const { declared, used } = namesIn(text)
  const unknown = [...used].filter((name) => !declared.has(name)).map((name) => `${name} is not there`)
  return [...unknown, ...[...declared].filter((name) => isIdle(name, used)).map((name) => `${name} serves nothing`)]
}

const text = textOf('terraform')

describe('terraform', (test) => {
  for (const folder of ['terraform', 'terraform/bootstrap'])
    test(`${folder}: every reference has what it refers to, and nothing is left over`, () =>
      assert.equal(faults(textOf(folder)), []))

  test('a misspelt reference and a variable of no use are seen', () => {
    const bad = `variable "a" {\n}\nresource "aws_vpc" "x" {\n  tags = { Name = "\${var.b}-\${aws_vpd.y.id}" }\n}\n`
    assert.equal(faults(bad), ['var.b is not there', 'aws_vpd.y is not there', 'var.a serves nothing'])
  })

  const AGREED: readonly (readonly [title: string, expected: RegExp])[] = [
    ['2 to 10 nodes', /default += \{ min = 2, max = 10 \}/],
    ['of t3.medium', /variable "node_instance_type" \{[^}]*default += "t3\.medium"/],
    ['a Jenkins host of t3.medium', /variable "jenkins_instance_type" \{[^}]*default += "t3\.medium"/],
    ['with 50 GB', /variable "jenkins_disk_gib" \{[^}]*default += 50/],
    ['encrypted, gp3', /root_block_device \{\s+volume_type = "gp3"[^}]*encrypted += true/],
    ['the version as a variable', /version += var\.kubernetes_version/],
    [
      'nodes in private subnets',
      /aws_eks_node_group" "this" \{[\s\S]*?subnet_ids += \[for subnet in aws_subnet\.private/,
    ],
    ['tags of images that never move', /image_tag_mutability = "IMMUTABLE"/],
    ['images scanned on push', /scan_on_push = true/],
    ['images copied to another region', /aws_ecr_replication_configuration/],
    ['secrets of the cluster encrypted', /encryption_config \{\s+resources = \["secrets"\]/],
    ['NetworkPolicies enforced', /enableNetworkPolicy = "true"/],
    ['state encrypted and locked', /encrypt += true\s+use_lockfile = true/],
  ]
  for (const [title, expected] of AGREED) test(`as agreed: ${title}`, () => assert.match(text, expected))

  test('nobody comes in from the internet, and no machine has credentials without a token', () => {
    assert.not.match(text, /key_name|from_port += 22\b/)
    assert.is(text.match(/aws_vpc_security_group_ingress_rule"/g)?.length, 1)
    assert.is(text.match(/http_tokens += "required"/g)?.length, text.match(/metadata_options \{/g)?.length)
  })
})
