/** The blocks of docs/configuration.md about what is sent to a collector. */
import type { Section } from './document-sections.ts'

export const TELEMETRY_SECTIONS: readonly Section[] = [
  {
    id: 'telemetry',
    title: 'telemetry',
    about: `Of the environment only \`OTEL_SERVICE_NAME\` and \`OTEL_RESOURCE_ATTRIBUTES\` are read, as they say who a process is;
\`resource_attributes\` come before them. Where anything is sent stands in this file alone, so that \`sonde check\` sees it:
\`endpoint: \${env:OTEL_EXPORTER_OTLP_ENDPOINT:-}\` takes it from the environment, and sends nothing when it is not set.`,
    example: `modules:
  http_2xx:
    prober: http
    http:
      trace:
        sample_ratio: 0.1
telemetry:
  otlp:
    endpoint: http://localhost:4318
  resource_attributes:
    deployment.environment.name: production`,
  },
  {
    id: 'otlp',
    title: 'otlp',
    about: `OTLP 1 in protobuf over HTTP. A collector that is away or slow holds up no probe: what waits is bounded, what is lost
is counted (\`prober_export_dropped_total\`), and the log says when it begins and ends. A reload applies changes.`,
    example: `modules:
  http_2xx:
    prober: http
    http:
      trace: {}
telemetry:
  otlp:
    endpoint: https://otlp.example.org
    headers:
      Authorization:
        files: [otlp-authorization]
    metrics: true
    interval: 30s
    tls_config:
      ca_file: collector-ca.pem`,
  },
]
