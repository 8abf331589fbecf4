/** The jobs of a prometheus.yml that ask a blackbox_exporter, and what each of their targets becomes. */
import { maskUrl } from '../../prober/config/mask-url.ts'
import type { Path, PlacedProblem, Position } from '../../prober/config/problem.ts'
import type { PrometheusFile, ScrapeConfig, Times } from './prometheus-file.ts'
import { isFollowable } from './followable.ts'
import { type Labels, type Relabeling, relabeling } from './relabel.ts'
import { type FileList, type FoundTarget, findTargets } from './target-groups.ts'

/** What Prometheus asks, once its rules were applied. */
export interface Question {
  readonly job: Job
  readonly address: string
  readonly module: string
  /** The label `instance`, where a rule or the file sets it. */
  readonly instance: string | undefined
  /** `hostname` and the like. */
  readonly parameters: Labels
  /** All others that reach a series. */
  readonly labels: Labels
  readonly position: Position
  readonly path: Path
}

export interface Job {
  readonly name: string
  readonly intervalSeconds: number
  /** undefined: nobody wrote one. */
  readonly timeoutSeconds: number | undefined
  /** Of those that name none themselves. */
  readonly module: string
  /** From the folder of `file`. */
  readonly lists: readonly FileList[]
  readonly file: string
  /** Sonde's own discovery makes the same of the lists as they are today. */
  readonly isFollowable: boolean
  /** Of the job's name. */
  readonly position: Position
  readonly path: Path
}

export interface Questions {
  /** Those that ask a prober, whether or not there is something to ask for. */
  readonly jobs: readonly Job[]
  readonly questions: readonly Question[]
  readonly complaints: readonly PlacedProblem[]
  /** Jobs that scrape something else. */
  readonly otherJobs: number
}

/** Prometheus' own. */
const INTERVAL_SECONDS = 60
/** The exporter's own. */
const MODULE = 'http_2xx'

/** `global`: also for files that have none, since another one names them. */
export async function questionsOf(source: PrometheusFile, global: Times): Promise<Questions> {
  const asking = source.scrapeConfigs.flatMap((config, index) => (asksProber(config) ? [{ config, index }] : []))
  const parts = await Promise.all(
    asking.map(({ config, index }) => questionsOfJob(config, ['scrape_configs', index], source, global)),
  )
  return {
    jobs: parts.map(({ job }) => job),
    questions: parts.flatMap(({ questions }) => questions),
    complaints: [...parts.flatMap(({ complaints }) => complaints), ...complaintsAboutOthers(source)],
    otherJobs: source.scrapeConfigs.length - asking.length,
  }
}

/** As manuals have it; exporters of other kinds are asked in the same way at other paths. */
function asksProber(config: ScrapeConfig): boolean {
  return asksAtProbe(config) && (Object.hasOwn(config.params, 'target') || config.relabel_configs.some(setsTarget))
}

function asksAtProbe({ metrics_path: path }: ScrapeConfig): boolean {
  return path.endsWith('/probe')
}

/** Most likely a rule that is missing, or under a key that is none: exporters that are asked at such a path want a target. */
function complaintsAboutOthers({ scrapeConfigs, tree }: PrometheusFile): PlacedProblem[] {
  return scrapeConfigs.flatMap((config, index) => {
    if (asksProber(config) || !asksAtProbe(config)) return []
    const path = ['scrape_configs', index, 'metrics_path']
    const message = 'asks a prober, and no rule in relabel_configs sets __param_target; left to Prometheus'
    return [{ path, position: tree.positionOf(path, true), message }]
  })
}

function setsTarget({ target_label: label }: ScrapeConfig['relabel_configs'][number]): boolean {
  return label === '__param_target'
}

async function questionsOfJob(config: ScrapeConfig, at: Path, source: PrometheusFile, global: Times) {
  const rules = relabeling(config.relabel_configs)
  const found = await findTargets(config, at, source)
  const job: Job = {
    ...jobOf(config, at, source, global),
    lists: found.lists,
    isFollowable: found.complaints.length === 0 && isFollowable(config, found),
  }
  const asked = found.targets.map((target) => ({ target, labels: rules.apply(labelsBefore(config, target)) }))
  return {
    job,
    questions: asked.flatMap(({ target, labels }) => (labels === undefined ? [] : questionOf(job, target, labels))),
    complaints: [
      ...unfollowedRules(rules, at, source),
      ...unfollowedDiscovery(config, at, source),
      ...found.complaints,
      ...asked.flatMap(({ target, labels }) => addressComplaints(target, labels, at, source, config)),
    ],
  }
}

