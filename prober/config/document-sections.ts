/** The blocks of docs/configuration.md, each with an example. */
import { DISCOVERY_SECTIONS } from './discovery-sections.ts'
import { MONITORING_SECTIONS } from './monitoring-sections.ts'
import { TELEMETRY_SECTIONS } from './telemetry-sections.ts'

export interface Section {
  /** Of the schema's `$defs`; undefined is the file itself. */
  readonly id: string | undefined
  readonly title: string
  readonly about: string
  /** A whole file, so that a test can load it. */
  readonly example: string
}

export const SECTIONS: readonly Section[] = [
  {
    id: undefined,
    title: 'The file',
    about: 'Every key is optional.',
    example: `modules:
  http_2xx:
    prober: http
    timeout: 5s
targets:
  - name: website
    address: https://www.example.org/
    module: http_2xx`,
  },
  {
    id: 'module',
    title: 'module',
    about: 'One way to probe, under a name of your choice in `modules:`.',
    example: `modules:
  http_ipv4:
    prober: http
    timeout: 5s
    resolver: 10.0.0.10
    addresses: any
    http:
      preferred_ip_protocol: ip4`,
  },
  {
    id: 'http',
    title: 'http',
    about: `At most one of \`basic_auth\`, \`authorization\`, \`oauth2\`, \`bearer_token\` and \`bearer_token_file\`; at most one of
\`body\` and \`body_file\`. \`no_proxy\` needs \`proxy_url\`; \`proxy_from_environment\` excludes both; \`proxy_connect_header\`
needs one of them. Regular expressions are RE2, as in Go: unanchored, without lookaround and backreferences.`,
    example: `modules:
  http_json_up:
    prober: http
    timeout: 10s
    http:
      method: POST
      headers:
        Content-Type: application/json
      body: '{"ping": true}'
      valid_status_codes: [200, 204]
      valid_http_versions: ["HTTP/1.1", "HTTP/2.0"]
      fail_if_not_ssl: true
      fail_if_header_not_matches:
        - header: Content-Type
          regexp: ^application/json
      fail_if_body_json_not_matches_cel: body.status == 'UP'
      body_size_limit: 1MB`,
  },
  {
    id: 'http_header',
    title: 'http_headers',
    about: `Header name to one of these maps. Names that something else sets (\`Authorization\`, \`Host\`, \`Accept-Encoding\`,
\`Content-Type\`, \`User-Agent\` and their like) are refused here; write them under \`headers\`.`,
    example: `modules:
  http_with_key:
    prober: http
    http:
      http_headers:
        X-Api-Key:
          files: [api-key]
        X-Team:
          values: [web]`,
  },
  {
    id: 'header_matcher',
    title: 'fail_if_header_matches, fail_if_header_not_matches',
    about: 'A list of these. `header` and `regexp` are required.',
    example: `modules:
  http_no_cookie:
    prober: http
    http:
      fail_if_header_matches:
        - header: Set-Cookie
          regexp: .*
          allow_missing: true`,
  },
  {
    id: 'tcp',
    title: 'tcp',
    about: `The target is \`host:port\`. Without \`query_response\` a connection that stands (and its TLS) is success.`,
    example: `modules:
  tcp_connect:
    prober: tcp
    timeout: 5s
  smtp_starttls:
    prober: tcp
    timeout: 5s
    tcp:
      query_response:
        - expect: "^220 ([^ ]+) ESMTP"
        - send: "EHLO prober\\r"
        - expect: "^250-STARTTLS"
        - send: "STARTTLS\\r"
        - expect: "^220"
        - starttls: true
        - send: "EHLO prober\\r"
        - expect: "^250"
        - send: "QUIT\\r"`,
  },
  {
    id: 'unix',
    title: 'unix',
    about: 'The target is the path of a socket. `resolver` and `addresses` do nothing for it.',
    example: `modules:
  unix_connect:
    prober: unix
    timeout: 1s`,
  },
  {
    id: 'query_response',
    title: 'query_response',
    about: `A list of these; what one step has is done in the order of this table. \`expect\` reads line by line, each of at
most 64 KiB. At most one of \`expect\` and \`expect_bytes\`. \`websocket\` uses only \`expect\` and \`send\`, one text message
each and without a line feed.`,
    example: `modules:
  ssh_banner:
    prober: tcp
    timeout: 5s
    tcp:
      query_response:
        - expect: "^SSH-2.0-([^ ]+)"
          labels:
            - name: ssh_version
              value: "$1"
        - send: "SSH-2.0-prober\\r"`,
  },
  {
    id: 'expect_label',
    title: 'labels',
    about: 'A list of these. Names must be different; what Prometheus does not take in them is shown as `_`.',
    example: `modules:
  pop3_banner:
    prober: tcp
    tcp:
      query_response:
        - expect: "^\\\\+OK (?P<software>.*)$"
          labels:
            - name: software
              value: "$software"`,
  },
  {
    id: 'dns',
    title: 'dns',
    about: `The target is the name server: \`host\`, \`host:port\`, or with \`dns_over_https\` also a URL. \`query_name\` is required
within the block.`,
    example: `modules:
  dns_soa:
    prober: dns
    timeout: 5s
    dns:
      query_name: example.org
      query_type: SOA
      valid_rcodes: [NOERROR]
      validate_answer_rrs:
        fail_if_not_matches_regexp: ["\\\\tSOA\\\\tns1\\\\."]
  dns_over_https:
    prober: dns
    timeout: 5s
    dns:
      query_name: example.org
      query_type: AAAA
      dns_over_https: true
      edns:
        dnssec_ok: true`,
  },
  {
    id: 'validate_rrs',
    title: 'validate_*_rrs',
    about: `Each expression sees a record as one line of a zone file, its five parts separated by tabs:
\`example.org.\\t300\\tIN\\tA\\t192.0.2.1\`.`,
    example: `modules:
  dns_not_loopback:
    prober: dns
    dns:
      query_name: www.example.org
      query_type: A
      validate_answer_rrs:
        fail_if_matches_regexp: ["\\\\t127\\\\."]
        fail_if_none_matches_regexp: ["\\\\tA\\\\t"]`,
  },
  {
    id: 'edns',
    title: 'edns',
    about: 'RFC 6891. `edns: {udp_size: 1232}` is enough to ask for large answers over UDP.',
    example: `modules:
  dns_dnssec:
    prober: dns
    dns:
      query_name: example.org
      query_type: DNSKEY
      retry_truncated_over_tcp: true
      edns:
        udp_size: 1232
        dnssec_ok: true`,
  },
  {
    id: 'icmp',
    title: 'icmp',
    about:
      'The target is a host. A probe of ten packets, 200 ms apart, takes two seconds and the time of the last answer.',
    example: `modules:
  icmp_loss:
    prober: icmp
    timeout: 5s
    icmp:
      preferred_ip_protocol: ip4
      packet_count: 10
      max_loss_ratio: 0.2`,
  },
  {
    id: 'grpc',
    title: 'grpc',
    about: `The target is \`host\` or \`host:port\`, port 80 when it has none, and 443 with \`tls\`. The health is asked for by
\`grpc.health.v1.Health/Check\`; only \`SERVING\` is success. Values of names that end in \`-bin\` are sent in base64.`,
    example: `modules:
  grpc_health:
    prober: grpc
    timeout: 5s
    grpc:
      tls: true
      service: my.package.Service
      metadata:
        x-tenant: [web]`,
  },
  {
    id: 'websocket',
    title: 'websocket',
    about: 'The target is a URL, `ws://` or `wss://`. Without `query_response` a finished handshake is success.',
    example: `modules:
  websocket_echo:
    prober: websocket
    timeout: 5s
    websocket:
      headers:
        Origin: https://www.example.org
        X-Api-Key:
          files: [api-key]
      http_config:
        basic_auth:
          username: prober
          password_file: password
      query_response:
        - send: hello
        - expect: "^hello$"`,
  },
  {
    id: 'http_config',
    title: 'http_config',
    about: 'Of websocket. At most one of `basic_auth`, `authorization`, `bearer_token` and `bearer_token_file`.',
    example: `modules:
  websocket_internal:
    prober: websocket
    websocket:
      http_config:
        authorization:
          credentials_file: token
        tls_config:
          ca_file: ca.pem`,
  },
  {
    id: 'basic_auth',
    title: 'basic_auth',
    about: 'At most one of each pair.',
    example: `modules:
  http_login:
    prober: http
    http:
      basic_auth:
        username: prober
        password_file: password`,
  },
  {
    id: 'authorization',
    title: 'authorization',
    about: 'At most one of `credentials` and `credentials_file`. For Basic, write `basic_auth`.',
    example: `modules:
  http_token:
    prober: http
    http:
      authorization:
        credentials_file: token`,
  },
  {
    id: 'trace',
    title: 'trace',
    about: `The services on the way continue the trace (W3C Trace Context): its id stands in the log, in \`/probe?debug=true\` and
in what \`sonde probe\` prints, so that a slow or failed probe leads to their spans. \`grpc\` and \`websocket\` have the
same key. With \`telemetry\` the probe itself is part of the trace: its phases are spans. A ratio below 1 still sends
\`traceparent\` each time, with the flag that says not to record. What a server tells of its own time in
\`Server-Timing\` needs no key.`,
    example: `modules:
  http_traced:
    prober: http
    timeout: 5s
    http:
      trace:
        sample_ratio: 0.1
      server_timing_application: total`,
  },
  {
    id: 'oauth2',
    title: 'oauth2',
    about: 'The client credentials grant (RFC 6749 §4.4). The JWT grants are not supported.',
    example: `modules:
  http_oauth2:
    prober: http
    timeout: 10s
    http:
      oauth2:
        client_id: sonde
        client_secret_file: client-secret
        token_url: https://login.example.org/token
        scopes: [read]`,
  },
  {
    id: 'tls_config',
    title: 'tls_config',
    about: 'At most one of each pair of a text and a file. A certificate needs its key, a key its certificate.',
    example: `modules:
  https_internal:
    prober: http
    http:
      tls_config:
        ca_file: ca.pem
        cert_file: client.pem
        key_file: client-key.pem
        server_name: www.example.org
        min_version: TLS12`,
  },
  {
    id: 'target',
    title: 'target',
    about: `Probed on Sonde’s own schedule; the latest results stand on \`/metrics\`, labelled by \`instance\`. Labels that the
metrics have themselves (\`instance\`, \`phase\`, \`reason\`, …) and names that begin with \`__\` are refused.`,
    example: `modules:
  http_2xx:
    prober: http
  dns_a:
    prober: dns
    dns:
      query_name: example.org
      query_type: A
targets:
  - name: website
    address: https://www.example.org/
    interval: 15s
    labels:
      team: web
    addresses: all
    interval_failing: 5s
  - address: localhost:8080/health
  - name: mail records
    address: ns1.example.org
    module: dns_a
    query_type: MX`,
  },
  {
    id: 'path',
    title: 'path',
    about: `The same request at each hop of its way in. All hops start on the same beat; each is a scheduled target of its
own, named \`<path>/<hop>\` and labelled \`path\` and \`hop\` beside the path’s labels. The module’s prober must be http. A
redirect to the host of the \`url\` stays at its hop; one that leads to another host is followed.`,
    example: `modules:
  http_2xx:
    prober: http
    timeout: 5s
paths:
  - name: shop
    url: https://shop.example.org/
    interval: 15s
    labels:
      team: checkout
    hops:
      - name: edge
      - name: gateway
        address: http://gateway.ingress.svc:8080
      - name: service
        address: http://shop.shop.svc
      - name: pod
        address: http://shop-pods.shop.svc:5000
        addresses: all`,
  },
  {
    id: 'hop',
    title: 'hops',
    about: `Without a scheme an address is \`http://\`, as that of a target. A hop that still has TLS is asked for the
certificate of the \`url\`’s host. What a proxy on the way would add (\`X-Forwarded-Proto\`, say, without which many a
service redirects to https) is written in the module, under \`headers\`.`,
    example: `paths:
  - name: shop
    url: https://shop.example.org/cart?probe=1
    hops:
      - name: edge
        address: https://203.0.113.7
      - name: pod
        address: shop-0.shop.svc:5000`,
  },
  {
    id: 'retry',
    title: 'retry',
    about: `Nothing is hidden by it: what the first attempt found, how many there were and the verdict stand side by side on
\`/metrics\`. Each attempt has the whole timeout of the module; a module without one has what the interval leaves, shared
out evenly.`,
    example: `targets:
  - name: website
    address: https://www.example.org/
    retry:
      attempts: 3
      pause: 1s`,
  },
  {
    id: 'quiet',
    title: 'quiet',
    about: `A window goes by the clock on the wall: where summer time skips an hour, a window inside that hour does not come that
night, and where an hour comes twice, so does the window. One that passes midnight belongs to the day on which it begins:
the one below lasts from Saturday 22:00 to Sunday 06:00 and from Sunday 22:00 to Monday 06:00.`,
    example: `targets:
  - name: website
    address: https://www.example.org/
    quiet:
      - days: [sat, sun]
        from: "22:00"
        to: "06:00"
        timezone: Europe/Berlin`,
  },
  ...DISCOVERY_SECTIONS,
  ...MONITORING_SECTIONS,
  ...TELEMETRY_SECTIONS,
]
