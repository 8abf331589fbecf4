/** Whether the prober itself can be relied on: a target looks slow, or fine, also when its observer is to blame. */
import { overloadedShare } from '../monitoring/queries.ts'
import { scrapeSeconds } from '../monitoring/process-queries.ts'
import {
  byProber,
  countedOver,
  latenessQuantile,
  probeRate,
  reloadSucceeded,
  sumOfProbers,
  versions,
} from '../monitoring/prober-queries.ts'
import { board } from './board.ts'
import { NONE_IS_GOOD, YES_OR_NO } from './colours.ts'
import { faults, figure, lines, stack, withLimit, word } from './panels.ts'
import { answered, cpu, memory, restarted } from './process-panels.ts'
import { table } from './tables.ts'
import { datasource, filters, JOB_AND_INSTANCE, processVariables, scopeOf } from './variables.ts'

/** Told by the series of targets, whose job may be another than the prober's own. */
const ALL_TARGETS = scopeOf()
const OVERLOAD_LIMIT = 0.1

export const prober = board({
  uid: 'sonde-prober',
  title: 'Synthetic monitoring / Prober',
  description: 'Whether the prober itself can be relied on: its schedule, its event loop, its configuration.',
  from: 'now-6h',
  variables: [datasource(), ...processVariables('sonde_build_info'), filters()],
  rows: [
    { title: 'Now', panels: figures() },
    { title: 'Work', panels: [rate(), inFlight(), late(), missed()] },
    { title: 'Whether its times are true', panels: [loop(), heldUp()] },
    { title: 'Process', panels: [cpu(), memory(), scrape(), exports(), build()] },
  ],
})

function figures() {
  const size = { width: 4, height: 4 }
  return [
    answered(),
    word(
      {
        title: 'Configuration loaded',
        description: 'Whether the last reload succeeded, everywhere.',
        unit: 'none',
        ...size,
      },
      { expr: reloadSucceeded(JOB_AND_INSTANCE) },
      YES_OR_NO,
    ),
    figure(
      {
        title: 'Unknown modules',
        description: 'Questions in the time shown that named a module that there is not.',
        unit: 'none',
        ...size,
      },
      { expr: countedOver('blackbox_module_unknown_total', JOB_AND_INSTANCE, '$__range') },
      NONE_IS_GOOD,
    ).decimals(0),
    figure(
      {
        title: 'Scheduled targets',
        description: 'Of all probers shown; 0 where Prometheus asks.',
        unit: 'none',
        ...size,
      },
      { expr: sumOfProbers('sonde_scheduled_targets', JOB_AND_INSTANCE) },
    ),
    figure(
      {
        title: 'Quiet targets',
        description: 'Not probed at the moment because of a quiet window.',
        unit: 'none',
        ...size,
      },
      { expr: sumOfProbers('sonde_scheduler_quiet_targets', JOB_AND_INSTANCE) },
    ),
    restarted(),
  ]
}

function rate() {
  return stack(
    {
      title: 'Probes',
      description: 'A second, by module and outcome; a failure is a successful measurement.',
      width: 12,
      height: 9,
      unit: 'ops',
    },
    [{ expr: probeRate(JOB_AND_INSTANCE, '$__rate_interval'), legend: '{{module}}: {{outcome}}' }],
  )
}

function inFlight() {
  return lines(
    {
      title: 'In flight and waiting',
      description: 'Probes that run, and those that are due and wait for a free place under --probes.max-concurrent.',
      width: 12,
      height: 9,
      unit: 'none',
    },
    [
      { expr: byProber('sonde_probes_in_flight', JOB_AND_INSTANCE), legend: '{{instance}} in flight' },
      { expr: byProber('sonde_scheduler_queue_length', JOB_AND_INSTANCE), legend: '{{instance}} waiting' },
    ],
  )
}

function late() {
  return lines(
    {
      title: 'Scheduled runs start late by',
      description: 'What 99 of 100 runs stayed below: the delay of the timer and the wait for a free place.',
      width: 12,
      height: 8,
      unit: 's',
    },
    [{ expr: latenessQuantile(JOB_AND_INSTANCE, 0.99, '$__rate_interval'), legend: '{{instance}}' }],
  )
}

function missed() {
  return faults(
    {
      title: 'Runs left out',
      description: 'Because the one before still ran, or the process was late. None is good.',
      width: 12,
      height: 8,
      unit: 'none',
    },
    [
      {
        expr: countedOver('sonde_scheduler_missed_runs_total', JOB_AND_INSTANCE, '$__rate_interval', 'instance'),
        legend: '{{instance}}',
      },
    ],
  )
}

function loop() {
  return lines(
    {
      title: 'Event loop late by',
      description: 'A loop that is late takes times too late: what it measures is then its own.',
      width: 12,
      height: 9,
      unit: 's',
    },
    [
      { expr: byProber('sonde_event_loop_delay_p99_seconds', JOB_AND_INSTANCE), legend: '{{instance}} 99 %' },
      { expr: byProber('sonde_event_loop_delay_max_seconds', JOB_AND_INSTANCE), legend: '{{instance}} worst' },
    ],
  )
}

function heldUp() {
  return withLimit(
    lines(
      {
        title: 'Runs held up by the prober',
        description:
          'Share of the latest runs of all targets during which the prober itself stood still: their times say nothing of the targets.',
        width: 12,
        height: 9,
        unit: 'percentunit',
      },
      [
        { expr: overloadedShare(ALL_TARGETS, '$__rate_interval', ['job']), legend: '{{job}}' },
        { expr: `vector(${OVERLOAD_LIMIT})`, legend: 'alert' },
      ],
    ),
    '/^alert$/',
  )
}

function scrape() {
  return lines(
    {
      title: 'Scrape of /metrics',
      description: 'How long Prometheus waits for it; over its timeout everything is lost at once.',
      width: 8,
      height: 8,
      unit: 's',
    },
    [{ expr: scrapeSeconds(JOB_AND_INSTANCE), legend: '{{instance}}' }],
  )
}

function exports() {
  return faults(
    {
      title: 'Failed exports',
      description: 'Deliveries to the OpenTelemetry collector that failed, by what was sent. None is good.',
      width: 12,
      height: 7,
      unit: 'none',
      none: 'Nothing is exported',
    },
    [
      {
        expr: countedOver('prober_export_failures_total', JOB_AND_INSTANCE, '$__rate_interval', 'signal'),
        legend: '{{signal}}',
      },
    ],
  )
}

function build() {
  return table(
    { title: 'Versions', description: 'What runs where.', width: 12, height: 7, unit: 'none' },
    [
      { title: 'Prober', from: { label: 'instance' } },
      { title: 'Sonde', from: { label: 'version', of: versions(JOB_AND_INSTANCE) } },
      { title: 'Node.js', from: { label: 'nodejs_version' } },
    ],
    { title: 'Prober' },
  )
}
