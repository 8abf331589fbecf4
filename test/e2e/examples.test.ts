/** The examples, by the programs that would read them. */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { assert } from '../harness.ts'
import { ROOT } from '../k8s/manifests.ts'
import { describeWithPrograms } from '../programs.ts'

function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' })
  assert.is(status, 0, `${stdout}${stderr}`)
  return stdout
}

describeWithPrograms('examples', ['promtool', 'amtool', 'helm'], (test) => {
  test('compose: promtool takes Prometheus’ configuration with all that it names', () => {
    const said = run('promtool', 'check', 'config', 'examples/compose/prometheus.yml')
    assert.match(said, /SUCCESS: \d+ rules found/)
  })

  test('compose: amtool takes Alertmanager’s', () => {
    run('amtool', 'check-config', 'examples/compose/prometheus/alertmanager.yml')
  })

  test('helm-values: amtool takes what kube-prometheus-stack is told of Alertmanager', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'sonde-examples-'))
    const values = parse(readFileSync(join(ROOT, 'examples/helm-values/kube-prometheus-stack.yaml'), 'utf8')) as {
      alertmanager: { config: object }
    }
    const file = join(folder.path, 'alertmanager.yml')
    writeFileSync(file, stringify(values.alertmanager.config))
    run('amtool', 'check-config', file)
  })

  test('helm-values: the chart takes its own, and the image by its digest alone', () => {
    const made = run('helm', 'template', 'hello', 'helm/sonde', '--values', 'examples/helm-values/sonde.yaml')
    assert.match(made, /kind: PrometheusRule/)
    const images = [...made.matchAll(/^ +image: (.*)$/gm)].map(([, image = '']) => image.replaceAll('"', ''))
    assert.ok(images.length >= 2)
    for (const image of images) assert.match(image, /^registry\.example\.com\/sonde@sha256:/)
  })

  test('each file under examples is YAML', () => {
    for (const file of globSync('examples/**/*.{yml,yaml}', { cwd: ROOT }))
      assert.ok(parse(readFileSync(join(ROOT, file), 'utf8'), { merge: true }), file)
  })
})
