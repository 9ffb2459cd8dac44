import type { BridgeWidget } from '@footbridge/bridge-widget'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { launchChromium } from './chromium.ts'
import { HostPage } from './host-page.test.helper.ts'

let browser: Browser
let host: HostPage

beforeAll(async () => {
  browser = await launchChromium()
  host = await HostPage.serve(browser)
})
afterAll(async () => {
  await host.close()
  await browser.close()
})

async function expectNothingHappened(): Promise<void> {
  expect(await host.state()).toBe('off')
  expect(await host.made()).toEqual([])
  expect(host.requests).toEqual(['/', '/widget/bridge-widget.js'])
}

/** Runs in a page: until the browser has told whoever asked there that `button` can be seen, or cannot. */
function untilTold(button: Element, isSeen: boolean): Promise<void> {
  // It tells each observer anew after its own delay only, so this one has to be slower than the element's.
  const delay = 250
  const options: object = { trackVisibility: true, delay }
  return new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      if ((entries.at(-1) as unknown as { isVisible: boolean }).isVisible !== isSeen) return
      observer.disconnect()
      setTimeout(resolve, delay)
    }, options)
    observer.observe(button)
  })
}

const untilItIs = (seen: 'seen' | 'unseen', within: Pick<Page, 'getByRole'> = host.page) =>
  within.getByRole('switch').evaluate(untilTold, seen === 'seen')

/** What was covered takes presses only once it has been seen for longer than a press lasts. */
const untilPressesCount = (press: () => Promise<void>, state: () => Promise<string>) =>
  vi.waitFor(
    async () => {
      await press()
      expect(await state()).not.toBe('off')
    },
    { timeout: 5_000, interval: 100 },
  )

/** A button of the page's own whose every click calls `start()`. The title tells what came of it. */
const addHelpButton = () =>
  host.page.evaluate(() => {
    const button = document.createElement('button')
    button.textContent = 'Help'
    button.style.cssText = 'position: fixed; top: 0; right: 0; z-index: 2'
    button.onclick = () =>
      (document.querySelector('bridge-widget') as BridgeWidget).start().then(
        () => {
          document.title = 'started'
        },
        ({ name }) => {
          document.title = name
        },
      )
    document.body.append(button)
  })

const untilTitle = (title: string) =>
  host.page.waitForFunction((title) => document.title === title, title, { timeout: 5_000 })

async function pressHelp(): Promise<void> {
  await addHelpButton()
  await host.page.getByRole('button', { name: 'Help' }).click()
}

async function centreOf(locator: Locator): Promise<[number, number]> {
  const box = await locator.boundingBox()
  if (!box) throw new Error('it is nowhere')
  return [box.x + box.width / 2, box.y + box.height / 2]
}

const switchCentre = () => centreOf(host.page.getByRole('switch'))

