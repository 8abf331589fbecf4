/** What kube-score finds in objects that are to be applied. */
import { spawnSync } from 'node:child_process'
import { assert } from '../harness.ts'
import type { Manifest } from '../k8s/manifests.ts'

interface Score {
  readonly type_meta: { readonly kind: string }
  readonly object_meta: { readonly name: string }
  readonly checks: readonly {
    readonly check: { readonly id: string }
    readonly grade: number
    readonly skipped: boolean
  }[]
}

/** `check Kind/name` for each that is not perfect. */
export function kubeScore(manifests: readonly Manifest[]): string[] {
  const optional = ['container-seccomp-profile', 'container-ports-check']
  const flags = optional.flatMap((check) => ['--enable-optional-test', check])
  const args = ['score', '--output-format', 'json', '--kubernetes-version', 'v1.30', ...flags, '-']
  const input = manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n')
  const { stdout, stderr } = spawnSync('kube-score', args, { input, encoding: 'utf8' })
  assert.is(stderr, '')
  return (JSON.parse(stdout) as Score[]).flatMap((score) =>
    score.checks
      .filter(({ grade, skipped }) => !skipped && grade < 10)
      .map(({ check }) => `${check.id} ${score.type_meta.kind}/${score.object_meta.name}`),
  )
}
