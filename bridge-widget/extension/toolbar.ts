import type { ToolbarStatus } from './messages.ts'

const SIZES = [16, 32] as const
const ACCENT = '#0b7a66'
const QUIET = '#52635f'
const WARNING = '#9a5b00'

/** What stands on the button. While the bridge is on there is always something, so that nobody forgets it. */
const BADGES: Readonly<
  Record<string, (clients: number) => { readonly text: string; readonly color: string }>
> = {
  off: () => ({ text: '', color: QUIET }),
  waiting: () => ({ text: '0', color: QUIET }),
  helping: (clients) => ({ text: String(clients), color: ACCENT }),
  paused: () => ({ text: '–', color: WARNING }),
  unsuitable: () => ({ text: '!', color: WARNING }),
}
const ON_ITS_WAY = { text: '…', color: QUIET } as const

/** Shows on the toolbar's button what the bridge does, and how many people it helps. */
export async function showInToolbar({ state, clients }: ToolbarStatus): Promise<void> {
  const { text, color } = BADGES[state]?.(clients) ?? ON_ITS_WAY
  const icon = state === 'off' ? 'off' : 'on'
  await Promise.all([
    chrome.action.setBadgeText({ text }),
    chrome.action.setBadgeBackgroundColor({ color }),
    chrome.action.setBadgeTextColor({ color: '#ffffff' }),
    chrome.action.setTitle({ title: chrome.i18n.getMessage(`title_${state}`, String(clients)) }),
    chrome.action.setIcon({
      path: Object.fromEntries(SIZES.map((size) => [size, `/icons/${icon}-${size}.png`])),
    }),
  ])
}
