import { startGrpcServers } from './grpc-servers.ts'
import { type Case, describeParity } from './side-by-side.ts'

/** [module, target]: blackbox_exporter's `probe_success` is 1 for these, … */
const SUCCEED: readonly (readonly [module: string, target: string, hostname?: string])[] = [
  ['no_timeout', '127.0.0.1:{plain}'],
  ['plain', '127.0.0.1:{plain}'],
  ['plain', 'localhost:{plain}'],
  ['plain', 'http://localhost:{plain}'],
  ['plain', 'http://localhost:{plain}/'],
  ['plain', 'https://localhost:{plain}'],
  ['ip6_preferred', '127.0.0.1:{plain}'],
  ['tls', 'localhost:{tls}'],
  ['tls', '127.0.0.1:{tls}'],
  ['tls', 'https://localhost:{tls}'],
  ['tls_unverified', 'localhost:{tls}'],
  ['tls_unverified', 'localhost:{expired}'],
  ['tls_unverified', 'localhost:{elsewhere}'],
  ['tls_server_name', 'localhost:{elsewhere}'],
  ['tls_client_cert', 'localhost:{demanding}'],
  ['tls_min_13', 'localhost:{tls}'],
  ['tls_max_12', 'localhost:{tls}'],
  ['up', '127.0.0.1:{plain}'],
  ['more_fields', '127.0.0.1:{plain}'],
  ['long_name', '127.0.0.1:{plain}'],
  ['token', '127.0.0.1:{plain}'],
  ['binary_metadata', '127.0.0.1:{plain}'],
]

/** … 0 for these, … */
const FAIL: typeof SUCCEED = [
  ['bare', '127.0.0.1:{plain}'],
  ['bare', 'localhost:{plain}'],
  ['bad_target', 'grpc://localhost:{plain}'],
  ['bad_target', 'dns:///localhost:{plain}'],
  ['plain', '[::1]:{six}'],
  ['bad_target', 'localhost:nonsense'],
  ['bad_target', 'localhost:99999'],
  ['bad_target', ':{plain}'],
  ['plain', 'nothing.invalid:{plain}'],
  ['plain', '127.0.0.1:{closed}'],
  ['plain', '127.0.0.1:{other}'],
  ['plain', '127.0.0.1:{http}'],
  ['plain', '127.0.0.1:{missing}'],
  ['plain', '127.0.0.1:{closes}'],
  ['plain', '127.0.0.1:{resets}'],
  ['plain', '127.0.0.1:{garbage}'],
  ['plain', '127.0.0.1:{tls}'],
  ['ip6_preferred', '[::1]:{six}'],
  ['ip6_only', '127.0.0.1:{plain}'],
  ['ip6_only', '[::1]:{six}'],
  ['tls', 'localhost:{plain}'],
  ['tls', 'localhost:{expired}'],
  ['tls', 'localhost:{elsewhere}'],
  ['tls', 'localhost:{demanding}'],
  ['tls', 'localhost:{https}'],
  ['tls', 'localhost:{closed}'],
  ['tls', 'localhost:{closes}'],
  ['tls_down', 'localhost:{tls}'],
  ['tls_server_name', 'localhost:{tls}'],
  ['tls_system_authorities', 'localhost:{tls}'],
  ['down', '127.0.0.1:{plain}'],
  ['unknown', '127.0.0.1:{plain}'],
  ['service_unknown', '127.0.0.1:{plain}'],
  ['other_number', '127.0.0.1:{plain}'],
  ['empty_answer', '127.0.0.1:{plain}'],
  ['garbage', '127.0.0.1:{plain}'],
  ['not_found', '127.0.0.1:{plain}'],
  ['denied', '127.0.0.1:{plain}'],
  ['unauthenticated', '127.0.0.1:{plain}'],
  ['internal', '127.0.0.1:{plain}'],
  ['exhausted', '127.0.0.1:{plain}'],
  ['deadline', '127.0.0.1:{plain}'],
  ['token_in_capitals', '127.0.0.1:{plain}'],
  ['token_missing', '127.0.0.1:{plain}'],
  ['tls_hostname', '127.0.0.1:{elsewhere}', 'elsewhere.example'],
]

/** … and of these it never says anything: it knows no deadline. */
const HANG: typeof SUCCEED = [
  ['plain', '127.0.0.1:{silent}'],
  ['silent', '127.0.0.1:{plain}'],
]

const cases = (rows: typeof SUCCEED, succeeds: Case['succeeds']): Case[] =>
  rows.map(([module, target, hostname]) => ({
    module,
    target,
    succeeds,
    ...(hostname === undefined ? {} : { parameters: { hostname } }),
  }))

describeParity('grpc', [...cases(SUCCEED, true), ...cases(FAIL, false), ...cases(HANG, undefined)], startGrpcServers)