describe('a page that wants a bridge without a person', () => {
  beforeEach(() => host.open())

  it('gets none by events that it made', async () => {
    await host.page.evaluate(() => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget
      const button = widget.shadowRoot?.querySelector('[role=switch]') as HTMLElement
      const init = { bubbles: true, composed: true, cancelable: true, detail: 1, key: ' ', code: 'Space' }
      for (const target of [button, widget, document, window]) {
        for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'touchend']) {
          target.dispatchEvent(new PointerEvent(type, init))
        }
        for (const type of ['keydown', 'keypress', 'keyup'])
          target.dispatchEvent(new KeyboardEvent(type, init))
        for (const type of ['pageshow', 'resume', 'storage', 'toggle', 'change', 'input']) {
          target.dispatchEvent(new Event(type, init))
        }
      }
      button.focus()
      button.click()
      widget.click()
      const label = document.createElement('label')
      button.replaceWith(label)
      label.append(button)
      label.click()
    })
    await expectNothingHappened()
  })

  it('gets none by attributes and properties', async () => {
    await host.page.evaluate(() => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget
      for (const name of ['on', 'checked', 'state', 'started', 'autostart', 'autoplay', 'enabled', 'open']) {
        widget.setAttribute(name, '')
        Reflect.set(widget, name, true)
      }
      Reflect.set(widget, 'state', 'helping')
      widget.shadowRoot?.querySelector('button')?.setAttribute('aria-checked', 'true')
      document.body.append(widget)
      widget.network = '/v1/network?'
    })
    await expectNothingHappened()
  })

  it('gets none by what only looks like a person’s event', async () => {
    await host.page.evaluate(() => {
      const widget = document.querySelector('bridge-widget') as unknown as { render(): unknown }
      const listenersIn = (template: unknown): ((event: unknown) => void)[] => {
        if (typeof template === 'function') return [template as (event: unknown) => void]
        const { values = [] } = (template ?? {}) as { values?: unknown[] }
        return values.flatMap(listenersIn)
      }
      const fakes = [
        { isTrusted: true, type: 'click', eventPhase: 2 },
        Object.create(Event.prototype, { isTrusted: { value: true }, type: { value: 'click' } }),
        new Proxy(new MouseEvent('click'), {
          get: (event, name) => name === 'isTrusted' || Reflect.get(event, name),
        }),
      ]
      const listeners = listenersIn(widget.render())
      if (listeners.length === 0) throw new Error('there is no listener to be lied to')
      for (const listener of listeners) for (const fake of fakes) listener(fake)
      Object.defineProperty(window, 'event', { value: fakes[0] })
      return (widget as unknown as BridgeWidget).start().catch(() => {})
    })
    await expectNothingHappened()
  })

  it('gets none from a timer after a click on something else, with that click’s event in hand', async () => {
    await host.page.evaluate(() => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget
      const names: string[] = []
      const refused = ({ name }: Error) => {
        document.title = `${names.push(name)} times ${name}`
      }
      document.addEventListener('click', (event) => {
        setTimeout(() => {
          widget.start().catch(refused)
          Object.defineProperty(window, 'event', { value: event })
          widget.start().catch(refused)
          for (const value of (widget as unknown as { render(): { values: unknown[] } }).render().values) {
            if (typeof value === 'function') value(event)
          }
          const form = document.createElement('form')
          form.onsubmit = (event) => {
            event.preventDefault()
            widget.start().catch(refused)
          }
          document.body.append(form)
          form.requestSubmit()
        }, 0)
      })
    })
    await host.page.mouse.click(5, 5)
    await untilTitle('3 times NotAllowedError')
    await expectNothingHappened()
  })

  it('gets none from events of a person who means nothing by them', async () => {
    await host.page.evaluate(() => {
      const refusals = new Set<string>()
      for (const type of ['pointermove', 'mouseover', 'wheel', 'scroll', 'focusin', 'blur']) {
        addEventListener(
          type,
          () => {
            ;(document.querySelector('bridge-widget') as BridgeWidget).start().catch(() => {
              document.title = `${refusals.add(type).size} refused`
            })
          },
          true,
        )
      }
    })
    await host.page.mouse.move(...(await switchCentre()))
    await host.page.keyboard.press('Tab')
    await untilTitle('3 refused')
    await expectNothingHappened()
  })
})

