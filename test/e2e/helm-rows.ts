/** What the chart lets through, and what it refuses. */
import type { Party, Pod } from '../k8s/network-policies.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

const foreign = (namespace: string, name: string): Pod => ({ namespace, labels: { 'app.kubernetes.io/name': name } })
const internet: Party = { ip: '203.0.113.7' }

/** With the values of a file in ci/: who reaches which workload, and who does not. */
export const REACHES: readonly (readonly [feature: string, who: string, from: Party, to: string, reaches: boolean])[] =
  [
    ['gateway-api', 'the Gateway’s namespace', foreign('edge', 'proxy'), 'hello', true],
    ['gateway-api', 'another edge', foreign('traefik', 'traefik'), 'hello', false],
    ['load-balancer', 'the internet', internet, 'hello', true],
    ['load-balancer', 'the internet', internet, 'sonde', false],
    ['internal', 'an edge', foreign('traefik', 'traefik'), 'hello', false],
    ['internal', 'Prometheus', foreign('monitoring', 'prometheus'), 'hello', true],
    ['one-of-many', 'the prober of another release', foreign('probes', 'sonde'), 'orders', true],
    ['one-of-many', 'another pod there', foreign('probes', 'other'), 'orders', false],
    ['prober-only', 'Grafana, which is let in', foreign('grafana', 'grafana'), 'sonde', true],
    ['prober-only', 'somebody else', foreign('shop', 'sonde'), 'sonde', false],
    ['twenty-services', 'the prober', foreign('hello', 'sonde'), 'wishes', true],
    ['twenty-services', 'another of the twenty', foreign('hello', 'cart'), 'wishes', false],
  ]

/** Values that take away what may be missing: null is how Helm is told so. */
export const MISSING: readonly (readonly [title: string, values: Json])[] = [
  ['labels and annotations', { commonLabels: null, commonAnnotations: null, podLabels: null, podAnnotations: null }],
  [
    'those of the prober',
    { prober: { podLabels: null, podAnnotations: null, config: { extra: null, targets: null } } },
  ],
  [
    'limits, which are then those of the namespace',
    { resources: { limits: null }, prober: { resources: { limits: null } } },
  ],
  ['texts that are empty anyway', { image: { tag: null, digest: null }, ingress: { className: null }, name: null }],
  ['environment and arguments', { app: { env: null, args: null } }],
  ['a list of services', { services: null }],
]

