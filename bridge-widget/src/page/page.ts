import { Invited } from './invited.ts'
import { byId, widget } from './parts.ts'
import { WhomToHelp } from './whom-to-help.ts'

/*
 * The volunteer page. What is here runs before the element does, and so is little; all else is loaded once the page
 * stands.
 */

const whom = new WhomToHelp(widget())
const invited = new Invited(whom)
invited.look()

/** How far below the window a part may be when it is loaded. */
const SOON = '600px'

function whenStanding(load: () => Promise<unknown>): void {
  const start = (): void => {
    setTimeout(() => {
      load().catch(() => {
        // Only the looks are missing: the switch works without them.
      })
    }, 0)
  }
  if (document.readyState === 'complete') start()
  else addEventListener('load', start, { once: true })
}

whenStanding(async () => (await import('./board.ts')).startBoard(widget()))
whenStanding(async () => (await import('./share.ts')).offerSharing())
whenStanding(async () => (await import('./friends.ts')).offerFriends(whom))
whenStanding(async () => {
  const near = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return
      near.disconnect()
      import('./generator.ts').then(({ startGenerator }) => startGenerator()).catch(() => {})
    },
    { rootMargin: SOON },
  )
  near.observe(byId('embed'))
})
