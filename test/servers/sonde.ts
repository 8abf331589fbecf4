/** A whole prober in this process, on a port that the kernel chooses. */
import { type ProberOptions, type RunningProber, startProber } from '../../cli/prober.ts'

export async function startSonde(configFile: string, more: Partial<ProberOptions> = {}): Promise<RunningProber> {
  const started = await startProber(proberOptions(configFile, more))
  if (!started.ok) throw new Error(started.messages.join('\n'))
  return started.prober
}

/** For whom expects that it does not start. */
export function proberOptions(configFile: string, more: Partial<ProberOptions> = {}): ProberOptions {
  return {
    configFile,
    listenAddresses: ['127.0.0.1:0'],
    timeoutOffsetSeconds: 0.5,
    historyLimit: 10,
    environment: {},
    ...more,
  }
}
