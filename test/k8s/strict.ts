/**
 * Fields that no kind of Kubernetes has: the API server drops them and says nothing, and kubernetes-models' validators let
 * them pass. TypeScript does not, in a literal: so the objects become literals of their types for `tsc` to look at.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Manifest, ROOT } from './manifests.ts'

/** Groups of the core have their package's name alone; those of an extension stand in a package of their own. */
const PACKAGES: Readonly<Record<string, string>> = {
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api/gateway.networking.k8s.io',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/monitoring.coreos.com',
}

export function moduleOf({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): string {
  const [group = ''] = apiVersion.split('/')
  const folder =
    PACKAGES[group] === undefined ? `kubernetes-models/${apiVersion}` : apiVersion.replace(group, PACKAGES[group])
  return `${folder}/${kind}`
}

/** What kubernetes-models' validators say: values of the wrong type or form, fields that are missing. */
export async function invalidValues(manifests: readonly Manifest[]): Promise<string[]> {
  const found: string[] = []
  for (const manifest of manifests) {
    const { [manifest.kind]: Model } = (await import(moduleOf(manifest))) as Record<
      string,
      new (
        data: unknown,
      ) => Model
    >
    if (Model === undefined) throw new Error(`${manifest.kind} is not in ${moduleOf(manifest)}`)
    try {
      new Model(manifest).validate()
    } catch (thrown) {
      found.push(`${manifest.kind} ${manifest.metadata.name}: ${String(thrown)}`)
    }
  }
  return found
}

interface Model {
  validate(): void
}

/** What `tsc` says of them: one line for each wrong field, with the object's kind and name in front. */
export function unknownFields(manifests: readonly Manifest[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-strict-'))
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'objects.ts'), manifests.map(literal).join('\n'))
    const flags = ['--strict', '--noEmit', '--skipLibCheck', '--module', 'nodenext', '--types', '']
    const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), [...flags, 'objects.ts'], {
      cwd: folder,
      encoding: 'utf8',
    })
    return stdout
      .split('\n')
      .filter((line) => line.includes('error TS'))
      .map((line) => withName(line, manifests))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One line each, so that the number of a line is that of its object. */
function literal(manifest: Manifest, index: number): string {
  return `export const object${index}: import('${moduleOf(manifest)}').I${manifest.kind} = ${JSON.stringify(manifest)}`
}

function withName(line: string, manifests: readonly Manifest[]): string {
  const object = manifests[Number(/^objects\.ts\((\d+),/.exec(line)?.[1]) - 1]
  return `${object?.kind} ${object?.metadata.name}: ${line.replace(/^.*?error /, '')}`
}
