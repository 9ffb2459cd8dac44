import '../src/define.ts'
import { localizePage } from './localize.ts'
import { chosenNetwork } from './network-choice.ts'

const network = chosenNetwork()
if (network === undefined) document.querySelector('#choose')?.removeAttribute('hidden')
else showWidget(network)
localizePage()
for (const button of document.querySelectorAll('button')) {
  button.addEventListener('click', async () => {
    await chrome.runtime.openOptionsPage()
    close()
  })
}

/** The element starts to look after itself as soon as it is in the page, so it has to know its network by then. */
function showWidget(network: string): void {
  const content = document.importNode(
    document.querySelector('template')?.content ?? new DocumentFragment(),
    true,
  )
  const widget = content.querySelector('bridge-widget')
  if (widget) widget.network = network
  document.body.append(content)
}
