/** The blocks of docs/configuration.md about targets that are found. */
import type { Section } from './document-sections.ts'

export const DISCOVERY_SECTIONS: readonly Section[] = [
  {
    id: 'discovery',
    title: 'discovery',
    about: `[docs/discovery.md](discovery.md) tells how objects become targets. What is found is probed on the same schedule as
\`targets\`, stands on \`/targets\` and \`/metrics\` and is shared out among shards. A target of this file whose name is the same
wins.`,
    example: `discovery:
  files:
    - files: ["targets/*.json"]
  kubernetes:
    - resources: [ingress, httproute]`,
  },
  {
    id: 'file_source',
    title: 'files',
    about: `The form is that of Prometheus’ \`file_sd\`, in JSON or YAML. Of a group’s labels \`__param_module\`, \`__param_hostname\` and
\`__scrape_interval__\` say how its targets are probed, and \`instance\` is the name of the one target that it has; other
labels that begin with \`__\` are left out. A file that breaks keeps its targets as they were.`,
    example: `discovery:
  files:
    - files: ["targets/*.json", /etc/sonde/more-targets.yml]
      refresh_interval: 30s
      module: http_2xx
      interval: 1m
      labels:
        team: web`,
  },
  {
    id: 'kubernetes_source',
    title: 'kubernetes',
    about: `In the cluster nothing but \`resources\` is needed: address, token and authorities come with the pod. Its ServiceAccount
needs \`list\` and \`watch\` on the objects, and on \`gateways\` for routes. Several sources may read the same objects; of
targets of the same name the first stands.`,
    example: `modules:
  http_2xx:
    prober: http
  tcp_connect:
    prober: tcp
discovery:
  kubernetes:
    - resources: [ingress, httproute]
      namespaces: [shop, blog]
      interval: 30s
      object_labels: [team]
    - resources: [service]
      label_selector: probe=tcp
      api_server: https://kubernetes.example.org:6443
      token_file: kubernetes-token
      ca_file: kubernetes-ca.pem`,
  },
]
