/** The dashboards as files: JSON that Grafana provisions, and ConfigMaps that its sidecar looks for. Values; the command line writes. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { ConfigMap, type IConfigMap } from 'kubernetes-models/v1/ConfigMap'
import { stringify } from 'yaml'
import { type GeneratedFile, MARK } from '../monitoring/files.ts'
import { hello } from './hello.ts'
import { overview } from './overview.ts'
import { prober } from './prober.ts'
import { objectives } from './slo.ts'
import { target } from './target.ts'

export const DASHBOARDS: readonly Dashboard[] = [overview, target, objectives, prober, hello]

export const CONFIG_MAPS = 'grafana-dashboards.yaml'

/** Where the ConfigMaps go, and what they have besides. */
export interface Placement {
  readonly namespace?: string | undefined
  readonly labels?: Readonly<Record<string, string>>
}

/** For a folder that Grafana provisions from. */
export function dashboardFiles(): GeneratedFile[] {
  return DASHBOARDS.map((dashboard) => ({ path: fileName(dashboard), content: text(dashboard) }))
}

/** One object each: it holds 1 MiB at most, and an update should not touch the others. */
export function configMapsFile(placement: Placement = {}): GeneratedFile {
  const documents = DASHBOARDS.map((dashboard) => validated(configMap(dashboard, placement)))
  const yaml = documents.map((document) => stringify(document, { version: '1.1', lineWidth: 0 })).join('---\n')
  return { path: CONFIG_MAPS, content: `${MARK}\n${yaml}` }
}

/** Also the key in the ConfigMap: the sidecar puts those of all applications into one folder, so that names must differ. */
function fileName({ uid }: Dashboard): string {
  return `${uid}.json`
}

function text(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`
}

function configMap(dashboard: Dashboard, { namespace, labels }: Placement): IConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: `${dashboard.uid}-dashboard`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        'app.kubernetes.io/managed-by': 'sonde',
        'app.kubernetes.io/part-of': 'sonde',
        // What the sidecar of kube-prometheus-stack looks for.
        grafana_dashboard: '1',
        ...labels,
      },
      // Flux would put its own variables in place of what looks like one.
      annotations: { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' },
    },
    data: { [fileName(dashboard)]: text(dashboard) },
  }
}

/** Throws for what the API server would refuse: a fault of ours. */
function validated(data: IConfigMap): unknown {
  const object = new ConfigMap(data)
  object.validate()
  return object.toJSON()
}
