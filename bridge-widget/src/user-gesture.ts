/** Those by which a person can mean something; a browser makes no trusted one of these for a script. */
const TYPES: readonly unknown[] = ['click', 'keydown', 'mousedown', 'pointerdown', 'pointerup', 'touchend']

// As they were before the page could do anything to them. They throw for whatever only looks like an event.
const { type, eventPhase } = Object.getOwnPropertyDescriptors(Event.prototype)

let latest: Event | undefined

const remember = (event: Event): void => {
  latest = event
}

/** Lets `isInGesture` know what a person does. `window.event` would not tell inside a shadow tree. Idempotent. */
export function watchGestures(): void {
  for (const name of TYPES) addEventListener(`${name}`, remember, { capture: true, passive: true })
}

/** Whether this code runs because of what a person does right now, and not only soon after. */
export function isInGesture(): boolean {
  return isGesture(latest)
}

/** Whether `event` is a person's own doing, and is being dispatched right now. */
export function isGesture(event: Event | undefined): boolean {
  try {
    return (
      event?.isTrusted === true &&
      TYPES.includes(type?.get?.call(event)) &&
      eventPhase?.get?.call(event) !== Event.NONE &&
      navigator.userActivation?.isActive !== false
    )
  } catch {
    return false
  }
}
