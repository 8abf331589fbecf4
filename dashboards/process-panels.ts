/** What is shown of any process: the prober's and the service's. */
import { answeredShare, cpuCores, residentBytes, restarts } from '../monitoring/process-queries.ts'
import { NONE_IS_GOOD, UPTIME } from './colours.ts'
import { figure, lines } from './panels.ts'
import { JOB_AND_INSTANCE } from './variables.ts'

const FIGURE = { width: 4, height: 4 }
const GRAPH = { width: 8, height: 8 }
const LEGEND = '{{instance}}'

export function answered() {
  return figure(
    {
      title: 'Answered',
      description: 'Share of the scrapes in the time shown that were answered.',
      unit: 'percentunit',
      ...FIGURE,
    },
    { expr: answeredShare(JOB_AND_INSTANCE, '$__range') },
    UPTIME,
  )
}

export function restarted() {
  return figure(
    { title: 'Restarts', description: 'In the time shown.', unit: 'none', ...FIGURE },
    { expr: restarts(JOB_AND_INSTANCE, '$__range') },
    NONE_IS_GOOD,
  )
}

export function cpu() {
  return lines(
    { title: 'CPU', description: 'Cores in use; a process of Node uses little more than one.', unit: 'none', ...GRAPH },
    [{ expr: cpuCores(JOB_AND_INSTANCE, '$__rate_interval'), legend: LEGEND }],
  )
}

export function memory() {
  return lines(
    { title: 'Memory', description: 'Resident, as the limit of a container counts it.', unit: 'bytes', ...GRAPH },
    [{ expr: residentBytes(JOB_AND_INSTANCE), legend: LEGEND }],
  )
}
