/** What `/probe` and its neighbours answer to good and bad questions: the same status, type and kind of body. */
import { assert } from '../harness.ts'
import { describeWithPrograms } from '../programs.ts'
import { answer, serveHttp } from '../servers/http.ts'
import { fillIn, makeFolder, startBoth, writeModules } from './side-by-side.ts'

const TIMEOUT = 'x-prometheus-scrape-timeout-seconds'

interface Question {
  readonly title: string
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly status: number
  /** In both bodies. */
  readonly says?: RegExp
}

const QUESTIONS: readonly Question[] = [
  { title: 'a good question', path: '/probe?module=http_2xx&target={url}', status: 200, says: /^probe_success 1$/m },
  { title: 'no module: http_2xx', path: '/probe?target={url}', status: 200, says: /^probe_success 1$/m },
  { title: 'an empty module: http_2xx', path: '/probe?module=&target={url}', status: 200, says: /^probe_success 1$/m },
  {
    title: 'of two modules the first counts',
    path: '/probe?module=http_2xx&module=x&target={url}',
    status: 200,
    says: /^probe_success 1$/m,
  },
  {
    title: 'an unknown module',
    path: '/probe?module=nothing&target={url}',
    status: 400,
    says: /^Unknown module "nothing"/,
  },
  { title: 'an unknown module and no target', path: '/probe?module=nothing', status: 400, says: /^Unknown module/ },
  { title: 'no target', path: '/probe?module=http_2xx', status: 400, says: /^Target parameter is missing/ },
  {
    title: 'an empty target',
    path: '/probe?module=http_2xx&target=',
    status: 400,
    says: /^Target parameter is missing/,
  },
  { title: 'nothing at all', path: '/probe', status: 400, says: /^Target parameter is missing/ },
  {
    title: 'parameters that nobody knows',
    path: '/probe?target={url}&interval=1m&x=y',
    status: 200,
    says: /^probe_success 1$/m,
  },
  { title: 'a timeout that is none', path: '/probe?target={url}', headers: { [TIMEOUT]: 'soon' }, status: 500 },
  { title: 'a bad timeout before a missing target', path: '/probe', headers: { [TIMEOUT]: 'soon' }, status: 500 },
  {
    title: 'an unknown module before a bad timeout',
    path: '/probe?module=x',
    headers: { [TIMEOUT]: 'soon' },
    status: 400,
  },
  {
    title: 'a timeout in fractions',
    path: '/probe?target={url}',
    headers: { [TIMEOUT]: '9.5' },
    status: 200,
    says: /^probe_success 1$/m,
  },
  {
    title: 'a timeout in exponents',
    path: '/probe?target={url}',
    headers: { [TIMEOUT]: '1e1' },
    status: 200,
    says: /^probe_success 1$/m,
  },
  {
    title: 'a timeout of 0',
    path: '/probe?target={url}',
    headers: { [TIMEOUT]: '0' },
    status: 200,
    says: /^probe_success 1$/m,
  },
  {
    title: 'a hostname beside a Host header of its own',
    path: '/probe?module=host&target={url}&hostname=b.example',
    status: 400,
  },
  {
    title: 'the same hostname as the Host header',
    path: '/probe?module=host&target={url}&hostname=one.example',
    status: 200,
    says: /^probe_success 1$/m,
  },
  {
    title: 'debug',
    path: '/probe?module=http_2xx&target={url}&debug=true',
    status: 200,
    says: /^Logs for the probe:[\s\S]*Metrics that would have been returned:[\s\S]*^probe_success 1$[\s\S]*Module configuration:/m,
  },
  { title: 'debug of another value', path: '/probe?target={url}&debug=1', status: 200, says: /^# HELP/ },
  {
    title: 'a POST',
    path: '/probe?module=http_2xx&target={url}',
    method: 'POST',
    status: 200,
    says: /^probe_success 1$/m,
  },
  {
    title: 'a failure is a good answer',
    path: '/probe?module=tcp&target=localhost:nonsense',
    status: 200,
    says: /^probe_success 0$/m,
  },
  { title: 'health', path: '/-/healthy', status: 200, says: /^Healthy/ },
  { title: 'reload by GET', path: '/-/reload', status: 405 },
  { title: 'reload by POST', path: '/-/reload', method: 'POST', status: 200 },
  { title: 'the configuration', path: '/config', status: 200, says: /^modules:$[\s\S]*prober: tcp$/m },
  { title: 'a log that nobody keeps', path: '/logs?id=12345', status: 404 },
  { title: 'a log of no number', path: '/logs?id=x', status: 400 },
  {
    title: 'its own metrics',
    path: '/metrics',
    status: 200,
    says: /^blackbox_exporter_config_last_reload_successful 1$/m,
  },
]

async function put(prober: string, { path, method = 'GET', headers = {}, status, says = /^/ }: Question, url: string) {
  const asked = `http://${prober}${fillIn(path, { url: encodeURIComponent(url) })}`
  const response = await fetch(asked, { method, headers, signal: AbortSignal.timeout(10_000) })
  const text = await response.text()
  return {
    isRight: response.status === status && says.test(text),
    type: response.headers.get('content-type')?.split(';')[0],
    seen: `${response.status}: ${text.slice(0, 200)}`,
  }
}

describeWithPrograms('/probe and its neighbours beside blackbox_exporter', ['blackbox_exporter'], (test) => {
  test(`${QUESTIONS.length} questions get the same status, type and kind of answer`, async () => {
    await using target = await serveHttp(answer(200, 'hello'))
    await using folder = await makeFolder()
    await writeModules('endpoint.yml', folder.path, { names: {} })
    await using both = await startBoth(folder.path)
    const wrong: string[] = []
    for (const question of QUESTIONS) {
      const [sonde, blackbox] = [
        await put(both.sonde, question, target.url),
        await put(both.blackbox, question, target.url),
      ]
      if (!sonde.isRight) wrong.push(`${question.title}: Sonde answers ${sonde.seen}`)
      if (!blackbox.isRight) wrong.push(`${question.title}: blackbox_exporter answers ${blackbox.seen}`)
      if (sonde.type !== blackbox.type)
        wrong.push(`${question.title}: ${sonde.type}, blackbox_exporter ${blackbox.type}`)
    }
    assert.equal(wrong, [])
  })
})
