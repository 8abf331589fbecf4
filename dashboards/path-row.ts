/** The panels of a path: one request, asked at each hop of its way in. */
import { hopOverhead, hopState, largestOverheads } from '../monitoring/target-queries.ts'
import type { Row } from './board.ts'
import { STATE } from './colours.ts'
import { history, ranking, stack } from './panels.ts'
import { PATH } from './variables.ts'

const NO_PATH = 'No path is configured'
const LARGEST = 10

export function pathRow(): Row {
  return { title: 'Path: the same request at each hop', panels: [hops(), hopStack(), hopPhases()] }
}

function hops() {
  return history(
    {
      title: 'Hops',
      description: 'Each hop of the path, asked on the same beat: the innermost that fails is where to look.',
      width: 24,
      height: 6,
      unit: 'none',
      none: NO_PATH,
    },
    { expr: hopState(PATH, '$__interval'), legend: '{{path}} {{hop}}' },
    STATE,
  )
}

function hopStack() {
  return stack(
    {
      title: 'What each hop adds',
      description:
        'Its duration minus that of the hop behind it, median of the last 20 beats; together the whole request.',
      width: 12,
      height: 9,
      unit: 's',
      none: NO_PATH,
    },
    [{ expr: hopOverhead(PATH), legend: '{{path}} {{hop}}' }],
  )
}

function hopPhases() {
  return ranking(
    {
      title: 'Where hops add most',
      description: 'The ten largest additions now, by hop and phase.',
      width: 12,
      height: 9,
      unit: 's',
      none: NO_PATH,
    },
    { expr: `sort_desc(${largestOverheads(PATH, LARGEST)})`, legend: '{{path}} {{hop}}: {{phase}}' },
  )
}
