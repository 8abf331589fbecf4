/** What kubeconform says of objects, by the schemas in test/fixtures/schemas and without any network. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './manifests.ts'

export const SCHEMAS = join(ROOT, 'test/fixtures/schemas')

/** Those that there are schemas of, as in `1.30.0`. */
export function kubernetesVersions(): string[] {
  return readdirSync(SCHEMAS).flatMap((name) => /^v(\d+\.\d+\.\d+)$/.exec(name)?.[1] ?? [])
}

/** One line for each object that is refused, or whose kind has no schema. `yaml`: any number of documents. */
export function refusedBy(version: string, yaml: string): string[] {
  const places = ['{{.NormalizedKubernetesVersion}}', 'extensions'].flatMap((folder) => [
    '-schema-location',
    join(SCHEMAS, folder, '{{.ResourceKind}}{{.KindSuffix}}.json'),
  ])
  const args = ['-strict', '-output', 'json', '-kubernetes-version', version, ...places, '-']
  const { stdout, stderr } = spawnSync('kubeconform', args, { input: yaml, encoding: 'utf8' })
  const { resources = [] } = JSON.parse(stdout || '{}') as { readonly resources?: readonly Refusal[] }
  return [stderr, ...resources.map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`)].filter((line) => line !== '')
}

/** kubeconform tells only of those that it refuses. */
interface Refusal {
  readonly kind: string
  readonly name: string
  readonly msg: string
}
