import { parseConfig } from '../../../prober/config/load.ts'
import { debugText } from '../../../prober/server/debug.ts'
import { assert, describe } from '../../harness.ts'
import { testProbe } from '../probes/http-module.ts'

const PASSWORD = 'hunter2'

/** Modules with a secret wherever one can stand, and targets with credentials, as people write them by mistake. */
const CASES: readonly (readonly [module: string, targets: readonly string[]])[] = [
  [
    '{prober: http, http: {body: hunter2, headers: {Authorization: hunter2}, basic_auth: {username: u, password: hunter2}}}',
    ['http://u:hunter2@127.0.0.1:1/', 'u:hunter2@127.0.0.1:1', 'http://u:hunter2@'],
  ],
  ['{prober: tcp, tcp: {query_response: [{send: hunter2}]}}', ['u:hunter2@127.0.0.1:1', 'tcp://u:hunter2@127.0.0.1:1']],
  ['{prober: dns, dns: {query_name: a.example}}', ['u:hunter2@127.0.0.1:1', 'dns://u:hunter2@127.0.0.1']],
  ['{prober: icmp}', ['u:hunter2@127.0.0.1', 'icmp://u:hunter2@127.0.0.1']],
  [
    '{prober: grpc, grpc: {ip_protocol_fallback: true, metadata: {token: [hunter2]}}}',
    ['u:hunter2@127.0.0.1:1', 'https://u:hunter2@127.0.0.1:1/x'],
  ],
  [
    '{prober: websocket, websocket: {query_response: [{send: hunter2}], headers: {Cookie: {values: [hunter2]}}}}',
    ['ws://u:hunter2@127.0.0.1:1/', 'u:hunter2@127.0.0.1:1'],
  ],
]

describe('the debug page', (test) => {
  for (const [yaml, targets] of CASES) {
    for (const target of targets) {
      test(`has no password of ${target} or of ${yaml} (#1371)`, async () => {
        const loaded = await parseConfig(`modules: {m: ${yaml}}`, 'test.yml')
        const module = loaded.ok ? loaded.config.modules.get('m') : undefined
        if (!loaded.ok || module === undefined) throw new Error(loaded.ok ? 'no module' : loaded.errors.join('\n'))
        const result = await testProbe()({ target, module, timeoutSeconds: 2 }, new AbortController().signal)
        const moduleYaml = loaded.config.moduleYaml.get('m') ?? ''
        const text = debugText({ module: 'm', moduleYaml, result })
        assert.match(text, `prober: ${module.prober}`)
        assert.not.match(text, PASSWORD)
      })
    }
  }
})
