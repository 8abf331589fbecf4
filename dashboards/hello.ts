/** The hello service as it sees itself: rate, errors and duration of its requests, and its processes. */
import { answeringCount, knownCount } from '../monitoring/process-queries.ts'
import {
  activeRequests,
  errorShare,
  requestBuckets,
  requestQuantile,
  requestRate,
} from '../monitoring/service-queries.ts'
import { board } from './board.ts'
import { figure, heat, lines, linesWithin, stack } from './panels.ts'
import { answered, cpu, memory, restarted } from './process-panels.ts'
import { datasource, filters, JOB_AND_INSTANCE, processVariables } from './variables.ts'

const STEP = '$__rate_interval'

export const hello = board({
  uid: 'sonde-hello',
  title: 'Synthetic monitoring / Hello service',
  description: 'The service as it sees itself. Where it is well and its target is not, the way there is to blame.',
  from: 'now-6h',
  variables: [datasource(), ...processVariables('http_server_active_requests'), filters()],
  rows: [
    { title: 'Now', panels: figures() },
    { title: 'Requests', panels: [rate(), errors(), durations(), distribution()] },
    { title: 'By route', panels: [routes(), slowRoutes()] },
    { title: 'Processes', panels: [active(), cpu(), memory()] },
  ],
})

function figures() {
  const size = { width: 4, height: 4 }
  return [
    figure(
      { title: 'Replicas', description: 'That answer the scrape now.', unit: 'none', ...size },
      { expr: answeringCount(JOB_AND_INSTANCE) },
    ),
    figure(
      {
        title: 'Known',
        description: 'Replicas that Prometheus knows of, whether or not they answer.',
        unit: 'none',
        ...size,
      },
      { expr: knownCount(JOB_AND_INSTANCE) },
    ),
    answered(),
    figure(
      { title: 'Requests', description: 'A second, of all replicas.', unit: 'reqps', ...size },
      { expr: requestRate(JOB_AND_INSTANCE, STEP) },
    ),
    figure(
      { title: 'Errors', description: 'Share of the answers that were 5xx.', unit: 'percentunit', ...size },
      { expr: errorShare(JOB_AND_INSTANCE, STEP) },
      ['green', [0.001, 'orange'], [0.01, 'red']],
    ),
    restarted(),
  ]
}

function rate() {
  return stack(
    {
      title: 'Requests by status',
      description: 'A second, by the code of the answer.',
      width: 12,
      height: 9,
      unit: 'reqps',
    },
    [
      {
        expr: requestRate(JOB_AND_INSTANCE, STEP, 'http_response_status_code'),
        legend: '{{http_response_status_code}}',
      },
    ],
  )
}

function errors() {
  return linesWithin(
    {
      title: 'Errors over time',
      description: 'Share of the answers that were 5xx.',
      width: 12,
      height: 9,
      unit: 'percentunit',
    },
    [{ expr: errorShare(JOB_AND_INSTANCE, STEP), legend: '5xx' }],
    ['green', [0.01, 'red']],
  )
}

function durations() {
  return lines(
    {
      title: 'Duration',
      description: 'What 50, 95 and 99 of 100 requests stayed below, until the last byte was handed over.',
      width: 12,
      height: 9,
      unit: 's',
    },
    [0.5, 0.95, 0.99].map((quantile) => ({
      expr: requestQuantile(JOB_AND_INSTANCE, quantile, STEP),
      legend: `${100 * quantile} %`,
    })),
  )
}

function distribution() {
  return heat(
    { title: 'Distribution of durations', description: 'Every request, in buckets.', width: 12, height: 9, unit: 's' },
    { expr: requestBuckets(JOB_AND_INSTANCE, STEP) },
  )
}

function routes() {
  return stack(
    {
      title: 'Requests by route',
      description: 'A second, by the pattern of the path.',
      width: 12,
      height: 9,
      unit: 'reqps',
    },
    [{ expr: requestRate(JOB_AND_INSTANCE, STEP, 'http_route'), legend: '{{http_route}}' }],
  )
}

function slowRoutes() {
  return lines(
    {
      title: 'Duration by route',
      description: 'What 95 of 100 requests stayed below.',
      width: 12,
      height: 9,
      unit: 's',
    },
    [{ expr: requestQuantile(JOB_AND_INSTANCE, 0.95, STEP, 'http_route'), legend: '{{http_route}}' }],
  )
}

function active() {
  return lines(
    { title: 'In flight', description: 'Requests that are being answered.', width: 8, height: 8, unit: 'none' },
    [{ expr: activeRequests(JOB_AND_INSTANCE), legend: '{{instance}}' }],
  )
}
