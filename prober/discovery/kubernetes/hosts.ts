/** Host names as Ingress and the Gateway API write them: exact, with a wildcard in front, or none at all. */

/** RFC 1123, in small letters as Kubernetes keeps them; a wildcard is the first label as a whole. */
const HOST = /^(\*\.)?[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/
const LONGEST_HOST = 253

export function isHost(text: string): boolean {
  return text.length <= LONGEST_HOST && HOST.test(text)
}

export function isWildcard(host: string): boolean {
  return host.startsWith('*.')
}

/** Of an Ingress: `*` stands for one label. https://kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards */
export function isCovered(host: string, by: string): boolean {
  if (!isWildcard(by)) return host === by
  return host === by || host.slice(host.indexOf('.')) === by.slice(1)
}

/**
 * The hosts that a listener and a route have in common, undefined if none; `''` is any host. A wildcard stands for one or
 * more labels. https://gateway-api.sigs.k8s.io/concepts/hostnames/
 */
export function commonHost(listener: string, route: string): string | undefined {
  if (listener === '') return route
  if (route === '' || listener === route) return listener
  if (isWildcard(listener) && route.endsWith(listener.slice(1))) return route
  if (isWildcard(route) && listener.endsWith(route.slice(1))) return listener
  return undefined
}

/** Whether the annotation's host is one of those that a rule is for. */
export function isSample(host: string, rule: string): boolean {
  return rule === '' || (isWildcard(rule) && host.endsWith(rule.slice(1)))
}
