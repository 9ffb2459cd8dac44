import '../src/define.ts'
import { localize } from './localize.ts'
import { chosenNetwork } from './network-choice.ts'

localize(document.body)
const network = chosenNetwork()
if (network === undefined) document.querySelector('#choose')?.removeAttribute('hidden')
else showWidget(network)
for (const button of document.querySelectorAll('button')) {
  button.addEventListener('click', async () => {
    await chrome.runtime.openOptionsPage()
    close()
  })
}

/** The element starts to look after itself as soon as it is in the page, so all it has to know is there by then. */
function showWidget(network: string): void {
  const content = document.importNode(
    document.querySelector('template')?.content ?? new DocumentFragment(),
    true,
  )
  localize(content)
  const widget = content.querySelector('bridge-widget')
  if (widget) widget.network = network
  document.body.append(content)
}
