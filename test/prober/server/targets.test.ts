import { parseConfig } from '../../../prober/config/load.ts'
import { targetGroups } from '../../../prober/server/targets.ts'
import { assert, describe } from '../../harness.ts'

const FILE = `
modules: {web: {prober: http, timeout: 5s}, patient: {prober: http}}
targets:
  - {name: shop, address: "http://user:hunter2@shop/", module: web, interval: 30s, labels: {team: web}}
  - {address: "http://user:hunter2@other/", module: patient, interval: 1h}
paths:
  - {name: way, url: "http://way/", module: web, hops: [{name: edge}, {name: pod, address: "http://pod/"}]}
`

describe('prober/server/targets', (test) => {
  test('lists targets by name, with what Prometheus needs to ask for them; no hops, no passwords', async () => {
    const loaded = await parseConfig(FILE, 'f')
    assert.equal(loaded.ok ? targetGroups(loaded.config) : loaded.errors, [
      { targets: ['shop'], labels: { team: 'web', __meta_sonde_module: 'web', __meta_sonde_max_age: '35s' } },
      {
        targets: ['http://user:xxxxx@other/'],
        labels: { __meta_sonde_module: 'patient', __meta_sonde_max_age: '1h0m10s' },
      },
    ])
  })
})
