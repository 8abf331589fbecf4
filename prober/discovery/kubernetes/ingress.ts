/** Hosts of an Ingress: https for those under `tls`. https://kubernetes.io/docs/concepts/services-networking/ingress/ */
import { isCovered } from './hosts.ts'
import type { KubernetesObject, Spec } from './objects.ts'
import type { RuledHost, RulePath } from './placement.ts'

export function ingressHosts({ spec }: KubernetesObject<'ingress'>): RuledHost[] {
  const byHost = Map.groupBy(spec.rules, ({ host }) => host)
  // Beside hosts it is the rest: requests for names that nobody wrote down.
  if (byHost.size > 1) byHost.delete('')
  if (byHost.size === 0) byHost.set('', [])
  return [...byHost].map(([host, rules]) => ({
    host,
    isSecure: hasTls(spec, host),
    port: undefined,
    paths: rules.flatMap((rule) => rule.http.paths.map(rulePath)),
  }))
}

/** An entry without hosts is for whatever host the controller serves. */
function hasTls({ tls }: Spec<'ingress'>, host: string): boolean {
  return tls.some(({ hosts }) => hosts.length === 0 || hosts.some((each) => isCovered(host, each)))
}

/** What ImplementationSpecific means only the controller knows; most take a plain path for a prefix. */
function rulePath({ path, pathType }: Spec<'ingress'>['rules'][number]['http']['paths'][number]): RulePath {
  const isPlain = pathType === 'Exact' || pathType === 'Prefix' || /^[\w/.~%-]*$/.test(path)
  return { path: path === '' ? '/' : path, isAskable: isPlain }
}