describe('a page that hides it', () => {
  const HIDDEN: [string, string, Record<string, string>][] = [
    ['not displayed', 'bridge-widget', { display: 'none' }],
    ['invisible', 'bridge-widget', { visibility: 'hidden' }],
    ['transparent', 'bridge-widget', { opacity: '0' }],
    ['in something all but transparent', 'main', { opacity: '0.01' }],
    ['in something filtered away', 'main', { filter: 'opacity(0)' }],
    ['in something masked', 'main', { maskImage: 'linear-gradient(transparent, transparent)' }],
    ['in something not rendered', 'main', { contentVisibility: 'hidden' }],
    ['clipped away', 'bridge-widget', { clipPath: 'inset(50%)' }],
    ['cut off', 'main', { width: '1px', height: '1px', overflow: 'hidden' }],
    ['tiny', 'main', { transform: 'scale(0.02)' }],
    ['off the screen', 'main', { position: 'absolute', left: '-9999px' }],
  ]
  describe('by how it styles it', () => {
    beforeAll(async () => {
      await host.open()
      await addHelpButton()
    })

    const styleOf = (selector: string, style: Record<string, string>) =>
      host.page.evaluate(
        ([selector, style]) => {
          const element = document.querySelector<HTMLElement>(selector)
          element?.removeAttribute('style')
          Object.assign(element?.style ?? {}, style)
          document.title = ''
        },
        [selector, style] as const,
      )

    it.each(HIDDEN)('gets none while it is %s', async (_, selector, style) => {
      await styleOf(selector, style)
      await host.page.getByRole('button', { name: 'Help' }).click()
      await untilTitle('NotAllowedError')
      await host.page.getByRole('switch', { includeHidden: true }).evaluate((button) => button.focus())
      await host.page.keyboard.press('Space')
      await expectNothingHappened()
      await styleOf(selector, {})
    })
  })

  const cover = (pointerEvents: string) =>
    host.page.evaluate((pointerEvents) => {
      const cover = document.createElement('div')
      cover.id = 'cover'
      cover.textContent = 'Click here for cats'
      cover.style.cssText = `position: fixed; inset: 0; background: white; pointer-events: ${pointerEvents}`
      document.body.append(cover)
    }, pointerEvents)

  it.each(['auto', 'none !important'])(
    'gets none while it is covered (pointer-events: %s)',
    async (events) => {
      await host.open()
      await untilItIs('seen')
      await cover(events)
      await untilItIs('unseen')
      await pressHelp()
      await untilTitle('NotAllowedError')
      await host.page.mouse.click(...(await switchCentre()))
      await host.page.getByRole('switch').focus()
      await host.page.keyboard.press('Space')
      await expectNothingHappened()
    },
  )

  it('gets none while it is covered in a browser that does not tell', async () => {
    await host.open('', () => Reflect.deleteProperty(IntersectionObserverEntry.prototype, 'isVisible'))
    await cover('none')
    await host.page.mouse.click(...(await switchCentre()))
    await host.page.getByRole('status').filter({ hasText: 'covered' }).waitFor({ timeout: 5_000 })
    await expectNothingHappened()
    await host.page.evaluate(() => document.querySelector('#cover')?.remove())
    await host.page.mouse.click(...(await switchCentre()))
    await host.untilState('connecting')
  })

  it('gets none by uncovering it for the press, with every means to look patched beforehand', async () => {
    await host.open('', () => {
      for (const { prototype } of [Document, ShadowRoot]) {
        prototype.elementFromPoint = () =>
          document.querySelector('bridge-widget')?.shadowRoot?.querySelector('button') ?? null
      }
      Element.prototype.getBoundingClientRect = () => new DOMRect(100, 100, 60, 36)
      const style = { opacity: '1', filter: 'none', visibility: 'visible' } as CSSStyleDeclaration
      window.getComputedStyle = () => style
      addEventListener('pointerdown', () => document.querySelector('#cover')?.remove(), true)
    })
    await untilItIs('seen')
    const [x, y] = await switchCentre()
    await cover('none')
    await untilItIs('unseen')
    await host.page.mouse.move(x, y)
    await host.page.mouse.down()
    await untilItIs('seen')
    await host.page.mouse.up()
    await expectNothingHappened()
  })

  it('gets none by a press that is long over when the browser first looks', async () => {
    await host.open('', () => {
      const Late = function (this: object, tell: IntersectionObserverCallback) {
        Object.assign(globalThis, { tell })
        Object.assign(this, { observe: () => {}, disconnect: () => {} })
      }
      globalThis.IntersectionObserver = Late as never
    })
    await host.page.mouse.click(...(await switchCentre()))
    await host.page.getByRole('status').filter({ hasText: 'covered' }).waitFor({ timeout: 5_000 })
    await host.page.evaluate(() => {
      const { tell } = globalThis as unknown as { tell(entries: object[]): void }
      tell([{ isIntersecting: true, isVisible: true }])
    })
    await expectNothingHappened()
  })

  it('gets none from a frame that it made transparent, or covered', async () => {
    await host.open()
    // Another site than the frame's.
    await host.page.goto(`${host.origin.replace('127.0.0.1', 'localhost')}/elsewhere`)
    host.requests.length = 0
    await host.page.setContent(`<iframe src="${host.origin}" width="600" height="400"></iframe>`)
    const frame = host.page.frameLocator('iframe')
    const widget = frame.locator('bridge-widget')
    const state = () => widget.evaluate((widget) => (widget as BridgeWidget).state)
    const styleOfFrame = (style: string) =>
      host.page.locator('iframe').evaluate((frame, style) => frame.setAttribute('style', style), style)
    for (const style of ['opacity: 0.01', 'mix-blend-mode: multiply', 'transform: scale(0.6)']) {
      await styleOfFrame(style)
      await untilItIs('unseen', frame)
      await host.page.mouse.click(...(await centreOf(frame.getByRole('switch'))))
      expect(await state()).toBe('off')
    }
    expect(host.requests).toEqual(['/', '/widget/bridge-widget.js'])
    await styleOfFrame('')
    await untilItIs('seen', frame)
    await untilPressesCount(() => frame.getByRole('switch').click(), state)
  })
})

