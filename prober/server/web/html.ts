/** HTML that is known to be safe to send. Only `html` makes it: what is put into a template is escaped unless it is Html. */
export interface Html {
  readonly html: string
}

type Part = Html | string | number | readonly Html[]

export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.map((text, index) => text + partText(parts[index] ?? '')).join('') }
}

function partText(part: Part): string {
  if (typeof part === 'string') return escapeHtml(part)
  if (typeof part === 'number') return String(part)
  return 'html' in part ? part.html : part.map((each) => each.html).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Control and formatting characters go too: a target that turns the text around could dress up as another. */
export function escapeHtml(text: string): string {
  return text.replace(/\p{C}/gu, '\u{fffd}').replace(/[&<>"']/g, (found) => ENTITIES[found] ?? '')
}
