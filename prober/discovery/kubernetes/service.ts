/** Ports of a Service under its name in the cluster. */
import type { KubernetesObject } from './objects.ts'
import { type PlaceSettings, type Placement, pathOf } from './placement.ts'

export function servicePlacements(object: KubernetesObject<'service'>, settings: PlaceSettings): Placement[] {
  const { name, namespace, spec } = object
  const ports = spec.ports.filter(({ protocol }) => protocol === '' || protocol === 'TCP')
  if (ports.length === 0) return [{ id: '', reason: 'port_missing', message: 'has no port of TCP' }]
  return ports.map(({ port, name: portName, appProtocol }) => {
    const looksSecure = port === 443 || /^(https|kubernetes\.io\/wss)$/i.test(appProtocol || portName)
    const isSecure = settings.scheme === undefined ? looksSecure : settings.scheme === 'https'
    return {
      id: String(port),
      place: { isSecure, host: `${name}.${namespace}.svc`, port, path: pathOf(object, settings, []) },
    }
  })
}
