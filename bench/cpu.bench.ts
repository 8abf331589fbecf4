import { CLIENTS, cpuSeconds, type Ground, KINDS, prepareGround, probe, type Question } from './contenders.ts'
import { CONTENDERS, interleave, ratioLine, type Who } from './rounds.ts'
import type { Bench } from './run.ts'

const ROUNDS = 5
const WARM_UP = 15_000
const PROBES = 5_000
const AT_ONCE = 8

interface Cost {
  readonly cpuMicroseconds: number
  readonly perSecond: number
}

async function measure(ground: Ground, who: Who, question: Question, probes: number): Promise<Cost> {
  const contender = ground[who]
  const [cpuBefore, startedMs] = [cpuSeconds(contender.pid), performance.now()]
  let left = probes
  const worker = async () => {
    while (left-- > 0) await probe(contender, question)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  const [cpu, seconds] = [cpuSeconds(contender.pid) - cpuBefore, (performance.now() - startedMs) / 1000]
  return { cpuMicroseconds: (cpu / probes) * 1e6, perSecond: probes / seconds }
}

export const bench: Bench = {
  question: 'what does one /probe cost, and how many does one process manage?',
  async run(say) {
    await using ground = await prepareGround()
    for (const kind of KINDS) {
      // What a client asks for changes the cost of the answer, whatever was probed: http and https show by how much.
      for (const client of kind.startsWith('http') ? CLIENTS : (['prometheus'] as const)) {
        const question = { ...ground.questions[kind], client }
        for (const who of CONTENDERS) await measure(ground, who, question, WARM_UP)
        const rounds = await interleave(ROUNDS, (who) => measure(ground, who, question, PROBES))
        const pick = (key: keyof Cost) =>
          rounds.map(({ blackbox, sonde }) => ({ blackbox: blackbox[key], sonde: sonde[key] }))
        say(ratioLine(`${kind}, asked by ${client}: CPU`, pick('cpuMicroseconds'), 'µs'))
        say(ratioLine(`${kind}, asked by ${client}: probes`, pick('perSecond'), '/s'))
      }
    }
  },
}
