import type { BridgeWidget } from '../bridge-widget.ts'

/** The element of the page that has this id. Throws if there is none: the page and its script belong together. */
export function byId<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no ${id}`)
  return found as Element as T
}

/** The switch of this page, not that of a preview. It need not be defined yet. */
export function widget(): BridgeWidget {
  const found = document.querySelector('bridge-widget')
  if (found === null) throw new Error('the page has no bridge-widget')
  return found
}
