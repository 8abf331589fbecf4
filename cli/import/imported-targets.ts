/** Questions of Prometheus as `targets:`, or as `discovery.files:`, with what had to become different on the way. */
import { dirname, isAbsolute, resolve } from 'node:path'
import { formatDuration } from '../../prober/config/duration.ts'
import { maskUrl } from '../../prober/config/mask-url.ts'
import type { PlacedProblem } from '../../prober/config/problem.ts'
import { LABEL_NAME } from '../../prober/config/query-response.ts'
import { LONGEST_INTERVAL_SECONDS, RESERVED_LABELS, SHORTEST_INTERVAL_SECONDS } from '../../prober/config/scheduled.ts'
import { type Module, SCRAPE_TIMEOUT_SECONDS, TIMEOUT_OFFSET_SECONDS } from '../../prober/config/schema.ts'
import { complaintAbout } from '../../prober/config/target-address.ts'
import type { Job, Question } from './probing-jobs.ts'
import { copied } from './target-groups.ts'

/** An entry of `targets:`, its keys in the order in which they are written. */
export interface ImportedTarget {
  readonly name?: string
  readonly address: string
  readonly module: string
  readonly interval: string
  readonly hostname?: string
  readonly query_name?: string
  readonly query_type?: string
  readonly labels?: Readonly<Record<string, string>>
}

export interface ImportedJob {
  readonly name: string
  readonly targets: readonly ImportedTarget[]
}

/** Lists that Sonde reads itself, with all that changes in them later. */
export interface ImportedLists {
  readonly name: string
  /** Absolute, or from the current folder. */
  readonly files: readonly { readonly pattern: string; readonly isAbsolute: boolean }[]
  readonly module: string
  readonly interval: string
}

export type Modules = ReadonlyMap<string, Module>
/** Of a target or of the whole job, which is said once. */
type Complain = (place: Pick<Question, 'path' | 'position'>, message: string) => void

/** In the order of the questions. */
export function importedTargets(allJobs: readonly Job[], questions: readonly Question[], modules: Modules) {
  const complaints: PlacedProblem[] = []
  const complain: Complain = ({ path, position }, message) => complaints.push({ path, position, message })
  const followed = followedJobs(allJobs, questions, modules)
  const names = createNames(complain)
  const found = questions.flatMap((question) => {
    const module = moduleOf(question, modules, complain)
    const target = module && importedTarget(question, module, names, complain)
    return target === undefined || followed.has(question.job) ? [] : [{ job: question.job, target }]
  })
  const jobs = [...Map.groupBy(found, ({ job }) => job)].map(
    ([{ name }, own]): ImportedJob => ({ name, targets: own.map(({ target }) => target) }),
  )
  for (const job of allJobs) if (!followed.has(job)) complaints.push(...job.lists.map(copied))
  const lists = [...followed].map(([job, module]) => listsOf(job, module, complain))
  return { jobs, lists, complaints }
}

/** Names are unique, and a target that is written down comes before one that is found: hence none that is in two places. */
function followedJobs(jobs: readonly Job[], questions: readonly Question[], modules: Modules): Map<Job, Module> {
  const byName = Map.groupBy(questions, ({ instance, address }) => maskUrl(instance ?? address))
  const colliding = new Set([...byName.values()].flatMap((all) => (all.length > 1 ? all.map(({ job }) => job) : [])))
  return new Map(
    jobs.flatMap((job): [Job, Module][] => {
      const module = modules.get(job.module)
      return module !== undefined && job.isFollowable && !colliding.has(job) ? [[job, module]] : []
    }),
  )
}

function listsOf(job: Job, module: Module, complain: Complain): ImportedLists {
  for (const list of job.lists)
    if (list.isOfNone) complain(list, 'names no file that is here; Sonde looks for it where it runs')
  return {
    name: job.name,
    files: job.lists.map(({ pattern }) => ({
      pattern: resolve(dirname(job.file), pattern),
      isAbsolute: isAbsolute(pattern),
    })),
    module: literal(job.module),
    interval: shortDuration(intervalOf(job, job.module, module, complain)),
  }
}

function moduleOf({ job, module }: Question, modules: Modules, complain: Complain): Module | undefined {
  const found = modules.get(module)
  if (found !== undefined) return found
  const quoted = JSON.stringify(module)
  complain(job, `asks for the module ${quoted}, which is in none of the files; name its blackbox.yml, too`)
  return undefined
}

function importedTarget(
  question: Question,
  module: Module,
  names: Names,
  complain: Complain,
): ImportedTarget | undefined {
  const wrong = complaintAbout(question.address, module.prober)
  if (wrong !== undefined) {
    complain(question, `is left out, since it ${wrong}`)
    return undefined
  }
  const name = names.take(question)
  if (name === undefined) return undefined
  const labels = labelsOf(question, complain)
  return {
    ...(name === maskUrl(question.address) ? {} : { name: literal(name) }),
    address: literal(question.address),
    module: literal(question.module),
    interval: shortDuration(intervalOf(question.job, question.module, module, complain)),
    ...parametersOf(question, module, complain),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  }
}

