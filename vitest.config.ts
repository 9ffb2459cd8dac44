import { defineConfig } from 'vitest/config'
import type { Reporter } from 'vitest/node'

// Tests run the sources of all packages, with nothing built in between.
const conditions = ['@footbridge/source', 'module', 'node', 'default']
const sources = { resolve: { conditions }, ssr: { resolve: { conditions } } }

/** Ends the output with one line that any program can read. */
const plainSummary: Reporter = {
  onTestRunEnd(modules) {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1
    }
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
  },
}

/**
 * Whole programs that mostly wait: for a browser, for packets on their way through the box, for a command to start and to stop.
 * So two of them at a time.
 */
const waiting = [
  'tests/src/{widget,volunteer,embedding,extension,wordpress}*.test.ts',
  'tests/src/{footbridge-command,examples,standing-bridge,descriptor-life,doctor,pools}.test.ts',
  // These measure rates, and look for what a crashed one left.
  'tests/network/!(link|box).test.ts',
]

export default defineConfig({
  test: {
    reporters: ['default', plainSummary],
    // Half of what unit tests do is waiting for programs and sockets.
    maxWorkers: 2,
    projects: [
      {
        ...sources,
        test: {
          name: 'unit',
          include: ['*/{src,extension}/**/*.test.ts'],
          exclude: ['tests/**', '**/node_modules/**'],
          // Only what hangs is to end by it; a busy machine takes its time to start a program.
          testTimeout: 30_000,
        },
      },
      {
        ...sources,
        test: { name: 'waiting', include: waiting, testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        ...sources,
        test: {
          name: 'system',
          include: ['tests/src/**/*.test.ts', 'tests/network/**/*.test.ts'],
          exclude: waiting,
          // Each of these keeps both cores busy by itself.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
