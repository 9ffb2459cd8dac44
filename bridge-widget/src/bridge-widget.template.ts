import { html, nothing, type TemplateResult } from 'lit'
import type { BridgeState } from './engine-state.ts'
import { bridgeIcon, closeIcon, howIcon, limitsIcon } from './icons.ts'
import type { OfferText } from './texts/text.ts'

export interface WidgetView {
  readonly layout: string
  readonly lang: string
  readonly dir: string
  readonly text: OfferText
  readonly state: BridgeState
  readonly disabled: boolean
  readonly status: string
  /** For those who do not see it: told when it changes, and not for each number that does. */
  readonly announcement: string
  readonly clients: number
  readonly stats: unknown
  readonly isHowOpen: boolean
  /** What is in the panel of limits, if that is open. */
  readonly limits: unknown
  /** Of the floating layout. */
  readonly isPanelOpen: boolean
  readonly isDismissed: boolean
  onToggle(event: Event): void
  onHow(): void
  onLimits(event: Event): void
  onOpen(): void
  onClose(): void
  onDismiss(): void
}

export function renderWidget(view: WidgetView): TemplateResult {
  const { layout, lang, dir, state, announcement } = view
  const isFloating = layout === 'floating'
  if (isFloating && view.isDismissed) return html``
  return html`<div class="root" lang=${lang} dir=${dir} data-state=${state}>
    ${isFloating && !view.isPanelOpen ? renderLauncher(view) : renderPanel(view, isFloating)}
    <p class="unseen" role="status">${announcement}</p>
  </div>`
}

/** What the floating layout shows until it is opened: a corner, and no more. */
function renderLauncher({ text, state, status, clients, onOpen, onDismiss }: WidgetView): TemplateResult {
  return html`<div part="launcher" class="launcher">
    <button id="open" type="button" class="open" aria-expanded="false" @click=${onOpen}>
      ${bridgeIcon}<span class="label">${text.short}</span>
      ${clients > 0 ? html`<span class="count" aria-hidden="true">${clients}</span>` : nothing}
      <span class="unseen">${status}</span>
    </button>
    ${
      state === 'off'
        ? html`<button type="button" class="quiet" aria-label=${text.dismiss} @click=${onDismiss}>${closeIcon}</button>`
        : nothing
    }
  </div>`
}

function renderPanel(view: WidgetView, isFloating: boolean): TemplateResult {
  const { text, state, disabled, status, stats, layout } = view
  return html`<section
    part="base"
    class="base"
    id="base"
    tabindex=${isFloating ? '-1' : nothing}
    aria-labelledby="heading"
    @keydown=${isFloating ? (event: KeyboardEvent) => event.key === 'Escape' && view.onClose() : nothing}
  >
    <div class="head">
      ${bridgeIcon}
      <div class="words">
        <h2 part="heading" id="heading" role=${layout === 'switch' ? 'presentation' : nothing}>
          <slot name="heading">${layout === 'switch' ? text.short : text.heading}</slot>
        </h2>
        <p part="status" class="status"><span class="light"></span><span>${status}</span></p>
      </div>
      <button
        part="switch"
        class="switch"
        type="button"
        role="switch"
        aria-checked=${state === 'off' ? 'false' : 'true'}
        aria-labelledby="heading"
        aria-describedby="description promise"
        ?disabled=${disabled && state === 'off'}
        @click=${view.onToggle}
      >
        <span class="thumb"></span>
      </button>
      ${
        isFloating
          ? html`<button type="button" class="quiet" aria-label=${text.close} @click=${view.onClose}>${closeIcon}</button>`
          : nothing
      }
    </div>
    <div class="about">
      <p part="description" id="description" class="description"><slot name="description">${text.description}</slot></p>
      <p part="promise" id="promise" class="promise">${text.promise}</p>
    </div>
    ${stats}
    <div class="foot">
      ${renderDisclosure('how', text.how, howIcon, view.isHowOpen, view.onHow)}
      ${renderDisclosure('limits', text.limits, limitsIcon, view.limits !== undefined, view.onLimits)}
    </div>
    <div part="how" id="how" class="more" ?hidden=${!view.isHowOpen}>
      <slot name="how">
        <p>${text.howSealed}</p>
        <p><strong>${text.promise}</strong> ${text.howSeen}</p>
        <p>${text.howCost} ${text.howKept}</p>
      </slot>
    </div>
    <div part="limits" id="limits" class="more" ?hidden=${view.limits === undefined}>${view.limits}</div>
  </section>`
}

function renderDisclosure(
  id: string,
  label: string,
  icon: TemplateResult,
  isOpen: boolean,
  onClick: (event: Event) => void,
): TemplateResult {
  return html`<button
    part="more"
    type="button"
    class="quiet"
    aria-expanded=${isOpen ? 'true' : 'false'}
    aria-controls=${id}
    @click=${onClick}
  >
    ${icon}<span>${label}</span>
  </button>`
}
