/**
 * What stands twice under k8s/. Kustomize reads nothing outside the folder of its kustomization.yaml, which must not stand
 * in k8s/ itself, since `kubectl apply -f k8s/` would take it for an object; and a ConfigMap holds a whole file as text.
 */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { stringify } from 'yaml'
import { type GeneratedFile, MARK } from '../monitoring/files.ts'

const CONFIG = 'k8s/config/sonde.yml'
const CONFIG_MAP = 'k8s/prober-configmap.yaml'
const BASE = 'k8s/kustomize/base/resources.yaml'

/** An overlay has exactly one: hence components, and no part of the base. */
const EDGES = [
  ['k8s/ingress.yaml', 'k8s/kustomize/components/ingress'],
  ['k8s/gateway/gateway.yaml', 'k8s/kustomize/components/gateway'],
  ['k8s/gateway/httproute.yaml', 'k8s/kustomize/components/gateway'],
  ['k8s/gateway/networkpolicy.yaml', 'k8s/kustomize/components/gateway'],
] as const

export async function manifestCopies(root: string): Promise<GeneratedFile[]> {
  const read = (path: string) => readFile(join(root, path), 'utf8')
  const configMap = configMapOf(await read(CONFIG))
  const inBase = (await readdir(join(root, 'k8s')))
    .map((name) => `k8s/${name}`)
    .filter((path) => path.endsWith('.yaml') && path !== CONFIG_MAP && EDGES.every(([edge]) => edge !== path))
  const objects = await Promise.all(inBase.sort().map(read))
  const edges = EDGES.map(async ([path, folder]) => marked(`${folder}/${basename(path)}`, await read(path)))
  return [
    marked(CONFIG_MAP, configMap),
    marked(BASE, [...objects, configMap].join('---\n')),
    ...(await Promise.all(edges)),
  ]
}

function marked(path: string, content: string): GeneratedFile {
  return { path, content: `${MARK}\n${content}` }
}

function configMapOf(config: string): string {
  const labels = { 'app.kubernetes.io/name': 'sonde', 'app.kubernetes.io/part-of': 'hello' }
  const metadata = { name: 'sonde', labels }
  return stringify(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [basename(CONFIG)]: config } },
    { lineWidth: 0 },
  )
}
