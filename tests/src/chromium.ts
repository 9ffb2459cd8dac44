import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  // So that tests meet what a page causes, not what the browser does on its own account.
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** What Playwright would add to have background tabs run like visible ones; a volunteer's browser has none of it. */
const UNREAL_ARGUMENTS = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-back-forward-cache',
]

/** Gives for a program another, which runs it somewhere else. */
export interface RunsPrograms {
  launcher(program: string): Promise<string>
}

/**
 * A fresh headless Chromium, on `host` if given: `CHROMIUM_PATH`, or the first one installed on this machine. `more`
 * are further arguments.
 */
export async function launchChromium(host?: RunsPrograms, more: readonly string[] = []): Promise<Browser> {
  const chromiumPath = findChromium()
  const executablePath = host === undefined ? chromiumPath : await host.launcher(chromiumPath)
  return chromium.launch({
    executablePath,
    args: [...ARGUMENTS, ...more],
    ignoreDefaultArgs: UNREAL_ARGUMENTS,
  })
}

export function findChromium(): string {
  return findProgram(NAMES, { title: 'Chromium', variable: 'CHROMIUM_PATH' })
}

/** What the environment names, or else the first of `names` on the path. */
export function findProgram(
  names: readonly string[],
  { title, variable }: { readonly title: string; readonly variable: string },
): string {
  const given = process.env[variable]
  if (given !== undefined) return given
  const folders = (process.env.PATH ?? '').split(':')
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
  if (found === undefined) throw new Error(`no ${title} is installed: install one, or set ${variable}`)
  return found
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
