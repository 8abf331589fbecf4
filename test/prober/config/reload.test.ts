import { mkdtempDisposable, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Loaded } from '../../../prober/config/load.ts'
import { type ConfigStore, openConfigStore } from '../../../prober/config/reload.ts'
import { assert, describe } from '../../harness.ts'

const GOOD = 'modules: {a: {prober: http}}\n'
const OTHER = 'modules: {b: {prober: http}}\n'
const BAD = 'modules: {b: {prober: htpt}}\n'

interface Fixture extends AsyncDisposable {
  readonly file: string
  readonly folder: string
  readonly store: ConfigStore
  names(): string[]
}

async function opened(): Promise<Fixture> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
  const file = join(folder.path, 'sonde.yml')
  await writeFile(file, GOOD)
  const result = await openConfigStore(file)
  if (!result.ok) throw new Error(result.errors.join('\n'))
  const { store } = result
  const names = () => [...store.current().modules.keys()]
  return { file, folder: folder.path, store, names, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

function nextOutcome(store: ConfigStore, intervalSeconds = 0.01): { outcome: Promise<Loaded> } & Disposable {
  const { promise, resolve } = Promise.withResolvers<Loaded>()
  const watching = store.watch(intervalSeconds, resolve)
  return { outcome: promise, [Symbol.dispose]: () => watching[Symbol.dispose]() }
}

describe('prober/config/reload', (test) => {
  test('a bad file at start is refused with its errors', async () => {
    const result = await openConfigStore('/nowhere/sonde.yml')
    assert.ok(!result.ok && result.errors.length === 1)
  })

  test('a good file replaces the configuration, tells the listeners and counts as success', async () => {
    await using fixture = await opened()
    const { file, store, names } = fixture
    const heard: string[][] = []
    store.onChange((config) => heard.push([...config.modules.keys()]))
    const before = store.status().successAtSeconds
    await writeFile(file, OTHER)
    assert.ok((await store.reload()).ok)
    assert.equal([names(), heard], [['b'], [['b']]])
    assert.ok(store.status().successful && store.status().successAtSeconds >= before)
  })

  test('a bad file changes nothing but the status, and the next good one mends it', async () => {
    await using fixture = await opened()
    const { file, store, names } = fixture
    const running = store.current()
    const { successAtSeconds } = store.status()
    for (const content of [BAD, '', '{', undefined]) {
      await (content === undefined ? rm(file) : writeFile(file, content))
      const loaded = await store.reload()
      assert.ok(!loaded.ok && loaded.errors.length > 0)
      assert.is(store.current(), running)
      assert.equal(store.status(), { successful: false, successAtSeconds })
    }
    await writeFile(file, GOOD)
    assert.ok((await store.reload()).ok)
    assert.is(store.status().successful, true)
    assert.equal(names(), ['a'])
  })

  test('an unchanged file is a success without a change', async () => {
    await using fixture = await opened()
    const { store } = fixture
    const running = store.current()
    store.onChange(() => assert.unreachable('nothing changed'))
    const loaded = await store.reload()
    assert.ok(loaded.ok && loaded.config === running && store.current() === running)
  })

  test('whoever asks while a reload runs gets what the file holds after asking', async () => {
    await using fixture = await opened()
    const { file, store } = fixture
    await writeFile(file, OTHER)
    const first = store.reload()
    await writeFile(`${file}.new`, GOOD)
    await rename(`${file}.new`, file)
    const later = await Promise.all([store.reload(), store.reload(), store.reload()])
    assert.ok((await first).ok)
    for (const loaded of later) assert.equal(loaded.ok && [...loaded.config.modules.keys()], ['a'])
  })

  test('those who ask while one reload runs share the next', async () => {
    await using fixture = await opened()
    const [first, second, third] = [1, 2, 3].map(() => fixture.store.reload())
    assert.is.not(first, second)
    assert.is(second, third)
    assert.ok((await first)?.ok && (await second)?.ok)
  })

  test('watching takes in a change and reports a bad one once', async () => {
    await using fixture = await opened()
    const { file, store, names } = fixture
    const outcomes: Loaded[] = []
    const waiting: (() => void)[] = []
    using _watching = store.watch(0.01, (loaded) => {
      outcomes.push(loaded)
      waiting.shift()?.()
    })
    const reported = async (content: string) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push(resolve)
      await writeFile(`${file}.new`, content)
      await rename(`${file}.new`, file)
      await promise
    }
    await keepAlive(async () => {
      await reported(OTHER)
      assert.equal(names(), ['b'])
      await reported(BAD)
      assert.equal(names(), ['b'])
      await reported(GOOD)
    })
    assert.equal(
      outcomes.map(({ ok }) => ok),
      [true, false, true],
    )
  })

  test('watching sees a swapped symbolic link, as Kubernetes updates a ConfigMap', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sonde-'))
    const at = (name: string) => join(folder.path, name)
    await writeFile(at('v1'), GOOD)
    await writeFile(at('v2'), OTHER)
    await symlink('v1', at('sonde.yml'))
    const result = await openConfigStore(at('sonde.yml'))
    assert.ok(result.ok)
    if (!result.ok) return
    using watching = nextOutcome(result.store)
    await symlink('v2', at('swap'))
    await rename(at('swap'), at('sonde.yml'))
    const loaded = await keepAlive(() => watching.outcome)
    assert.equal(loaded.ok && [...loaded.config.modules.keys()], ['b'])
  })

  test('what a reload by hand took in is no news for the watcher, and after its end it says nothing', async () => {
    await using fixture = await opened()
    const { file, store } = fixture
    const outcomes: Loaded[] = []
    const watching = store.watch(0.005, (loaded) => outcomes.push(loaded))
    await writeFile(file, OTHER)
    await store.reload()
    outcomes.length = 0
    using second = nextOutcome(store, 0.02)
    watching[Symbol.dispose]()
    // A look that was under way may take the change in and say nothing: so the file changes until the second one tells.
    let isTold = false
    const told = second.outcome.then(() => (isTold = true))
    for (let change = 0; !isTold; change += 1) {
      await writeFile(file, `${GOOD}\n# ${change}\n`)
      await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 100))])
    }
    assert.equal(outcomes, [])
  })
})

/** The watcher's timer does not keep a process alive, so the test must while it waits. */
async function keepAlive<T>(wait: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 1000)
  try {
    return await wait()
  } finally {
    clearInterval(timer)
  }
}
