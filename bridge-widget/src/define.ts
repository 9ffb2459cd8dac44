import { BridgeWidget } from './bridge-widget.ts'

export * from './index.ts'

// Twice on one page is once too often: the first one wins.
if (customElements.get('bridge-widget') === undefined) customElements.define('bridge-widget', BridgeWidget)
