/** The classic relabelled scrape configuration for a prober, and the query API to read what came of it. */
import { stringify } from 'yaml'
import { identityOf } from './exposition.ts'

export interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

/** Without the labels that Prometheus added. */
export function identityIn({ metric }: Series): string {
  const { __name__: name = '', job: _job, instance: _instance, module: _module, ...labels } = metric
  return identityOf(name, labels)
}

/** One job per prober, the same targets and relabelings in each; only the address differs. */
export function prometheusConfig(
  probers: Readonly<Record<string, string>>,
  pairs: readonly { readonly module: string; readonly target: string; readonly hostname: string | undefined }[],
): string {
  const jobs = Object.entries(probers).map(([job_name, address]) => ({
    job_name,
    metrics_path: '/probe',
    static_configs: pairs.map(({ module, target, hostname }) => ({
      targets: [target],
      labels: { module, ...(hostname === undefined ? {} : { __param_hostname: hostname }) },
    })),
    relabel_configs: [
      { source_labels: ['__address__'], target_label: '__param_target' },
      { source_labels: ['module'], target_label: '__param_module' },
      { source_labels: ['__param_target'], target_label: 'instance' },
      { target_label: '__address__', replacement: address },
    ],
  }))
  return stringify({ global: { scrape_interval: '5s', scrape_timeout: '4s' }, scrape_configs: jobs })
}

export async function querySeries(port: number, expression: string): Promise<readonly Series[]> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`)
  const { data } = (await response.json()) as { data: { result: readonly Series[] } }
  return data.result
}
