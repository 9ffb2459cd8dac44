import { defineConfig } from 'vitest/config'

const resolve = { conditions: ['@footbridge/source', 'module', 'node', 'default'] }
const ssr = { resolve: { conditions: ['@footbridge/source', 'module', 'node', 'default'] } }

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: { name: 'unit', include: ['*/src/**/*.test.ts'], exclude: ['tests/**', '**/node_modules/**'] },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'system',
          include: ['tests/src/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
