import { parseConfig } from '../../prober/config/load.ts'
import type { Config } from '../../prober/config/schema.ts'

/** `text`: a sonde.yml that is right. */
export async function configured(text: string): Promise<Config> {
  const loaded = await parseConfig(text, 'sonde.yml')
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return loaded.config
}

/** One of everything that rules are made of. */
export const FULL = `
targets:
  - {name: shop, address: "http://shop/", labels: {team: web}}
paths:
  - {name: way, url: "http://way/", hops: [{name: edge}, {name: pod, address: "http://pod/"}]}
slo:
  - {name: web, targets: [shop]}
`
