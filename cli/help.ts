/** What `sonde help` says, a page per command. */

export const COMMANDS = ['serve', 'probe', 'check', 'generate', 'import', 'demo', 'service', 'help', 'version'] as const
export type Command = (typeof COMMANDS)[number]

const GENERAL = `sonde says why a probe failed, and whose milliseconds they were.

  sonde serve         run the exporter; the default: blackbox_exporter's command line works as it is
  sonde probe TARGET  probe once, show where the time went
  sonde check FILE    say everything that is wrong in a configuration
  sonde demo          a path to a service and the prober, to watch and to break
  sonde service       the hello service, told everything by its environment
  sonde generate      rules, alerts and Prometheus objects of a configuration
  sonde import FILE   a sonde.yml from your blackbox.yml and prometheus.yml
  sonde version

More about one: sonde help COMMAND`

const PROBE = `sonde probe TARGET [flags]    probe once; exit code 0 when it succeeded, 1 when not

  https://example.com/  or http://; without a scheme it is http
  tcp://host:port       the connection stands; tls://host:port with TLS; unix:///path for a Unix socket
  dns://server/name     there is an answer; ?type=AAAA (default A), &transport=udp, tcp, tls or https
  icmp://host           an echo reply comes
  grpc://host:port      grpc.health.v1 says SERVING; grpcs:// over TLS
  wss://example.com/    the server speaks WebSocket; ws:// without TLS

  --module NAME        instead of the one that the target means: http_2xx, tcp_connect, tcp_tls, unix_connect, dns,
                       dns_tcp, dns_tls, dns_https, icmp, grpc, grpc_tls, websocket, or one of the configuration
  --config.file FILE   blackbox.yml or sonde.yml
  --timeout DURATION   of the whole probe, as in 5s or 1m30s (default: the module's own, or 5s)
  --hostname NAME      to send as Host and as TLS server name
  --addresses MODE     one, any or all: which addresses of the name are probed (default: the module's, or one)
  --resolver IP[:PORT] name server to ask instead of the system's
  --retry-for DURATION a failed probe is repeated each second until one succeeds or this is over (default: not at all)
  --output text|json   (default text)
  -v, --verbose        with the probe's log

  sonde probe https://example.com/
  sonde probe https://10.0.0.7/ --hostname shop.example.com
  sonde probe tls://mail.example.com:465 --addresses all
  sonde probe dns://10.0.0.10/shop.example.com?type=AAAA
  sonde probe https://example.com/ --output json | jq .phases`

const CHECK = `sonde check FILE…    exit code 0 when every file would load, 1 when not; - reads standard input

  sonde check sonde.yml
  sonde check blackbox.yml other.yml`

const DEMO = `sonde demo [flags]    also: npm start

  Starts the hello service as a pod, a TLS edge, a gateway and a service in front of it, and the prober that watches this
  path at each hop, and says how to break them, one fault at a time. Ctrl-C ends all of it; nothing is written outside a temporary folder, nothing listens beyond this machine.

  --port N           status page and metrics (default 9115)
  --control-port N   where a hop is told to misbehave (default 9116)
  --service-port N   the service in front of the pod (default 9117)
  --gateway-port N   the gateway in front of the service (default 9118)
  --pod-port N       the hello service itself (default 9119)
  --edge-port N      https (default 9443)
  --redirect-port N  http, redirects to https (default 9080)
  --interval DURATION  between two probes of a target (default 2s)`

const SERVICE = `sonde service    the hello service: PORT=8080 sonde service

  Takes no flags: docs/cli.md lists the variables of its environment.`

const GENERATE = `sonde generate --config FILE --out DIR [flags]    what Prometheus needs to watch what the file names

  Writes rules, alerts and what to scrape into DIR, and the runbook that the alerts link to; nothing when FILE is wrong,
  or where a YAML file of DIR would have to go that somebody else wrote.
  --format operator|plain  objects for the Prometheus Operator, or files for a Prometheus without it (default operator)
  --check                  writes nothing; exit code 1 when something in DIR is stale

sonde generate [--check]    for those who work on Sonde itself: the files of this project that are made from its code

  sonde generate --config sonde.yml --out monitoring && kubectl apply -f monitoring/
  sonde generate --config sonde.yml --out /etc/prometheus/sonde --format plain`

const IMPORT = `sonde import FILE… [flags]    one sonde.yml from your blackbox.yml and prometheus.yml

  Modules are taken over as they were written; each target that Prometheus asks a blackbox_exporter about becomes a target,
  once its relabelling was applied. Files and addresses that list targets (file_sd, http_sd) are read now. Standard error
  says what cannot be taken over, and what never worked; Prometheus' other jobs are left to it.
  --out FILE  instead of standard output; one that is there stays
  --force     replaces one that is there

  sonde import blackbox.yml prometheus.yml --out sonde.yml`

const VERSION = `sonde version    the version of Sonde and of the Node.js that runs it`

const HELP = `sonde help [COMMAND]    what a command does, and its flags; without one, which commands there are

  The same: sonde COMMAND --help`

/** `serve` describes itself. */
const PAGES: Readonly<Record<Exclude<Command, 'serve'>, string>> = {
  probe: PROBE,
  check: CHECK,
  generate: GENERATE,
  import: IMPORT,
  demo: DEMO,
  service: SERVICE,
  help: HELP,
  version: VERSION,
}

export function helpOf(command: keyof typeof PAGES | undefined): string {
  return command === undefined ? GENERAL : PAGES[command]
}
