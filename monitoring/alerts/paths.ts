/** Which hop of a path is to blame. */
import type { Alert, Context } from '../alert.ts'
import { blamedHop } from '../queries.ts'
import { BLAME_REASON } from '../texts.ts'

export function pathAlerts({ scope }: Context): Alert[] {
  return [
    {
      name: 'SyntheticPathHopFailing',
      severity: 'warning',
      expression: `${blamedHop(scope)} == 1`,
      summary: 'A hop of a path fails or slows it down.',
      description: `On the path {{ $labels.path }} the hop {{ $labels.hop }} is to blame${BLAME_REASON}.`,
      keepsFiring: true,
    },
  ]
}
