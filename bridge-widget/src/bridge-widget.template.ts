import { html, nothing, type TemplateResult } from 'lit/html.js'
import { bridgeIcon, closeIcon, howIcon, limitsIcon } from './icons.ts'
import type { LiveView } from './live-view.ts'
import type { OfferText } from './texts/text.ts'
import type { OpenPart, WidgetFacts } from './widget-facts.ts'

export interface WidgetView {
  readonly facts: WidgetFacts
  readonly lang: string
  readonly dir: string
  readonly text: OfferText
  readonly status: string
  /** For those who do not see it: told when it changes, and not for each number that does. */
  readonly announcement: string
  readonly live: LiveView | undefined
  readonly open: OpenPart | undefined
  /** Of the floating layout. */
  readonly isPanelOpen: boolean
  readonly isDismissed: boolean
  onMore(part: OpenPart, event: Event): void
  onPanel(isOpen: boolean): void
  onDismiss(): void
}

export function renderWidget(view: WidgetView): TemplateResult {
  const { lang, dir, announcement, isPanelOpen, isDismissed } = view
  const { layout, state } = view.facts
  const isFloating = layout === 'floating'
  return html`<div class="root ${layout}" lang=${lang} dir=${dir} data-state=${state} ?hidden=${isFloating && isDismissed}>
    ${isFloating && !isPanelOpen ? renderLauncher(view) : renderPanel(view, isFloating)}
    <p class="unseen" role="status">${announcement}</p>
  </div>`
}

/** What the floating layout shows until it is opened: a corner, and no more. What is on is turned off there. */
function renderLauncher(view: WidgetView): TemplateResult {
  const { facts, text, status, onPanel, onDismiss } = view
  const { clients } = facts.stats
  return html`<div part="launcher" class="launcher">
    <button id="open" class="open" aria-expanded="false" @click=${() => onPanel(true)}>
      ${bridgeIcon}<span class="label">${text.short}</span>
      ${clients > 0 ? html`<span class="count" aria-hidden="true">${clients}</span>` : nothing}
      <span class="unseen">${status}</span>
    </button>
    ${facts.state === 'off' ? renderClose(text.dismiss, onDismiss) : renderSwitch(view)}
  </div>`
}

/** Named by what it is for, also where only its short name is to be seen. */
function renderSwitch({ facts, isPanelOpen }: WidgetView): TemplateResult {
  const { layout, state, disabled, onToggle } = facts
  const isAlone = layout === 'floating' && !isPanelOpen
  return html`<button
    part="switch"
    class="toggle"
    role="switch"
    aria-checked=${state !== 'off'}
    aria-labelledby=${isAlone ? 'open' : 'heading'}
    aria-describedby=${isAlone ? nothing : 'description promise'}
    ?disabled=${disabled && state === 'off'}
    @click=${onToggle}
  >
    <span class="thumb"></span>
  </button>`
}

function renderPanel(view: WidgetView, isFloating: boolean): TemplateResult {
  const { text, status, live, open, onPanel, onMore } = view
  const { layout } = view.facts
  const isSwitch = layout === 'switch'
  const close = () => onPanel(false)
  const more = (part: OpenPart, label: string, icon: TemplateResult) =>
    html`<button
      part="more"
      class="quiet"
      aria-label=${label}
      aria-expanded=${open === part}
      aria-controls="more"
      @click=${(event: Event) => onMore(part, event)}
    >
      ${icon}<span>${label}</span>
    </button>`
  return html`<section
    part="base"
    class="base"
    id="base"
    tabindex=${isFloating ? -1 : nothing}
    aria-labelledby="heading"
    @keydown=${({ key }: KeyboardEvent) => isFloating && key === 'Escape' && close()}
  >
    <div class="head">
      ${bridgeIcon}
      <div class="words">
        <h2 part="heading" id="heading" role=${isSwitch ? 'presentation' : nothing}>
          <slot name="heading">${isSwitch ? text.short : text.heading}</slot>
        </h2>
        <p part="status" class="status"><span class="light"></span>${status}</p>
      </div>
      ${renderSwitch(view)}
      ${isFloating ? renderClose(text.close, close) : nothing}
    </div>
    <div class="about">
      <p part="description" id="description" class="description"><slot name="description">${text.description}</slot></p>
      <p part="promise" id="promise" class="promise">${text.promise}</p>
    </div>
    ${live?.stats}
    <div class="foot">${more('how', text.how, howIcon)} ${more('limits', text.limits, limitsIcon)}</div>
    <div id="more" class="more" ?hidden=${!live?.more}>${live?.more}</div>
  </section>`
}

function renderClose(label: string, onClick: () => void): TemplateResult {
  return html`<button class="quiet" aria-label=${label} @click=${onClick}>${closeIcon}</button>`
}
