import puppeteer, { type Browser } from 'puppeteer-core'
import { findChromium, findProgram } from './chromium.ts'

export const REAL_BROWSERS = ['chromium', 'firefox'] as const
export type RealBrowser = (typeof REAL_BROWSERS)[number]

/**
 * A fresh headless browser of either kind, driven by WebDriver BiDi (Firefox) or the DevTools protocol: one way to write
 * what has to hold in both. `preferences` are Firefox's.
 */
export async function launchRealBrowser(
  name: RealBrowser,
  { preferences = {} }: { readonly preferences?: Record<string, unknown> } = {},
): Promise<Browser> {
  if (name === 'firefox') {
    return puppeteer.launch({
      browser: 'firefox',
      executablePath: findFirefox(),
      // Without it no driver may open a page of an extension.
      args: ['--remote-allow-system-access'],
      extraPrefsFirefox: preferences,
    })
  }
  return puppeteer.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu'],
    // An extension can be installed only by a browser that is spoken to through a pipe.
    pipe: true,
    enableExtensions: true,
  })
}

/** `FIREFOX_PATH`, or the first one installed on this machine. */
function findFirefox(): string {
  return findProgram(['firefox-esr', 'firefox'], { title: 'Firefox', variable: 'FIREFOX_PATH' })
}
