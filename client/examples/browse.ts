// Opens a page in a Chromium and prints its text. npx tsx browse.ts NETWORK URL [CHROMIUM]
import { connect } from '@footbridge/client'
import { chromium } from 'playwright-core'

const [network = '', url = '', executablePath = '/usr/bin/chromium'] = process.argv.slice(2)
await using client = await connect(network)
await using proxy = await client.listen({ host: '127.0.0.1', port: 0 })

await using browser = await chromium.launch({
  executablePath,
  proxy: { server: `socks5://${proxy.host}:${proxy.port}` },
  // Else a page could learn the own address by WebRTC, past the proxy.
  args: ['--force-webrtc-ip-handling-policy=disable_non_proxied_udp'],
})
const page = await browser.newPage()
await page.goto(url)
console.log(await page.textContent('body'))
