const EventEmitter = require('eventemitter3')

/** A stream of simple-peer's as far as a carrier sees it: what comes is told at once, what is sent goes by `send`. */
exports.Duplex = class extends EventEmitter {
  _readableState = { ended: false }
  _writableState = { finished: false }

  push(chunk) {
    if (chunk !== null) this.emit('data', chunk)
  }

  end() {}
}
