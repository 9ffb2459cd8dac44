import { cpus, release, totalmem, type } from 'node:os'
import { launchChromium } from '../chromium.ts'

/** What figures of this machine depend on. Nothing that names the machine. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  readonly chromium: string
}

export async function describeMachine(): Promise<Machine> {
  const browser = await launchChromium()
  const chromium = browser.version()
  await browser.close()
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    node: process.versions.node,
    chromium,
  }
}
