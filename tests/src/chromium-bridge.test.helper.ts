import type { Browser, Page } from 'playwright-core'
import { launchChromium, type RunsPrograms } from './chromium.ts'

/** A volunteer: the network's volunteer page in a real Chromium, turned on by a real click. */
export class VolunteerTab {
  readonly browser: Browser
  readonly page: Page

  private constructor(browser: Browser, page: Page) {
    this.browser = browser
    this.page = page
  }

  static async open(
    network: { readonly signaling: { readonly url: string } },
    host?: RunsPrograms,
  ): Promise<VolunteerTab> {
    const browser = await launchChromium(host)
    const page = await (await browser.newContext()).newPage()
    const tab = new VolunteerTab(browser, page)
    await page.goto(`${network.signaling.url}/`)
    await page.getByRole('switch').click()
    await tab.untilState('waiting')
    return tab
  }

  /** Waits until the element's `state` is one of `states`. */
  async untilState(...states: string[]): Promise<void> {
    await this.page.waitForFunction(
      (states) =>
        states.includes((document.querySelector('bridge-widget') as { state?: string } | null)?.state ?? ''),
      states,
    )
  }

  /** Closes the tab as a person would; the page hears of it. */
  async closeTab(): Promise<void> {
    await this.page.close({ runBeforeUnload: true })
  }

  /** Crashes the whole browser: nobody is told anything. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.browser.once('disconnected', resolve))
    const session = await this.browser.newBrowserCDPSession()
    session.send('Browser.crash').catch(() => {})
    await gone
  }

  async close(): Promise<void> {
    await this.browser.close()
  }
}