/** Values, and what Helm says of them. */
export const REFUSED: readonly (readonly [title: string, values: Json, message: RegExp])[] = [
  ['a text for a number', { replicas: 'three' }, /at '\/replicas': got string, want integer/],
  ['an unknown value', { autoscalling: {} }, /additional properties 'autoscalling' not allowed/],
  ['an unknown value inside', { ingress: { host: 'x' } }, /at '\/ingress': additional properties 'host' not allowed/],
  [
    'a digest that is none',
    { image: { digest: 'sha256:abc' } },
    /at '\/image\/digest': 'sha256:abc' does not match pattern/,
  ],
  [
    'a tag in the name of an image',
    { image: { repository: 'sonde:0.1.0' } },
    /at '\/image\/repository': 'sonde:0\.1\.0' does/,
  ],
  ['a path with a blank', { path: { request: '/a b' } }, /at '\/path\/request': '\/a b' does not match pattern/],
  ['a group of values that is taken away', { autoscaling: null }, /at '': missing property 'autoscaling'/],
  ['a value that is taken away', { app: { port: null } }, /at '\/app': missing property 'port'/],
  ['a group inside that is taken away', { ingress: { tls: null } }, /at '\/ingress': missing property 'tls'/],
  ['no module at all', { prober: { config: { modules: null } } }, /at '\/prober\/config': missing property 'modules'/],
  ['an objective that no rules are made for', { objective: 98 }, /at '\/objective': value must be one of 99, 99.5/],
  ['a service of the list without a name', { services: [{}] }, /at '\/services\/0': missing property 'name'/],
  [
    'two edges',
    { gatewayApi: { enabled: true } },
    /\nhello has two edges; write ingress\.enabled=false or gatewayApi\.enabled=false\n/,
  ],
  [
    'no edge',
    { ingress: { enabled: false } },
    /\nhello has no edge, so that no user reaches it; write ingress\.enabled=true, gatewayApi\.enabled=true or service\.type=LoadBalancer, or internal=true if that is meant\n/,
  ],
  [
    'an internal service with an edge',
    { internal: true },
    /\nhello is internal and has an edge; write internal=false, or/,
  ],
  [
    'an empty host',
    { ingress: { hosts: [{ host: '' }] } },
    /\ningress\.hosts\[0\]\.host of hello: found ""; write a host name without scheme, path and \*, as in hello\.example\.com\n/,
  ],
  ['a URL for a host', { ingress: { hosts: [{ host: 'https://a/' }] } }, /found "https:\/\/a\/"; write a host name/],
  [
    'no host at all',
    { ingress: { hosts: [] } },
    /\ningress\.hosts of hello is empty; write the host that users ask for, as in ingress\.hosts\[0\]\.host=hello\.example\.com\n/,
  ],
  [
    'routes of hosts with different paths',
    {
      ingress: {
        enabled: false,
        hosts: [{ host: 'a.example.com' }, { host: 'b.example.com', paths: [{ path: '/b' }] }],
      },
      gatewayApi: { enabled: true },
    },
    /\ningress\.hosts of hello have different paths, and an HTTPRoute has one set for all; write the same for each host\n/,
  ],
  [
    'fewer pods than are kept',
    { autoscaling: { minReplicas: 2 } },
    /\npodDisruptionBudget\.minAvailable of hello is 2 and autoscaling\.minReplicas is 2, so that no node could ever be drained; write autoscaling\.minReplicas=3 or more, or podDisruptionBudget\.enabled=false\n/,
  ],
  [
    'fewer without an autoscaler',
    { autoscaling: { enabled: false }, replicas: 1 },
    /and replicas is 1, so that no node/,
  ],
  [
    'a least over the most',
    { autoscaling: { minReplicas: 11 } },
    /\nautoscaling\.minReplicas of hello is 11, over maxReplicas, which is 10; write at most 10, or autoscaling\.maxReplicas=11 or more\n/,
  ],
  [
    'a prober’s URL with a path',
    { metrics: { blackbox: { enabled: true, proberUrl: 'http://blackbox-exporter.monitoring.svc:9115/probe' } } },
    /\nmetrics\.blackbox\.proberUrl of hello: found "http:\/\/blackbox-exporter\.monitoring\.svc:9115\/probe"; write http:\/\/host:port or host:port, without a path: \/probe is added\n/,
  ],
  [
    'a prober’s URL with a port that there is not',
    { metrics: { blackbox: { enabled: true, proberUrl: 'http://blackbox-exporter.monitoring.svc:91155' } } },
    /\nmetrics\.blackbox\.proberUrl of hello: found "http:\/\/blackbox-exporter\.monitoring\.svc:91155"; write/,
  ],
  [
    'a pod that is to sleep longer than it may take to end',
    { preStopSleepSeconds: 60 },
    /\npreStopSleepSeconds of hello is 60 and terminationGracePeriodSeconds is 45, so that the container would never be told to end; write fewer, as in 5\n/,
  ],
  [
    'an amount that is none',
    { resources: { limits: { cpu: '1k5' } } },
    /\n"1k5" is no quantity that this chart understands; write a number with m, k, M, G, T, Ki, Mi, Gi, Ti or nothing, as in 250m or 256Mi\n/,
  ],
  [
    'the name of the prober for a service',
    { prober: { name: 'hello' } },
    /\nname: "hello", or a name made of it, is already that of the prober; write another, or another prober\.name\n/,
  ],
  [
    'a port on which the hello service does not listen',
    { app: { port: 8080 } },
    /\napp\.port of hello is 8080, and the hello service listens on 5000; write app\.env\.PORT="8080", too, or/,
  ],
  [
    'a port that the environment contradicts',
    { app: { env: { PORT: '8080' } } },
    /\napp\.port of hello is 5000, and the hello service listens on 8080; write app\.env\.PORT="5000", too/,
  ],
  [
    'an interval under the timeout of its module',
    { path: { interval: '3s' } },
    /\nthe path hello has the interval 3s, which is shorter than the timeout of the module "web"; write at least 5s, or/,
  ],
  [
    'a timeout without a unit',
    { prober: { config: { modules: { web: { prober: 'http', timeout: 5 } } } } },
    /\nprober\.config\.modules\.web\.timeout: 5 has no unit; add one, as in 5s\n/,
  ],
  [
    'a module that is no map',
    { prober: { config: { extra: { modules: { x: 1 } } } } },
    /\nprober\.config\.modules\.x: found 1; write a map, as in \{prober: http\}\n/,
  ],
  [
    'samples that are not kept as long as an objective',
    { monitoring: { retention: '5d' } },
    /\nobjective of hello is kept over 7d, longer than monitoring\.retention, which is 5d; write 7d or more, or objective=null\n/,
  ],
  [
    'a timeout over the interval',
    { metrics: { blackbox: { enabled: true, interval: '1m', scrapeTimeout: '90s' } } },
    /\nmetrics\.blackbox\.scrapeTimeout of hello: 90s is longer than the interval, which is 1m, and the Operator refuses that; write at most 1m\n/,
  ],
  [
    'a Probe, and nothing that probes',
    { prober: { enabled: false }, metrics: { blackbox: { enabled: true } } },
    /\nmetrics\.blackbox\.proberUrl of hello is empty and this release has no prober; write it as in/,
  ],
  [
    'a ServiceMonitor of a prober elsewhere',
    { metrics: { blackbox: { enabled: true, useProbe: false, proberUrl: 'sonde.monitoring.svc:9115' } } },
    /\nmetrics\.blackbox\.useProbe=false of hello asks the pods of this release's prober; write/,
  ],
  [
    'a target whose module is not there',
    { prober: { config: { targets: [{ name: 'shop', address: 'http://shop/', module: 'wbe' }] } } },
    /\nthe target shop has the module "wbe", which prober\.config\.modules does not have; write one of: web\n/,
  ],
  [
    'a target that means the usual module, which is not there',
    { prober: { config: { targets: [{ name: 'shop', address: 'http://shop/' }] } } },
    /\nthe target shop has the module "http_2xx", which/,
  ],
  [
    'a service whose module is not there',
    { path: { module: 'http_2xx' } },
    /\nthe path hello has the module "http_2xx"/,
  ],
  [
    'a Probe whose module is not there',
    { metrics: { blackbox: { enabled: true, module: 'http_2xx' } } },
    /\nmetrics\.blackbox\.module of hello is "http_2xx", which prober\.config\.modules does not have; write one of: web\n/,
  ],
  [
    'a name that YAML takes for something else',
    { name: 'null' },
    /\nname: "null" is no name for a Service; write at most 50 small letters, digits and -, and no word such as yes or null, as in "hello"\n/,
  ],
  [
    'two services of one name',
    { services: [{ name: 'shop' }, { name: 'shop' }] },
    /\nname: "shop", or a name made of it, is already that of the service "shop"; write another\n/,
  ],
  [
    'a service named as another’s pods',
    { services: [{ name: 'shop' }, { name: 'shop-pods' }] },
    /\nname: "shop-pods", or a name made of it, is already that of the service "shop";/,
  ],
  [
    'a service named as the prober',
    { name: 'sonde' },
    /\nname: "sonde", or a name made of it, is already that of the prober/,
  ],
  [
    'two services at one host',
    { services: [{ name: 'shop' }, { name: 'blog' }] },
    /\ningress\.hosts\[0\]\.host of blog: hello\.example\.com\/ is already of shop; write another host or path\n/,
  ],
  [
    'more than the quota',
    { autoscaling: { maxReplicas: 20 } },
    /\nnamespace\.resourceQuota\.hard of pods is 20, and all pods at their most and in an update need 28; write that much, or namespace\.resourceQuota\.enabled=false\n/,
  ],
  [
    'nothing at all',
    { app: { enabled: false }, prober: { enabled: false } },
    /\nnothing to deploy: write app\.enabled=true, prober\.enabled=true, or both\n/,
  ],
  [
    'a namespace where Prometheus lives',
    { monitoring: { namespace: 'hello' } },
    /\nnamespace\.defaultDeny would cut off the Prometheus in the namespace hello; write/,
  ],
]
