import { prepareGround, probe, residentMiB } from './contenders.ts'
import { CONTENDERS } from './rounds.ts'
import type { Bench } from './run.ts'

const PROBES = 10_000
const AT_ONCE = 32
/** As every script has them. */
const FLAGS = ['--max-semi-space-size=2']

export const bench: Bench = {
  question: 'how much memory does a process hold, fresh and after work?',
  async run(say) {
    await using ground = await prepareGround(FLAGS)
    const { http, https } = ground.questions
    const resident = () =>
      `blackbox ${residentMiB(ground.blackbox.pid).toFixed(0)} MiB, sonde ${residentMiB(ground.sonde.pid).toFixed(0)} MiB`
    say(`fresh: ${resident()}`)
    for (const who of CONTENDERS) {
      let left = PROBES
      const worker = async () => {
        while (left-- > 0) await probe(ground[who], left % 2 === 0 ? http : https)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, worker))
    }
    say(`after ${PROBES} probes, ${AT_ONCE} at once, HTTP and HTTPS by turns: ${resident()}`)
  },
}
