import { parseConfig } from '../../../prober/config/load.ts'
import { assert, describe } from '../../harness.ts'

async function loaded(path: string) {
  const text = `modules: { web: { prober: http } }\ntargets: [{ address: a, module: web }]\npaths: [{ name: shop, module: web, ${path} }]`
  const result = await parseConfig(text, '/etc/sonde/sonde.yml')
  if (!result.ok) throw new Error(result.errors.join('\n'))
  return result.config
}

const HOPS = 'hops: [{ name: edge }, { name: pod, address: "10.0.0.7:5000" }]'

const ADDRESSES: readonly (readonly [url: string, hop: string, address: string, host: string])[] = [
  ['https://shop.example/', 'a:80', 'http://a:80/', 'shop.example'],
  ['https://shop.example', 'https://a', 'https://a/', 'shop.example'],
  ['https://shop.example:8443/x?y=1#z', 'http://a/', 'http://a/x?y=1', 'shop.example:8443'],
  ['https://shop.example:443/x', 'HTTPS://a:1', 'HTTPS://a:1/x', 'shop.example'],
  ['http://[2001:db8::1]:81/', '[::1]:80', 'http://[::1]:80/', '[2001:db8::1]:81'],
  ['https://bücher.example/ä', 'a', 'http://a/%C3%A4', 'xn--bcher-kva.example'],
]

describe('prober/config/paths', (test) => {
  test('each hop is a scheduled target after the others, and knows its path', async () => {
    const { targets, paths } = await loaded(
      `url: "https://shop.example/a", interval: 15s, labels: { team: x }, retry: {}, ${HOPS}`,
    )
    const common = { module: 'web', intervalSeconds: 15, retry: { attempts: 3, pauseSeconds: 1 } }
    const hops = [
      {
        name: 'shop/edge',
        address: 'https://shop.example/a',
        ...common,
        labels: { team: 'x', path: 'shop', hop: 'edge' },
        hop: { path: 'shop', name: 'edge' },
      },
      {
        name: 'shop/pod',
        address: 'http://10.0.0.7:5000/a',
        hostname: 'shop.example',
        ...common,
        labels: { team: 'x', path: 'shop', hop: 'pod' },
        hop: { path: 'shop', name: 'pod' },
      },
    ]
    assert.equal(
      targets.map(({ name }) => name),
      ['a', 'shop/edge', 'shop/pod'],
    )
    assert.equal(paths, [{ name: 'shop', labels: { team: 'x' }, hops }])
    assert.is(targets[1], paths[0]?.hops[0])
  })

  for (const [url, hop, address, host] of ADDRESSES) {
    test(`${url} at ${hop} is ${address} with the host ${host}`, async () => {
      const { paths } = await loaded(`url: "${url}", hops: [{ name: edge }, { name: pod, address: "${hop}" }]`)
      const { address: found, hostname } = paths[0]?.hops[1] ?? {}
      assert.equal([found, hostname], [address, host])
    })
  }

  test('the outermost may be asked at an address of its own', async () => {
    const { paths } = await loaded(
      'url: "https://shop.example/", hops: [{ name: edge, address: "https://203.0.113.7" }, { name: pod, address: a, addresses: all }]',
    )
    const [edge, pod] = paths[0]?.hops ?? []
    assert.equal([edge?.address, edge?.hostname], ['https://203.0.113.7/', 'shop.example'])
    assert.is(pod?.addresses, 'all')
  })

  test('quiet windows are those of every hop', async () => {
    const { paths } = await loaded(`url: "https://shop.example/", quiet: [{ days: [sat] }], ${HOPS}`)
    assert.equal(
      paths[0]?.hops.map(({ quiet }) => quiet?.map(({ days }) => days)),
      [[['sat']], [['sat']]],
    )
  })
})
