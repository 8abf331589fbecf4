/** The blocks of docs/configuration.md that `sonde generate` reads. */
import type { Section } from './document-sections.ts'

export const MONITORING_SECTIONS: readonly Section[] = [
  {
    id: 'slo',
    title: 'slo',
    about: `A promise about some or all targets. \`sonde generate\` makes of it recording rules under the names of Sloth
and Pyrra, and alerts when the budget of failures is spent too fast, each seen in a short and in a long window.`,
    example: `targets:
  - name: shop
    address: https://shop.example.org/
    labels:
      team: checkout
slo:
  - name: shop
    objective: 99.5
    window: 7d
    labels:
      team: checkout`,
  },
  {
    id: 'monitoring',
    title: 'monitoring',
    about: `[docs/monitoring.md](monitoring.md) tells what is made of it. Only \`sonde generate\` and \`sonde check\` read it: a change
here takes no reload. Durations in it and in \`slo\` are Prometheus’ own (\`15d\`, \`1h30m\`; no fractions). Labels of
targets, paths and sources of targets may not have names that Prometheus or its Operator sets: \`job\`, \`namespace\`, \`pod\`, \`container\`, \`endpoint\`,
\`service\`, \`node\`, \`vantage\`.`,
    example: `monitoring:
  mode: pull
  namespace: monitoring
  labels:
    release: kube-prometheus-stack
  prober_url: http://sonde.monitoring.svc:9115
  retention: 10d
  runbook_url: https://wiki.example.org/sonde
targets:
  - name: website
    address: https://www.example.org/`,
  },
  {
    id: 'vantage_point',
    title: 'vantage_points',
    about:
      'Each prober runs the same file. A failure that `quorum` of them see is critical, one that fewer see a warning.',
    example: `monitoring:
  quorum: 0.5
  vantage_points:
    - name: eu-west
      prober_url: http://sonde.eu-west.example.org:9115
    - name: us-east
      prober_url: http://sonde.us-east.example.org:9115`,
  },
  {
    id: 'alerts',
    title: 'alerts',
    about: 'Names of alerts, and what each means: [the runbook](../monitoring/runbook.md).',
    example: `monitoring:
  alerts:
    for: 3m
    keep_firing_for: 10m
    disabled: [SyntheticProbeFlapping]`,
  },
  {
    id: 'prober_service',
    title: 'prober_service',
    about: 'Where Sonde runs in the cluster that its Prometheus scrapes.',
    example: `monitoring:
  prober_service:
    name: sonde
    selector:
      app.kubernetes.io/name: sonde
    port: http`,
  },
  {
    id: 'scraped_service',
    title: 'services',
    about: 'A list of these; each becomes a ServiceMonitor.',
    example: `monitoring:
  services:
    - name: hello
      selector:
        app.kubernetes.io/name: hello
      port: http`,
  },
  {
    id: 'ingress',
    title: 'ingress',
    about: `A list of these; each becomes a Probe whose targets Prometheus finds itself, every host and path of every Ingress. They
are in no schedule of Sonde’s and in no expectation of an alert.`,
    example: `monitoring:
  ingress:
    - name: ingresses
      selector:
        probe: "true"
      namespaces: [shop]
      interval: 1m`,
  },
]
