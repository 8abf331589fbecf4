/**
 * What is asked of the API server for one kind: a list in pages, then a watch from there, and a list again when that is too
 * long ago. https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { type FailureReason, type SourceFailure, sourceFailure } from '../failure.ts'
import type { Page, WatchEvent } from './answers.ts'
import type { Api, Query } from './api.ts'
import type { ObjectStore } from './object-store.ts'
import type { Kind } from './objects.ts'
import { API_RESOURCES, apiPath } from './resources.ts'

export interface WatchSpec {
  readonly kind: Kind
  /** undefined: all. */
  readonly namespace: string | undefined
  readonly labelSelector: string
  readonly objectLabels: readonly string[]
}

export type Round =
  | { readonly ok: true; readonly verb: Verb }
  | { readonly ok: false; readonly verb: Verb; readonly failure: SourceFailure }
export type Verb = 'list' | 'watch'

export interface RoundParts {
  readonly api: Api
  readonly store: ObjectStore
  /** From 0 up to 1. */
  readonly random: () => number
  /** What is in the store is what the server has. */
  readonly onSynced: () => void
  /** Something came by the watch. */
  readonly onEvent: () => void
  /** It goes on all the same. */
  readonly onLeftOut: (failure: SourceFailure) => void
}

const PAGE_ITEMS = 250
/** More than can be kept; a server may ask for the next one for ever. */
const MOST_PAGES = 2000
/** Then everything else gets a turn: a server may send a hundred thousand in spite of `limit`. */
const ITEMS_AT_ONCE = 100
/** The server ends a watch after so long, or up to half as long again: so the load of many is spread. */
const WATCH_SECONDS = 240

/** Each call is one round: a list, or a watch until it ends. */
export function createRounds(spec: WatchSpec, parts: RoundParts): (signal: AbortSignal) => Promise<Round> {
  const { api, store } = parts
  const selection: Query = spec.labelSelector === '' ? {} : { labelSelector: spec.labelSelector }
  const { versions } = API_RESOURCES[spec.kind]
  let path = ''
  /** From where a watch goes on; undefined: with a list. */
  let resourceVersion: string | undefined

  /** Of the first version that the cluster has. */
  async function list(signal: AbortSignal): Promise<Page | SourceFailure> {
    for (const [index, version] of versions.entries()) {
      path = apiPath(spec.kind, version, spec.namespace)
      const listed = await listPages(signal)
      if (listed.ok || listed.reason !== 'not_found' || index === versions.length - 1) return listed
    }
    throw new Error(`no version of ${spec.kind}`)
  }

  async function listPages(signal: AbortSignal): Promise<Page | SourceFailure> {
    store.beginList()
    let next = ''
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const query = { ...selection, limit: String(PAGE_ITEMS), ...(next === '' ? {} : { continue: next }) }
      const page = await api.list(path, query, signal)
      if (!page.ok) return page
      await putAll(page.items)
      next = page.continue
      if (next === '') return page
    }
    return ENDLESS
  }

  async function putAll(items: readonly unknown[]): Promise<void> {
    for (const [index, item] of items.entries()) {
      put(item)
      if (index % ITEMS_AT_ONCE === ITEMS_AT_ONCE - 1) await setImmediate()
    }
  }

  function put(object: unknown): void {
    if (!store.put(object)) parts.onLeftOut(LEFT_OUT)
  }

  function take({ type, object }: WatchEvent): void {
    resourceVersion = versionOf(object) ?? resourceVersion
    if (type === 'DELETED') store.remove(object)
    else if (type !== 'BOOKMARK') put(object)
    parts.onEvent()
  }

  async function watch(from: string, signal: AbortSignal) {
    const timeoutSeconds = String(Math.round(WATCH_SECONDS * (1 + parts.random() / 2)))
    const query = { ...selection, watch: 'true', allowWatchBookmarks: 'true', resourceVersion: from, timeoutSeconds }
    const ended = await api.watch(path, query, signal, { begun: parts.onSynced, event: take })
    if (!ended.ok && !GOES_ON_AFTER.includes(ended.reason)) resourceVersion = undefined
    return ended
  }

  return async (signal) => {
    if (resourceVersion !== undefined) return roundOf('watch', await watch(resourceVersion, signal))
    const listed = await list(signal)
    if (listed.ok) {
      store.endList()
      resourceVersion = listed.resourceVersion
      parts.onSynced()
    }
    return roundOf('list', listed)
  }
}

function roundOf(verb: Verb, ended: { readonly ok: true } | SourceFailure): Round {
  return ended.ok ? { ok: true, verb } : { ok: false, verb, failure: ended }
}

/** The way there failed, and what came meanwhile is still to be had; after anything else only a list tells what is true. */
const GOES_ON_AFTER: readonly FailureReason[] = [
  'unreachable',
  'timeout',
  'throttled',
  'unauthorized',
  'forbidden',
  'file_unreadable',
]

const LEFT_OUT = sourceFailure('too_large', 'an object is left out: it has no name, or there are too many of them')

const ENDLESS = sourceFailure('too_large', `the API server sent ${MOST_PAGES} pages, and none of them was the last`)

const versioned = z.object({ metadata: z.object({ resourceVersion: z.string().min(1).max(128) }) })

function versionOf(object: unknown): string | undefined {
  const read = versioned.safeParse(object)
  return read.success ? read.data.metadata.resourceVersion : undefined
}