function jobOf(config: ScrapeConfig, at: Path, { tree, file }: PrometheusFile, global: Times) {
  return {
    name: config.job_name,
    module: config.params.module?.[0] ?? MODULE,
    file,
    intervalSeconds: config.scrape_interval ?? global.scrape_interval ?? INTERVAL_SECONDS,
    timeoutSeconds: config.scrape_timeout ?? global.scrape_timeout,
    path: [...at],
    position: tree.positionOf([...at, 'job_name'], true),
  }
}

/** What the rules begin with; labels of the target's own win. */
function labelsBefore(config: ScrapeConfig, { address, labels }: FoundTarget): Labels {
  const params = Object.entries(config.params).map(([name, [value = '']]) => [`__param_${name}`, value] as const)
  return new Map([
    ...params,
    ['__scheme__', 'http'],
    ['__metrics_path__', config.metrics_path],
    ['job', config.job_name],
    ...Object.entries(labels),
    ['__address__', address],
  ])
}

const PARAMETER = '__param_'

function questionOf(job: Job, { position, path }: FoundTarget, labels: Labels): Question[] {
  const all = [...labels].filter(([, value]) => value !== '')
  const instance = all.find(([name]) => name === 'instance')?.[1]
  const parameters = new Map(
    all.flatMap(([name, value]) => (name.startsWith(PARAMETER) ? [[name.slice(PARAMETER.length), value]] : [])),
  )
  const address = parameters.get('target')
  if (address === undefined) return []
  const own = all.filter(([name]) => !name.startsWith('__') && name !== 'instance' && name !== 'job')
  const module = parameters.get('module') ?? MODULE
  for (const name of ['target', 'module']) parameters.delete(name)
  return [{ job, address, module, instance, parameters, labels: new Map(own), position, path }]
}

function unfollowedRules({ unfollowed }: Relabeling, at: Path, { tree }: PrometheusFile): PlacedProblem[] {
  return unfollowed.map(({ index, message }) => {
    const path = [...at, 'relabel_configs', index]
    return { path, position: tree.positionOf([...path, 'action'], true), message }
  })
}

const FOUND_BY_SONDE = 'Sonde itself finds Ingresses, routes and Services: see discovery in docs/configuration.md'
const FOUND_BY_NOBODY =
  'write what it finds under targets:, or let something serve it as a list: see discovery in docs/configuration.md'

/** Kinds of discovery that are not read, and what stands on samples. */
function unfollowedDiscovery(config: ScrapeConfig, at: Path, { tree }: PrometheusFile): PlacedProblem[] {
  const kinds = Object.keys(config).filter((key) => key.endsWith('_sd_configs') && !READ.includes(key))
  const messages = kinds.map((key) => [key, `is not read; ${discoveryHint(key)}`] as const)
  const samples = config.metric_relabel_configs === undefined ? [] : [['metric_relabel_configs', STAYS] as const]
  return [...messages, ...samples].map(([key, message]) => {
    const path = [...at, key]
    return { path, position: tree.positionOf(path, true), message }
  })
}

const READ: readonly string[] = ['file_sd_configs', 'http_sd_configs']
const STAYS = 'changes samples, which is up to Prometheus; take it over into the job that scrapes Sonde'

function discoveryHint(key: string): string {
  return key === 'kubernetes_sd_configs' ? FOUND_BY_SONDE : FOUND_BY_NOBODY
}

const NO_PROBER =
  'no rule sets __address__ to that of the prober, and Prometheus asks each target itself: this job never worked; its targets are taken all the same'

/** What Prometheus is told wrongly about the prober, and says to nobody. */
function addressComplaints(
  target: FoundTarget,
  labels: Labels | undefined,
  at: Path,
  { tree }: PrometheusFile,
  { relabel_configs: rules }: ScrapeConfig,
): PlacedProblem[] {
  if (labels === undefined) return []
  if ((labels.get('__param_target') ?? '') === '')
    return [
      {
        path: target.path,
        position: target.position,
        message: 'comes out of the rules without __param_target, and so without anything to ask for; left out',
      },
    ]
  const index = rules.findLastIndex(({ target_label: label }) => label === '__address__')
  const address = labels.get('__address__') ?? ''
  if (index < 0 && address === labels.get('__param_target')) {
    const path = [...at, 'relabel_configs']
    return [{ path, position: tree.positionOf(path, true), message: NO_PROBER }]
  }
  if (index < 0 || !address.includes('://')) return []
  const path = [...at, 'relabel_configs', index]
  const message = `${JSON.stringify(maskUrl(address))} has a scheme, and Prometheus drops such a target: this job never worked; prober_url under monitoring takes it with and without`
  return [{ path, position: tree.positionOf([...path, 'replacement']), message }]
}