/** Prometheus has no placeholders. */
function literal(text: string): string {
  return text.replaceAll('${env:', (placeholder) => `$${placeholder}`)
}

interface Names {
  /** undefined: the same is probed already. */
  take(question: Question): string | undefined
}

/** The label `instance` is a target's name, and there is one of each. */
function createNames(complain: Complain): Names {
  const taken = new Map<string, Question>()
  return {
    take(question) {
      // As a target without a name is called.
      const wanted = maskUrl(question.instance ?? question.address)
      const first = taken.get(wanted)
      if (first === undefined) {
        taken.set(wanted, question)
        return wanted
      }
      if (isSame(first, question)) {
        complain(question, `is probed already, by the job ${JSON.stringify(first.job.name)}; left out`)
        return undefined
      }
      const name = freeName(`${wanted} (${question.module})`, taken)
      taken.set(name, question)
      complain(question, `has the instance of another target; its name, and label instance, is ${JSON.stringify(name)}`)
      return name
    },
  }
}

function freeName(wanted: string, taken: ReadonlyMap<string, unknown>): string {
  let free = wanted
  for (let number = 2; taken.has(free); number += 1) free = `${wanted} ${number}`
  return free
}

function isSame(one: Question, other: Question): boolean {
  const isAskedAlike = JSON.stringify([...one.parameters].sort()) === JSON.stringify([...other.parameters].sort())
  return one.address === other.address && one.module === other.module && isAskedAlike
}

/** On Sonde's schedule a probe ends before the next begins, where Prometheus cut it off. */
function intervalOf(job: Job, name: string, { timeoutSeconds }: Module, complain: Complain): number {
  const quoted = JSON.stringify(name)
  const cut = cutShortSeconds(job, timeoutSeconds)
  if (cut !== undefined) {
    const ended = shortDuration(cut)
    complain(job, `its scrape_timeout ended probes after ${ended}; write timeout: ${ended} into the module ${quoted}`)
  }
  const seconds = Math.min(
    Math.max(job.intervalSeconds, timeoutSeconds, SHORTEST_INTERVAL_SECONDS),
    LONGEST_INTERVAL_SECONDS,
  )
  if (seconds !== job.intervalSeconds) {
    const [was, is] = [job.intervalSeconds, seconds].map(shortDuration)
    const reason = seconds === timeoutSeconds ? `the timeout of the module ${quoted}` : 'the nearest that there is'
    complain(job, `its interval of ${was} becomes ${is}, ${reason}`)
  }
  return seconds
}

/** undefined: the module's own time is about what it had. */
function cutShortSeconds({ timeoutSeconds: scrapeSeconds }: Job, timeoutSeconds: number): number | undefined {
  if (scrapeSeconds === undefined || scrapeSeconds <= TIMEOUT_OFFSET_SECONDS) return undefined
  const own = timeoutSeconds === 0 ? SCRAPE_TIMEOUT_SECONDS : timeoutSeconds
  const cut = scrapeSeconds - TIMEOUT_OFFSET_SECONDS
  const ended = timeoutSeconds === 0 ? cut : Math.min(cut, own)
  return Math.abs(ended - own) > TIMEOUT_OFFSET_SECONDS ? ended : undefined
}

/** `1m` instead of `1m0s`. */
function shortDuration(seconds: number): string {
  return formatDuration(seconds).replaceAll(/(?<=[hm])0[ms]/g, '')
}

function labelsOf({ job, labels }: Question, complain: Complain): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of labels) {
    if (RESERVED_LABELS.has(name))
      complain(job, `its label ${name} is one that the metrics themselves have; left out, write it under another name`)
    else if (!LABEL_NAME.test(name))
      complain(job, `its label ${JSON.stringify(name)} has other characters than letters, digits and _; left out`)
    else kept[name] = literal(value)
  }
  return kept
}

const PARAMETERS = ['hostname', 'query_name', 'query_type'] as const
const FOR_DNS: readonly string[] = ['query_name', 'query_type']

function parametersOf({ job, parameters }: Question, { prober }: Module, complain: Complain) {
  const kept: Partial<Record<(typeof PARAMETERS)[number], string>> = {}
  for (const [name, value] of parameters) {
    const known = PARAMETERS.find((parameter) => parameter === name)
    const fits = known !== undefined && FOR_DNS.includes(known) === (prober === 'dns') && prober !== 'icmp'
    if (fits) kept[known] = literal(value)
    else complain(job, `its parameter ${name} means nothing to the prober ${prober}; left out`)
  }
  return kept
}
