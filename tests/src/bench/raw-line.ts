import type { Host } from '../../network/host.ts'
import type { BenchmarkContext } from './benchmark.ts'
import { Program } from './program.ts'

/** One data channel between two Node programs on hosts of their own; offer and answer go through this process. */
export async function startRawLine(
  client: Host,
  bridge: Host,
  context: BenchmarkContext,
): Promise<{
  rate(span: { warmUpMs: number; ms: number }, timeoutMs: number): Promise<number>
  stop(): Promise<void>
}> {
  const offerer = await Program.start(new URL('raw-client-process.ts', import.meta.url), [], context, client)
  const answerer = await Program.start(new URL('raw-bridge-process.ts', import.meta.url), [], context, bridge)
  const offer = await offerer.call<string>('offer')
  const [answer] = await Promise.all([answerer.call<string>('answer', offer)])
  await offerer.call('accept', answer)
  return {
    rate: async (span, timeoutMs) => {
      const measuring = offerer.call<number>('rate', span, timeoutMs)
      await answerer.call('pour')
      return measuring
    },
    stop: async () => {
      await offerer.stop()
      await answerer.stop()
    },
  }
}
