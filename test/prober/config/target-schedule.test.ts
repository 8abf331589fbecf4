import { parseConfig } from '../../../prober/config/load.ts'
import { assert, describe } from '../../harness.ts'

async function loaded(target: string) {
  const text = `modules: { web: { prober: http } }\ntargets: [{ address: a, module: web, ${target} }]`
  const result = await parseConfig(text, '/etc/sonde/sonde.yml')
  if (!result.ok) throw new Error(result.errors.join('\n'))
  return result.config.targets[0]
}

describe('the schedule of a target', (test) => {
  test('has one attempt, one interval and no windows unless it says so', async () => {
    assert.equal(await loaded('interval: 20s'), {
      name: 'a',
      address: 'a',
      module: 'web',
      intervalSeconds: 20,
      labels: {},
    })
  })

  test('a retry without keys is three attempts, a second apart', async () => {
    assert.equal((await loaded('retry: {}'))?.retry, { attempts: 3, pauseSeconds: 1 })
  })

  test('a burst of one is none', async () => {
    assert.is((await loaded('burst: 5'))?.burst, 5)
    assert.is((await loaded('burst: 1'))?.burst, undefined)
  })

  test('a faster interval while it fails', async () => {
    assert.is((await loaded('interval: 1m, interval_failing: 5s'))?.intervalFailingSeconds, 5)
  })

  test('windows in minutes of the day; without keys every day in UTC', async () => {
    assert.equal(
      (await loaded('quiet: [{ days: [sat], from: "22:00", to: "6:30", timezone: Asia/Kolkata }, {}]'))?.quiet,
      [
        { days: ['sat'], fromMinute: 1320, toMinute: 390, timeZone: 'Asia/Kolkata' },
        {
          days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
          fromMinute: 0,
          toMinute: 1440,
          timeZone: 'UTC',
        },
      ],
    )
  })

  for (const zone of ['Europe/Berlin', 'UTC', 'Etc/GMT+5', '+05:30', 'US/Pacific']) {
    test(`${zone} is a time zone`, async () => {
      assert.is((await loaded(`quiet: [{ timezone: "${zone}" }]`))?.quiet?.[0]?.timeZone, zone)
    })
  }
})
