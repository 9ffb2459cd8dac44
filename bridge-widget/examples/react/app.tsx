import '@footbridge/bridge-widget/define'
import type { BridgeState } from '@footbridge/bridge-widget'
import { type ReactElement, useState } from 'react'

/** The switch, and what the page makes of its state. React 19 passes properties and listens to events by itself. */
export function App({ network }: { readonly network: string }): ReactElement {
  const [state, setState] = useState<BridgeState>('off')
  const [people, setPeople] = useState(0)
  return (
    <main>
      <bridge-widget
        network={network}
        layout="card"
        theme="auto"
        maxClients={4}
        onbridge-statechange={({ detail }) => setState(detail.state)}
        onbridge-stats={({ detail }) => setPeople(detail.peopleHelped)}
      />
      <p id="told">{state === 'off' ? 'The bridge is off.' : `The bridge is ${state}; helped: ${people}.`}</p>
    </main>
  )
}
