/** Who sends: https://opentelemetry.io/docs/specs/otel/resource/sdk/ */
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources'

type Environment = Readonly<Record<string, string | undefined>>

/** The file's attributes come before the environment's, and those before ours. */
export function resourceOf(
  attributes: Readonly<Record<string, string>>,
  environment: Environment,
  version: string,
): Resource {
  const name = environment.OTEL_SERVICE_NAME ?? ''
  return defaultResource().merge(
    resourceFromAttributes({
      'service.name': 'sonde',
      'service.version': version,
      ...attributesOf(environment.OTEL_RESOURCE_ATTRIBUTES ?? ''),
      ...(name === '' ? {} : { 'service.name': name }),
      ...attributes,
    }),
  )
}

/**
 * For metrics: Prometheus makes the label `instance` of the first, and of a target's own `instance` nothing would be
 * left. https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#resource-attributes-1
 */
export function withoutInstance({ attributes }: Resource): Resource {
  const { 'service.instance.id': _, ...others } = attributes
  return resourceFromAttributes(others)
}

/** `key=value,key=value`, percent-encoded; what is not of this form is passed over. */
function attributesOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').flatMap((pair) => {
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? []
    return key === undefined || value === undefined ? [] : [[decoded(key), decoded(value)] as const]
  })
  return Object.fromEntries(pairs)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
