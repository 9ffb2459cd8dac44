import type { Datagram, ResetCode, SessionStream, SessionStreamListener, Target } from '@footbridge/shared'

/** The session's side of a stream: remembers what it is asked for, and says what a test has it say. */
export class FakeStream implements SessionStream {
  readonly id = 1
  readonly target: Target = { host: 'example.org', port: 1 }
  readonly writableBytes: number = 65_536
  readonly written: Uint8Array[] = []
  readonly sent: Datagram[] = []
  readonly resets: ResetCode[] = []
  listener: SessionStreamListener = {}

  listen(listener: SessionStreamListener): void {
    this.listener = listener
  }
  read(): undefined {}
  write(bytes: Uint8Array): void {
    this.written.push(bytes)
  }
  end(): void {}
  accept(): void {}
  reset(code: ResetCode): void {
    this.resets.push(code)
  }
  sendDatagram(datagram: Datagram): void {
    this.sent.push(datagram)
  }
}
