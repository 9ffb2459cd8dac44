import { isFootbridgeError } from '@footbridge/shared'
import { localize } from './localize.ts'
import { chooseNetwork, chosenNetwork, parseNetworkChoice } from './network-choice.ts'

localize(document.body)
const form = document.querySelector('form')
const input = document.querySelector('input')
const outcome = document.querySelector('#outcome')
if (input) input.value = chosenNetwork() ?? ''

form?.addEventListener('submit', (event) => {
  event.preventDefault()
  if (!input || !outcome) return
  const said = save(input)
  outcome.textContent = chrome.i18n.getMessage(said)
  input.setAttribute('aria-invalid', String(said !== 'saved'))
})

/** Gives the name of the text that says what came of it. */
function save(input: HTMLInputElement): string {
  try {
    const url = parseNetworkChoice(input.value)
    chooseNetwork(url)
    input.value = url
    return 'saved'
  } catch (error) {
    return isFootbridgeError(error, 'usage') ? 'private_pool' : 'not_a_network'
  }
}
