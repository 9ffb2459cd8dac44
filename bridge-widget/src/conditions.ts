/** What speaks against helping just now, as far as the device tells. */
export interface Conditions {
  /** The person asked for less traffic. */
  readonly savesData: boolean
  readonly isCellular: boolean
  readonly isBatteryLow: boolean
  /** Calls `onChange` when one of them may have changed. Returns what ends that. */
  watch(onChange: () => void): () => void
}

/** Charge of a battery, from 0 to 1. */
const LOW_LEVEL = 0.2
const ENOUGH_LEVEL = 0.25

export interface Battery {
  readonly level: number
  readonly charging: boolean
}

/** Once it was low it takes a bit more, so that a bridge does not come and go with each percent. */
export function isBatteryLow({ level, charging }: Battery, wasLow: boolean): boolean {
  return !charging && level < (wasLow ? ENOUGH_LEVEL : LOW_LEVEL)
}

/** https://wicg.github.io/netinfo/ and https://wicg.github.io/savedata/. Not in Firefox and Safari. */
interface NetworkInformation extends EventTarget {
  readonly saveData?: boolean
  readonly type?: string
}

/** https://www.w3.org/TR/battery-status/. Not in Firefox and Safari. */
type BatteryManager = Battery & EventTarget

/** What a browser's `navigator` may have of these. */
export interface DeviceTeller {
  readonly connection?: NetworkInformation
  readonly getBattery?: () => Promise<BatteryManager>
}

/** The conditions that a browser tells. What it does not tell speaks against nothing. */
export class BrowserConditions implements Conditions {
  readonly #navigator: DeviceTeller
  #isBatteryLow = false

  constructor(navigator: DeviceTeller) {
    this.#navigator = navigator
  }

  get savesData(): boolean {
    return this.#navigator.connection?.saveData === true
  }

  get isCellular(): boolean {
    return this.#navigator.connection?.type === 'cellular'
  }

  get isBatteryLow(): boolean {
    return this.#isBatteryLow
  }

  watch(onChange: () => void): () => void {
    const ended = new AbortController()
    const { signal } = ended
    this.#navigator.connection?.addEventListener('change', onChange, { signal })
    void this.#watchBattery(onChange, signal)
    return () => ended.abort()
  }

  /** The battery is told later, and not at all where the page's policy forbids it. */
  async #watchBattery(onChange: () => void, signal: AbortSignal): Promise<void> {
    const battery = await this.#navigator.getBattery?.().catch(() => undefined)
    if (!battery || signal.aborted) return
    const look = (): void => {
      this.#isBatteryLow = isBatteryLow(battery, this.#isBatteryLow)
      onChange()
    }
    for (const type of ['levelchange', 'chargingchange']) battery.addEventListener(type, look, { signal })
    look()
  }
}
