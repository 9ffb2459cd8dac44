import type { BridgeWidget, BridgeWidgetEvents } from '@footbridge/bridge-widget'
import type { HTMLAttributes, RefAttributes } from 'react'

type Properties = 'network' | 'layout' | 'theme' | 'maxClients' | 'maxRate' | 'disabled'
type Listeners = {
  [Name in keyof BridgeWidgetEvents as `on${Name}`]?: (event: BridgeWidgetEvents[Name]) => void
}

// What JSX knows of the element.
declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'bridge-widget': HTMLAttributes<BridgeWidget> &
        RefAttributes<BridgeWidget> &
        Partial<Pick<BridgeWidget, Properties>> &
        Listeners
    }
  }
}
