import { copyWith } from './copying.ts'
import { byId } from './parts.ts'

/** The page itself, without anything that follows: no link tells who passed it on. */
const PAGE = `${location.origin}/`
const WORDS = 'Leave one tab open, and somebody whose network is censored can cross.'

/** Lets the volunteer pass the page on: with the system’s own sheet where there is one, else as a link. */
export function offerSharing(): void {
  const share = byId('share')
  share.hidden = typeof navigator.share !== 'function'
  share.addEventListener('click', () => {
    // Rejects when the person thinks better of it.
    navigator.share({ title: 'Footbridge', text: WORDS, url: PAGE }).catch(() => {})
  })
  const copy = byId<HTMLButtonElement>('copy-page')
  copy.disabled = false
  if (!share.hidden) copy.classList.add('quiet')
  copy.addEventListener('click', () => void copyWith(copy, PAGE))
}
