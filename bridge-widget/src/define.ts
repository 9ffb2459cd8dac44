import { BridgeWidget } from './bridge-widget.ts'

export * from './index.ts'

// Twice on one page is once too often: the first one wins. A server that renders pages has no elements to define.
if (globalThis.customElements?.get('bridge-widget') === undefined) {
  globalThis.customElements?.define('bridge-widget', BridgeWidget)
}
