import { html, type TemplateResult } from 'lit/html.js'

/** The footbridge of `page/icon.svg`, in the colours of the element. The dot is somebody who crosses. */
export const bridgeIcon: TemplateResult = html`<svg part="mark" class="mark" viewBox="0 0 36 36" aria-hidden="true">
  <path d="M6 24.5h24M7 24C9.5 13 26.5 13 29 24" />
  <path class="thin" d="M12.5 18.2v6M18 16v8M23.5 18.2v6" />
  <circle cx="8" cy="21.6" r="2" />
</svg>`

export const howIcon: TemplateResult = icon('M12 11v5M12 8v.01M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0')
export const limitsIcon: TemplateResult = icon(
  'M4 7h8M18 7h2M4 17h2M12 17h8M15 4a3 3 0 1 0 0 6a3 3 0 1 0 0-6M9 14a3 3 0 1 0 0 6a3 3 0 1 0 0-6',
)
export const closeIcon: TemplateResult = icon('M6 6l12 12M18 6L6 18')

function icon(path: string): TemplateResult {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${path} /></svg>`
}
