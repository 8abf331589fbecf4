/** The watches that all sources need, each once: a reload leaves those alone that are wanted before and after. */
import type { ApiServer } from '../../config/schema.ts'
import type { Api } from './api.ts'
import type { WatchSpec } from './rounds.ts'
import type { Watch } from './watch.ts'

export interface WantedWatch {
  readonly server: ApiServer
  readonly spec: WatchSpec
}

export interface WatchPool extends AsyncDisposable {
  /** Starts what is new and stops what is no longer wanted; in the order asked for, the same watch for the same wish. */
  reconcile(wanted: readonly WantedWatch[]): readonly Watch[]
}

export function createWatchPool(
  connect: (server: ApiServer) => Api,
  start: (spec: WatchSpec, api: Api) => Watch,
): WatchPool {
  let watches = new Map<string, Watch>()
  let apis = new Map<string, Api>()
  const ending = new Set<Promise<unknown>>()

  function end(work: Promise<unknown>): void {
    ending.add(work)
    void work.finally(() => ending.delete(work))
  }

  function reconcile(wanted: readonly WantedWatch[]): readonly Watch[] {
    const nextApis = new Map<string, Api>()
    const next = new Map<string, Watch>()
    const given = wanted.map(({ server, spec }) => {
      const at = JSON.stringify(server)
      const api = nextApis.get(at) ?? apis.get(at) ?? connect(server)
      nextApis.set(at, api)
      const key = JSON.stringify([server, spec])
      const watch = next.get(key) ?? watches.get(key) ?? start(spec, api)
      next.set(key, watch)
      return watch
    })
    const stopped = [...watches].filter(([key]) => !next.has(key)).map(([, watch]) => watch.stop())
    const unused = [...apis].filter(([at]) => !nextApis.has(at)).map(([, api]) => api)
    end(Promise.all(stopped).then(() => Promise.all(unused.map((api) => api[Symbol.asyncDispose]()))))
    watches = next
    apis = nextApis
    return given
  }

  return {
    reconcile,
    async [Symbol.asyncDispose]() {
      reconcile([])
      await Promise.all(ending)
    },
  }
}