describe('a page that wants to keep a bridge', () => {
  it('cannot make the switch do anything but turn it off', async () => {
    await host.open()
    await host.page.getByRole('switch').click()
    await host.untilState('connecting')
    await host.page.evaluate(() => {
      const widget = document.querySelector('bridge-widget') as BridgeWidget
      widget.stop = () => {}
      widget.disabled = true
      Object.defineProperty(widget, 'state', { value: 'off' })
    })
    await host.page.getByRole('switch').click()
    await host.page.getByRole('switch', { checked: false }).waitFor({ timeout: 5_000 })
    expect(await host.page.evaluate(() => localStorage.getItem('footbridge:consent'))).toBeNull()
  })
})

describe('a person', () => {
  beforeEach(() => host.open())

  it('can have the page’s own button turn it on while it is seen', async () => {
    await untilItIs('seen')
    await pressHelp()
    await untilTitle('started')
    expect(await host.state()).not.toBe('off')
  })

  it('is told why nothing happens, and what to do', async () => {
    await untilItIs('seen')
    await host.page.evaluate(() => {
      const main = document.querySelector('main') as HTMLElement
      main.style.opacity = '0.5'
    })
    await host.page.getByRole('switch').click()
    await host.page
      .getByRole('status')
      .filter({ hasText: 'hidden, faded or covered' })
      .waitFor({ timeout: 5_000 })
    await host.page.evaluate(() => document.querySelector('main')?.removeAttribute('style'))
    await untilItIs('seen')
    await untilPressesCount(
      () => host.page.getByRole('switch').click(),
      () => host.state(),
    )
  })

  it('who uses the keyboard has it brought into view by the first press, and turned on by the second', async () => {
    await host.page.evaluate(() => {
      const main = document.querySelector('main') as HTMLElement
      main.style.cssText = 'padding-block: 300vh'
      scrollTo(0, 0)
    })
    await host.page.getByRole('switch').evaluate((button) => button.focus({ preventScroll: true }))
    await host.page.keyboard.press('Space')
    await host.page.getByRole('status').filter({ hasText: 'press again' }).waitFor({ timeout: 5_000 })
    expect(await host.made()).toEqual([])
    await untilItIs('seen')
    await host.page.keyboard.press('Space')
    await host.untilState('connecting')
  })
})
