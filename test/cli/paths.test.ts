import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '../../cli/demo/authority.ts'
import type { Verdict } from '../../prober/paths/verdict.ts'
import type { Shard } from '../../prober/schedule/shard.ts'
import { assert, describe } from '../harness.ts'
import { serveHttp } from '../servers/http.ts'
import { startSonde } from '../servers/sonde.ts'

/** Answers so, and notes what it was asked. */
async function serveHop(status: number, asked: Set<string>, identity?: { certPem: string; keyPem: string }) {
  const server = await serveHttp(
    (request, response) => {
      asked.add(`${request.headers.host} ${request.url}`)
      response.writeHead(status).end('hello')
    },
    identity === undefined ? {} : { identity },
  )
  return server
}

describe('a prober with paths', (test) => {
  test('asks each hop the same, finds who is to blame, and forgets a path that is taken out', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const authority = await createAuthority()
    // Issued for the host of the URL alone: a hop that is asked for another name would be refused.
    const identity = await authority.issue({ subject: 'CN=shop.test', dnsNames: ['shop.test'] })
    const asked = new Set<string>()
    await using edge = await serveHop(503, asked, identity)
    await using gateway = await serveHop(502, asked)
    await using pod = await serveHop(200, asked)
    await writeFile(join(folder.path, 'ca.pem'), authority.certPem)
    const configFile = join(folder.path, 'sonde.yml')
    await writeFile(
      configFile,
      `modules: { web: { prober: http, timeout: 1s, http: { tls_config: { ca_file: ca.pem } } } }
paths:
  - name: shop
    url: https://shop.test/cart?a=1
    module: web
    interval: 1s
    labels: { team: x }
    hops: [{ name: edge, address: "${edge.url}" }, { name: gateway, address: "${gateway.url}" }, { name: pod, address: "127.0.0.1:${pod.port}" }]`,
    )
    const { promise: judged, resolve } = Promise.withResolvers<Verdict | undefined>()
    const isWhole = (verdict?: Verdict) => verdict?.hops.every(({ outcome }) => outcome !== undefined) === true
    await using prober = await startSonde(configFile, {
      onPath: ({ watch }) => isWhole(watch.verdict()) && resolve(watch.verdict()),
    })
    const blame = (await judged)?.blame
    assert.equal([blame?.hop, blame?.phase, blame?.reason], ['gateway', 'check', 'http_status'])
    assert.equal([...asked], ['shop.test /cart?a=1'])
    const ask = async (path: string) => (await fetch(`${prober.urls[0]}${path}`)).text()
    const metrics = await ask('/metrics')
    assert.match(metrics, '\nprobe_path_success{path="shop",team="x"} 0\n')
    assert.match(metrics, '\nprobe_path_blame_info{path="shop",team="x",hop="gateway",reason="http_status"} 1\n')
    assert.match(metrics, '\nprobe_success{instance="shop/pod",team="x",path="shop",hop="pod"} 1\n')
    assert.match(await ask('/'), 'gateway: http_status in check: The status code is 502')
    await writeFile(configFile, 'modules: { web: { prober: http } }')
    await fetch(`${prober.urls[0]}/-/reload`, { method: 'POST' })
    assert.not.match(await ask('/metrics'), /^probe_path|shop/m)
  })

  test('keeps all hops of a path on one shard', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const configFile = join(folder.path, 'sonde.yml')
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`)
    const hops = 'hops: [{ name: edge }, { name: pod, address: "127.0.0.1:1" }]'
    const paths = names.map((name) => `{ name: ${name}, url: "http://127.0.0.1:1/", interval: 24h, ${hops} }`)
    await writeFile(configFile, `paths: [${paths.join(', ')}]`)
    const shownBy = async (shard: Shard) => {
      await using prober = await startSonde(configFile, { shard })
      const page = await (await fetch(`${prober.urls[0]}/`)).text()
      return new Set(['edge', 'pod'].flatMap((hop) => names.filter((name) => page.includes(`>${name}/${hop}<`)).join()))
    }
    const shards = [await shownBy({ index: 0, count: 2 }), await shownBy({ index: 1, count: 2 })]
    // One list for both hops, and each path once.
    assert.equal(
      shards.map(({ size }) => size),
      [1, 1],
    )
    assert.is(shards.flatMap((lists) => [...lists].join().split(',')).length, names.length)
  })
})
