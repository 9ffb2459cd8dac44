import { createServer, type RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { encodeSignalingMessage, type NetworkDescriptor } from '@footbridge/shared'
import { nodeWebRtc } from '@footbridge/shared/node'
import { describe, expect, it } from 'vitest'
import { PostWayIn } from './post-way-in.ts'
import { startOrigin } from './proxy.test.helper.ts'
import type { Meeting } from './way-in.ts'

const KEY = 'A'.repeat(43)
const NETWORK: NetworkDescriptor = {
  version: 1,
  signaling: ['https://signaling.example'],
  egresses: [{ id: 'one', url: 'https://egress.example', publicKey: KEY }],
  stun: [],
  ticketKey: KEY,
  allowPrivateCandidates: true,
}
const REFUSAL = encodeSignalingMessage({ type: 'refused', offerId: 1, reason: 'no-bridge', retryAfterMs: 5 })

async function meet(answer: RequestListener, egress?: string): Promise<Meeting> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response))
  })
  const origin = `http://127.0.0.1:${await startOrigin(server)}`
  const way = new PostWayIn({ origin, network: NETWORK, webRtc: nodeWebRtc() })
  return await way.meet({ avoid: [], egress }, AbortSignal.timeout(5_000))
}

describe('the way in by POST', () => {
  it('reads an answer that comes in chunks', async () => {
    const meeting = await meet((_, response) => {
      response.write(REFUSAL.subarray(0, 5))
      response.end(REFUSAL.subarray(5))
    })
    expect(meeting).toEqual({ type: 'refused', reason: 'no-bridge', retryAfterMs: 5 })
  })

  it('reads an answer that something on the way compressed', async () => {
    const meeting = await meet((_, response) => {
      response.setHeader('content-encoding', 'gzip').end(gzipSync(REFUSAL))
    })
    expect(meeting.type).toBe('refused')
  })

  it('stops reading an answer that is too long', async () => {
    const endless = meet((_, response) => {
      const more = (): void => void (response.destroyed || response.write(new Uint8Array(65_536), more))
      more()
    })
    await expect(endless).rejects.toMatchObject({ code: 'too-large' })
  })

  it.each([
    ['that the network does not have', 'two', undefined],
    ['that was not asked for', 'one', 'two'],
  ])('refuses a bridge to an egress %s, before it connects', async (_, egress, asked) => {
    const answer = encodeSignalingMessage({ type: 'answer', offerId: 1, sdp: 'v=0', bridgeId: 'b', egress })
    const meeting = meet((_, response) => void response.end(answer), asked)
    await expect(meeting).rejects.toMatchObject({ code: 'protocol' })
  })
})
