import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert, describe } from '../../harness.ts'
import { eventually } from '../../programs.ts'
import { answer, serveHttp } from '../../servers/http.ts'
import { serveKubernetesApi } from '../../servers/kubernetes-api.ts'
import { startSonde } from '../../servers/sonde.ts'

const ROUTES = 'gateway.networking.k8s.io/v1/httproutes'
const NAME = 'kubernetes/httproute/shop/web/127.0.0.1'

describe('a prober that discovers', (test) => {
  test('probes what comes, tells of it on /targets and /metrics, and forgets what goes', async () => {
    await using server = await serveHttp(answer(200))
    await using api = await serveKubernetesApi()
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const configFile = join(folder.path, 'sonde.yml')
    const source = `{api_server: "${api.url}", resources: [httproute], interval: 1s, module: web}`
    await writeFile(configFile, `modules: {web: {prober: http, timeout: 1s}}\ndiscovery: {kubernetes: [${source}]}\n`)
    api.put('gateway.networking.k8s.io/v1/gateways', {
      metadata: { name: 'edge', namespace: 'shop' },
      spec: { listeners: [{ name: 'http', protocol: 'HTTP', port: server.port }] },
      status: { addresses: [{ value: '127.0.0.1' }] },
    })
    const probed = Promise.withResolvers<string>()
    await using prober = await startSonde(configFile, { onRun: (target) => probed.resolve(target.name) })
    const read = async (path: string) => await (await fetch(`${prober.urls[0]}${path}`)).text()
    await api.request(({ verb }) => verb === 'watch')
    api.put(ROUTES, { metadata: { name: 'web', namespace: 'shop' }, spec: { parentRefs: [{ name: 'edge' }] } })
    assert.is(await probed.promise, NAME)
    const own = { namespace: 'shop', kind: 'httproute', name: 'web' }
    const meta = { __meta_sonde_module: 'web', __meta_sonde_max_age: '2s' }
    assert.equal(JSON.parse(await read('/targets')), [{ targets: [NAME], labels: { ...own, ...meta } }])
    const metrics = await read('/metrics')
    assert.match(metrics, `\nprobe_success{instance="${NAME}",namespace="shop",kind="httproute",name="web"} `)
    assert.match(metrics, '\nsonde_discovery_targets{source="kubernetes/httproute"} 1\n')
    assert.match(metrics, '\nsonde_discovery_synced{source="kubernetes/gateway"} 1\n')
    api.remove(ROUTES, 'shop', 'web')
    await eventually(async () => ((await read('/targets')) === '[]' ? true : undefined), 'it is gone')
    assert.not.match(await read('/metrics'), NAME)
  })
})
